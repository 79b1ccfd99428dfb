/**
 * Signals of coarse bars on finer ones: a strategy that decides by the hour is traded, stopped and
 * liquidated on the minutes that its hours are made of.
 */
import { assertInvariant } from '../../kernel/assert.ts';
import { NO_VERDICT } from '../../signals/seed.ts';
import type { AssetSignals } from './signal-source.ts';

/** Where bars begin, and how long they are. */
interface Grid {
  readonly asset: string;
  readonly intervalMs: number;
  /** Open times, ascending. */
  readonly openTimeMs: ArrayLike<number>;
}

/**
 * The signal of a coarse bar stands at the fine bar that ends with it; all others have none.
 * @param signals one per coarse bar
 */
export function onFinerBars(signals: AssetSignals, coarse: Grid, fine: Grid): AssetSignals {
  const { length } = fine.openTimeMs;
  const stance = new Int8Array(length).fill(NO_VERDICT);
  const mayOpen = new Uint8Array(length);
  const place = new Int32Array(length).fill(-1);
  for (let at = 0, bar = 0; at < length && bar < coarse.openTimeMs.length; at += 1) {
    const endMs = (fine.openTimeMs[at] as number) + fine.intervalMs;
    const closeMs = (index: number): number =>
      (coarse.openTimeMs[index] as number) + coarse.intervalMs;
    while (bar < coarse.openTimeMs.length && closeMs(bar) < endMs) bar += 1;
    if (bar >= coarse.openTimeMs.length || closeMs(bar) !== endMs) continue;
    stance[at] = signals.stance[bar] as number;
    mayOpen[at] = signals.mayOpen[bar] as number;
    place[at] = bar;
  }
  return {
    stance,
    mayOpen,
    ...(signals.exits === undefined ? {} : { exits: signals.exits }),
    signalAt: (index) => {
      const bar = place[index] ?? -1;
      if (bar >= 0) return signals.signalAt(bar);
      const barOpenTimeMs = fine.openTimeMs[index];
      assertInvariant(barOpenTimeMs !== undefined, `there is no bar ${index}`);
      const reason = `no bar of ${coarse.intervalMs} ms ends here`;
      return { kind: 'noSignal', asset: fine.asset, strategy: '', barOpenTimeMs, reason };
    },
  };
}
