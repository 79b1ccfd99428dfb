/**
 * Merging what sources say of the same rows. The state of a series is a set of claims: for each slot
 * the distinct values that were ever said, each with the best source that says it. A union of sets
 * depends neither on order nor on repetition, and so do the winners that follow from it.
 *
 * Of two claims that disagree the one of the better source wins (the venue itself, then an archive
 * with a checksum, then a file, then a repair from finer bars). Of equal sources the greater volume
 * wins: a bar that was recorded while it was open has less of it; of two rates the one with more
 * decimals, since the other is rounded. Whatever is left is decided by the values, so that the answer
 * never depends on who came first. What loses is kept as disputed.
 */

import { makeRows, pickRows, type Rows, rowCount, sameValues } from './rows.ts';
import {
  BAR,
  type HistoryKind,
  isBars,
  type SeriesKey,
  seriesIntervalMs,
  slotOf,
} from './series.ts';

export const SOURCE_RANKS = { repair: 0, file: 1, archive: 2, venue: 3 } as const;
export type SourceRank = keyof typeof SOURCE_RANKS;

/** What a source is worth in a dispute, by its number in the series. */
export interface Standing {
  readonly rank: number;
  /** Decides between sources of one rank that say the same: the hash or the address. */
  readonly key: string;
}

/** Rows that ascend by slot, each slot once, with the number of the source of each row. */
export interface SourcedRows {
  readonly rows: Rows;
  readonly source: Float64Array;
}

export interface Claims {
  readonly winners: SourcedRows;
  /** What lost, ascending by slot; a slot may occur more than once. */
  readonly disputed: SourcedRows;
}

export interface Merged extends Claims {
  /** Slots that had no row before. */
  readonly added: number;
  /** Rows that said what was known already. */
  readonly same: number;
  /** Slots whose winner is another one now. */
  readonly replaced: number;
  /** Rows that disagreed with what was known, whoever won. */
  readonly disagreeing: number;
}

export const noRows = (columns: number): SourcedRows => ({
  rows: makeRows(0, columns),
  source: new Float64Array(0),
});

export const noClaims = (columns: number): Claims => ({
  winners: noRows(columns),
  disputed: noRows(columns),
});

/** A row somewhere: its table and its place. */
interface Place {
  readonly from: SourcedRows;
  readonly at: number;
}

const timeOf = ({ from, at }: Place): number => from.rows.timeMs[at] as number;

const decimalsOf = (value: number): number => `${value}`.length;

