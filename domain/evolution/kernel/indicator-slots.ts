/** Which indicator is in which slots of the memory: kept from one generation to the next. */
import { COLUMNS, type IndicatorKind } from './indicator-columns.ts';
import type { KernelLayout } from './layout.ts';

/** An indicator's place; `second` is unused by those of one column. */
export interface Placed {
  readonly indicator: IndicatorKind;
  readonly period: number;
  /** Indexes of doubles. */
  readonly column: number;
  readonly second: number;
}

export const keyOf = (indicator: IndicatorKind, period: number): string => `${indicator} ${period}`;

/** The longest unused makes room for the new. */
export class IndicatorSlots {
  /** The longest unused first. */
  readonly #kept = new Map<string, Placed>();
  readonly #free: number[];

  constructor({ slots, slotCount, stride }: KernelLayout) {
    this.#free = Array.from({ length: slotCount }, (_, i) => slots + (slotCount - 1 - i) * stride);
  }

  /** Where the indicator is, when it is there. It counts as used. */
  find(indicator: IndicatorKind, period: number): Placed | undefined {
    const key = keyOf(indicator, period);
    const known = this.#kept.get(key);
    if (known === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, known);
    return known;
  }

  #makeRoom(columns: number, needed: ReadonlySet<string>): void {
    for (const [key, { indicator, period }] of this.#kept) {
      if (this.#free.length >= columns) return;
      if (!needed.has(key)) this.forget(indicator, period);
    }
    if (this.#free.length < columns) {
      throw new RangeError(`slots: ${needed.size} indicators are needed at once and do not fit`);
    }
  }

  /**
   * A place for an indicator that is nowhere yet; whoever asks has to fill it.
   * @param needed keys of indicators that must stay
   * @throws RangeError when these leave no room
   */
  place(indicator: IndicatorKind, period: number, needed: ReadonlySet<string>): Placed {
    const columns = COLUMNS[indicator];
    this.#makeRoom(columns, needed);
    const column = this.#free.pop() as number;
    const second = columns === 2 ? (this.#free.pop() as number) : column;
    const placed = { indicator, period, column, second };
    this.#kept.set(keyOf(indicator, period), placed);
    return placed;
  }

  forget(indicator: IndicatorKind, period: number): void {
    const key = keyOf(indicator, period);
    const gone = this.#kept.get(key);
    if (gone === undefined) return;
    this.#kept.delete(key);
    if (gone.second !== gone.column) this.#free.push(gone.second);
    this.#free.push(gone.column);
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Slots in use. */
  get taken(): number {
    let taken = 0;
    for (const { indicator } of this.#kept.values()) taken += COLUMNS[indicator];
    return taken;
  }
}
