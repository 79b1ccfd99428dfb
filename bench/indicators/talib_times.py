"""Processor ns/bar of TA-Lib over the closes that come in on stdin, as one JSON document. Exit 3: not installed."""

import json
import sys
import time

try:
    import numpy
    import talib
except ImportError:
    sys.exit(3)

ROUNDS = 9


def main():
    bars = json.load(sys.stdin)
    high, low, close, volume = (numpy.array(bars[name], dtype=float) for name in ("high", "low", "close", "volume"))
    calls = {
        "sma20": lambda: talib.SMA(close, 20),
        "ema20": lambda: talib.EMA(close, 20),
        "wma20": lambda: talib.WMA(close, 20),
        "rsi14": lambda: talib.RSI(close, 14),
        "macd": lambda: talib.MACD(close, 12, 26, 9),
        "stochastic": lambda: talib.STOCH(high, low, close, 14, 3, 0, 3, 0),
        "atr14": lambda: talib.ATR(high, low, close, 14),
        "adx14": lambda: talib.ADX(high, low, close, 14),
        "highest20": lambda: talib.MAX(high, 20),
        "stdev20": lambda: talib.STDDEV(close, 20, 1),
        "bollinger20": lambda: talib.BBANDS(close, 20, 2, 2),
        "obv": lambda: talib.OBV(close, volume),
        "correlation30": lambda: talib.CORREL(close, high, 30),
    }
    times = {}
    for name, call in calls.items():
        call()
        rounds = []
        for _ in range(ROUNDS):
            begin = time.process_time_ns()
            call()
            rounds.append((time.process_time_ns() - begin) / len(close))
        times[name] = sorted(rounds)[ROUNDS // 2]
    print(json.dumps({"version": talib.__ta_version__.decode().split()[0], "nsPerBar": times}))


main()
