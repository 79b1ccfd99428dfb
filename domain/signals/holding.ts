/**
 * Positions that begin with an event and end by another or by time. The stance is read off the bars
 * alone: it is that of the newest entry that neither an exit nor time has ended, so that it depends
 * on the last `maxHoldBars` bars only, not on where the watching began.
 */
import { FLAT, LONG, SHORT } from './seed.ts';

/** What happens on one bar; an entry says more than an exit. */
export interface HoldEvents {
  entersLong(index: number): boolean;
  entersShort(index: number): boolean;
  exitsLong(index: number): boolean;
  exitsShort(index: number): boolean;
}

export interface Holding {
  readonly stance: Int8Array;
  /** 1 on bars with an entry, also one that repeats the stance. */
  readonly entered: Uint8Array;
  /** Bars since the newest entry; 0 on its bar and while flat. */
  readonly barsAgo: Int32Array;
}

export function holdingOf(bars: number, events: HoldEvents, maxHoldBars: number): Holding {
  const stance = new Int8Array(bars);
  const entered = new Uint8Array(bars);
  const barsAgo = new Int32Array(bars);
  let held = FLAT;
  let since = 0;
  for (let i = 0; i < bars; i += 1) {
    const isLong = events.entersLong(i);
    if (isLong || events.entersShort(i)) {
      held = isLong ? LONG : SHORT;
      since = i;
      entered[i] = 1;
    } else if (held !== FLAT) {
      const isOver = held === LONG ? events.exitsLong(i) : events.exitsShort(i);
      if (isOver || i - since >= maxHoldBars) held = FLAT;
    }
    stance[i] = held;
    barsAgo[i] = held === FLAT ? 0 : i - since;
  }
  return { stance, entered, barsAgo };
}

/** When the entry was, for a reason's sentence. */
export const whenEntered = ({ barsAgo }: Holding, index: number): string =>
  barsAgo[index] === 0 ? 'on this bar' : `${barsAgo[index]} bars ago`;
