"""Seconds that vectorbt takes over given signals, as one JSON document. Exit 3: not installed.

Orders fill at the next open, an opposite signal closes, stops, targets, fees and slippage are as in REFBT;
there is no funding, no longest hold and no leverage.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

try:
    import numpy
    import pandas
    import vectorbt
except ImportError:
    sys.exit(3)


def pick_engine():
    try:
        import vectorbt_rust  # noqa: F401

        return "rust"
    except ImportError:
        return "numba"


def main():
    order = json.load(sys.stdin)
    count = order["bars"]
    table = numpy.fromfile(order["file"]).reshape(-1, count)
    index = pandas.date_range("2022-01-01", periods=count, freq="1min")
    series = [pandas.Series(row, index=index) for row in table[:4]]
    signals = numpy.zeros((count, len(table) - 4))
    signals[1:] = table[4:, :-1].T
    longs, shorts = signals > 0, signals < 0
    engine = pick_engine()

    def simulate():
        return vectorbt.Portfolio.from_signals(
            series[3],
            entries=longs,
            exits=shorts,
            short_entries=shorts,
            short_exits=longs,
            open=series[0],
            high=series[1],
            low=series[2],
            price=series[0],
            size=numpy.array(order["size"]),
            size_type="percent",
            upon_opposite_entry="close",
            sl_stop=numpy.array(order["stop"]),
            sl_trail=numpy.array(order["trail"]),
            tp_stop=numpy.array(order["target"]),
            fees=0.00045,
            slippage=0.0002,
            freq="1min",
            engine=engine,
        )

    def whole():
        made = simulate()
        made.total_return()
        made.sharpe_ratio()
        made.sortino_ratio()
        made.max_drawdown()
        return made.trades.profit_factor()

    def best(call):
        call()
        times = []
        for _ in range(order["rounds"]):
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            # Whichever is kinder: more than one thread shortens the one, a busy machine lengthens it.
            times.append(min(time.perf_counter() - wall, time.process_time() - cpu))
        return min(times)

    print(
        json.dumps(
            {
                "version": vectorbt.__version__,
                "engine": engine,
                "seconds": best(whole),
                "simulationSeconds": best(simulate),
                "trades": float(simulate().trades.count().mean()),
            }
        )
    )


main()