/** Negative when the first source is the better one. */
function compareStandings(a: Standing, b: Standing): number {
  if (a.rank !== b.rank) return b.rank - a.rank;
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

export class ClaimOrder {
  readonly #kind: HistoryKind;
  readonly #standingOf: (source: number) => Standing;
  readonly intervalMs: number;

  constructor(key: SeriesKey, standingOf: (source: number) => Standing) {
    this.#kind = key.kind;
    this.#standingOf = standingOf;
    this.intervalMs = seriesIntervalMs(key);
  }

  slot({ rows }: SourcedRows, at: number): number {
    return slotOf(rows.timeMs[at] as number, this.intervalMs);
  }

  /** Of two claims with the same values: the one to keep. */
  better(a: Place, b: Place): Place {
    const bySource = compareStandings(this.#standing(a), this.#standing(b));
    if (bySource !== 0) return bySource < 0 ? a : b;
    return timeOf(a) <= timeOf(b) ? a : b;
  }

  /** Negative when the first claim wins over the second; their values differ. */
  compare(a: Place, b: Place): number {
    const byRank = this.#standing(b).rank - this.#standing(a).rank;
    if (byRank !== 0) return byRank;
    if (isBars(this.#kind)) {
      const [left, right] = [this.#value(a, BAR.volume), this.#value(b, BAR.volume)];
      if (left !== right) return right - left;
    } else {
      const [left, right] = [decimalsOf(this.#value(a, 0)), decimalsOf(this.#value(b, 0))];
      if (left !== right) return right - left;
    }
    for (let column = 0; column < a.from.rows.values.length; column += 1) {
      const [left, right] = [this.#value(a, column), this.#value(b, column)];
      if (left !== right) return right - left;
    }
    return 0;
  }

  #standing({ from, at }: Place): Standing {
    return this.#standingOf(from.source[at] as number);
  }

  #value({ from, at }: Place, column: number): number {
    return from.rows.values[column]?.[at] as number;
  }
}

/** Collects places and gathers their rows at the end. */
class Collector {
  readonly #tables: SourcedRows[] = [];
  readonly #table: number[] = [];
  readonly #index: number[] = [];

  push({ from, at }: Place): void {
    let table = this.#tables.indexOf(from);
    if (table < 0) table = this.#tables.push(from) - 1;
    this.#table.push(table);
    this.#index.push(at);
  }

  gather(columns: number): SourcedRows {
    const count = this.#index.length;
    const gathered: SourcedRows = {
      rows: makeRows(count, columns),
      source: new Float64Array(count),
    };
    for (let i = 0; i < count; i += 1) {
      const from = this.#tables[this.#table[i] as number] as SourcedRows;
      const at = this.#index[i] as number;
      gathered.rows.timeMs[i] = from.rows.timeMs[at] as number;
      gathered.source[i] = from.source[at] as number;
      from.rows.values.forEach((column, c) => {
        const target = gathered.rows.values[c];
        if (target) target[i] = column[at] as number;
      });
    }
    return gathered;
  }
}

/** The distinct values of one slot, each with its best source, the winner first. */
function settle(order: ClaimOrder, places: readonly Place[]): readonly Place[] {
  const distinct: Place[] = [];
  for (const place of places) {
    const known = distinct.findIndex((one) =>
      sameValues(one.from.rows, one.at, place.from.rows, place.at),
    );
    if (known < 0) distinct.push(place);
    else distinct[known] = order.better(distinct[known] as Place, place);
  }
  return distinct.sort((a, b) => order.compare(a, b));
}

function losersBySlot(order: ClaimOrder, disputed: SourcedRows): Map<number, Place[]> {
  const bySlot = new Map<number, Place[]>();
  for (let at = 0; at < rowCount(disputed.rows); at += 1) {
    const slot = order.slot(disputed, at);
    const places = bySlot.get(slot);
    if (places) places.push({ from: disputed, at });
    else bySlot.set(slot, [{ from: disputed, at }]);
  }
  return bySlot;
}

const isSame = (a: Place, b: Place): boolean => sameValues(a.from.rows, a.at, b.from.rows, b.at);

function concatenated(a: SourcedRows, b: SourcedRows): SourcedRows {
  const join = (left: Float64Array, right: Float64Array): Float64Array => {
    const joined = new Float64Array(left.length + right.length);
    joined.set(left);
    joined.set(right, left.length);
    return joined;
  };
  const values = a.rows.values.map((column, at) =>
    join(column, b.rows.values[at] ?? new Float64Array(0)),
  );
  return {
    rows: { timeMs: join(a.rows.timeMs, b.rows.timeMs), values },
    source: join(a.source, b.source),
  };
}

/** Unites what is known with what comes in. Both ascend by slot, each slot once. */
export function mergeClaims(order: ClaimOrder, known: Claims, incoming: SourcedRows): Merged {
  const last = rowCount(known.winners.rows) - 1;
  const isBehind =
    rowCount(incoming.rows) > 0 &&
    (last < 0 || order.slot(known.winners, last) < order.slot(incoming, 0));
  if (!isBehind) return mergeOverlapping(order, known, incoming);
  const counts = { added: rowCount(incoming.rows), same: 0, replaced: 0, disagreeing: 0 };
  return { ...known, winners: concatenated(known.winners, incoming), ...counts };
}

function mergeOverlapping(order: ClaimOrder, known: Claims, incoming: SourcedRows): Merged {
  const winners = new Collector();
  const losers = new Collector();
  const lost = losersBySlot(order, known.disputed);
  const counts = { added: 0, same: 0, replaced: 0, disagreeing: 0 };
  const [knownCount, incomingCount] = [rowCount(known.winners.rows), rowCount(incoming.rows)];
  const keepLosers = (slot: number): void => {
    for (const place of lost.get(slot) ?? []) losers.push(place);
  };
  const meet = (mine: Place, theirs: Place, slot: number): void => {
    const before = lost.get(slot) ?? [];
    const settled = settle(order, [mine, ...before, theirs]);
    const [winner = mine, ...others] = settled;
    winners.push(winner);
    for (const place of others) losers.push(place);
    if ([mine, ...before].some((place) => isSame(place, theirs))) counts.same += 1;
    else counts.disagreeing += 1;
    if (!isSame(winner, mine)) counts.replaced += 1;
  };
  let [i, j] = [0, 0];
  while (i < knownCount || j < incomingCount) {
    const mine = i < knownCount ? order.slot(known.winners, i) : Number.POSITIVE_INFINITY;
    const theirs = j < incomingCount ? order.slot(incoming, j) : Number.POSITIVE_INFINITY;
    if (mine < theirs) {
      winners.push({ from: known.winners, at: i });
      keepLosers(mine);
    } else if (theirs < mine) {
      winners.push({ from: incoming, at: j });
      counts.added += 1;
    } else {
      meet({ from: known.winners, at: i }, { from: incoming, at: j }, mine);
    }
    if (mine <= theirs) i += 1;
    if (theirs <= mine) j += 1;
  }
  const columns = incoming.rows.values.length;
  return { winners: winners.gather(columns), disputed: losers.gather(columns), ...counts };
}

function counting(length: number): Float64Array {
  const counted = new Float64Array(length);
  for (let at = 0; at < length; at += 1) counted[at] = at;
  return counted;
}

/** Whether rows ascend already, each slot once. */
function isSettled({ intervalMs }: ClaimOrder, { timeMs }: Rows): boolean {
  let before = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < timeMs.length; at += 1) {
    const slot = slotOf(timeMs[at] as number, intervalMs);
    if (slot <= before) return false;
    before = slot;
  }
  return true;
}

/**
 * Rows of one source made ascending with each slot once.
 * @returns the rows, and the indices that lost to another row of their slot
 */
export function settleRows(
  key: SeriesKey,
  rows: Rows,
): { readonly rows: Rows; readonly indices: Float64Array; readonly lost: readonly number[] } {
  const order = new ClaimOrder(key, () => ({ rank: 0, key: '' }));
  if (isSettled(order, rows))
    return { rows, indices: Float64Array.from(rows.timeMs.keys()), lost: [] };
  const table: SourcedRows = { rows, source: new Float64Array(rowCount(rows)) };
  const indices = counting(rowCount(rows)).sort(
    (a, b) => (rows.timeMs[a] as number) - (rows.timeMs[b] as number) || a - b,
  );
  const kept: number[] = [];
  const lost: number[] = [];
  for (const index of indices) {
    const last = kept.at(-1);
    if (last === undefined || order.slot(table, last) !== order.slot(table, index)) {
      kept.push(index);
      continue;
    }
    const wins = order.compare({ from: table, at: index }, { from: table, at: last }) < 0;
    lost.push(wins ? last : index);
    if (wins) kept[kept.length - 1] = index;
  }
  return { rows: pickRows(rows, kept), indices: Float64Array.from(kept), lost };
}
