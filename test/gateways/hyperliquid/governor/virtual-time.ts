/** A clock that stands still until the test moves it, with timers. */
import type { Ticking } from '../../../../gateways/hyperliquid/governor/governor.ts';

export interface VirtualTime extends Ticking {
  /** Moves the clock, and does what is due on the way, in the order in which it is due. */
  advance(ms: number): void;
}

export function virtualTime(): VirtualTime {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly work: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    after: (ms, work) => {
      due.push({ atMs: nowMs + ms, work });
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = due.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        due = due.filter((each) => each !== next);
        nowMs = next.atMs;
        next.work();
      }
      nowMs = untilMs;
    },
  };
}
