/** What every reader of a format makes of a file, and how columns are recognised by their names. */

import type { RawRows } from '../../../domain/market/history/check.ts';
import type { Remark } from '../../../domain/market/history/finding.ts';
import type { SeriesKey } from '../../../domain/market/history/series.ts';

export type Shape = 'bars' | 'funding' | 'sentiment';

export interface FileContent {
  readonly format: string;
  readonly shape: Shape;
  readonly raw: RawRows;
  /** How a place in this file is called: text has lines, everything else rows. */
  readonly rowWord: 'line' | 'row';
  /** What the content itself says of its series. */
  readonly facts: Partial<SeriesKey>;
  readonly remarks: readonly Remark[];
}

/** Names of columns by what they mean, lower-cased, without spaces and underscores. */
const ALIASES = {
  time: [
    'timems',
    'opentimems',
    'opentime',
    'timestamp',
    'time',
    'datetime',
    'date',
    'ts',
    't',
    'unix',
    'calctime',
    'fundingtime',
  ],
  open: ['open', 'o'],
  high: ['high', 'h'],
  low: ['low', 'l'],
  close: ['close', 'c'],
  volume: ['volume', 'vol', 'v', 'volumebase', 'basevolume'],
  rate: ['rate', 'fundingrate', 'lastfundingrate'],
  value: ['value', 'fng', 'fngvalue', 'feargreed'],
} as const;
export type Meaning = keyof typeof ALIASES;

const MEANINGS = Object.keys(ALIASES) as Meaning[];
const plainName = (name: string): string => name.toLowerCase().replace(/[\s_"]/g, '');

/** Which column has each meaning; the alias that stands first in the list wins. */
export function columnsByMeaning(names: readonly string[]): ReadonlyMap<Meaning, number> {
  const plainNames = names.map(plainName);
  const found = new Map<Meaning, number>();
  for (const meaning of MEANINGS) {
    const alias = ALIASES[meaning].find((one) => plainNames.includes(one));
    if (alias !== undefined) found.set(meaning, plainNames.indexOf(alias));
  }
  return found;
}

export const MEANINGS_OF: Readonly<Record<Shape, readonly Meaning[]>> = {
  bars: ['open', 'high', 'low', 'close', 'volume'],
  funding: ['rate'],
  sentiment: ['value'],
};

export type ShapeFound =
  | { readonly kind: 'found'; readonly shape: Shape; readonly columns: readonly number[] }
  /** Clearly meant as that shape, and incomplete. */
  | { readonly kind: 'incomplete'; readonly missing: readonly string[] }
  | { readonly kind: 'other' };

/** The shape of a table with these column names; `columns` begins with the time. */
export function shapeOf(names: readonly string[]): ShapeFound {
  const known = columnsByMeaning(names);
  const time = known.get('time');
  const prices = (['open', 'high', 'low', 'close'] as const).filter((name) => known.has(name));
  for (const shape of ['bars', 'funding', 'sentiment'] as const) {
    const columns = MEANINGS_OF[shape].map((meaning) => known.get(meaning));
    if (time === undefined || columns.includes(undefined)) continue;
    return { kind: 'found', shape, columns: [time, ...(columns as number[])] };
  }
  const wanted: readonly Meaning[] | undefined =
    prices.length >= 2 ? ['time', ...MEANINGS_OF.bars] : undefined;
  if (wanted !== undefined) {
    return { kind: 'incomplete', missing: wanted.filter((meaning) => !known.has(meaning)) };
  }
  if (time === undefined && (known.has('rate') || known.has('value'))) {
    return { kind: 'incomplete', missing: ['time'] };
  }
  return { kind: 'other' };
}

/** Milliseconds of a time in seconds, milli-, micro- or nanoseconds: no two of them overlap. */
export function toMs(time: number): number {
  if (time >= 1e17) return Math.floor(time / 1e6);
  if (time >= 1e14) return Math.floor(time / 1e3);
  return time >= 1e11 ? time : time * 1e3;
}

/** Milliseconds of a written date. Without a zone it is taken for UTC. NaN when it is none. */
export function dateMs(text: string): { readonly timeMs: number; readonly isZoned: boolean } {
  const iso = text
    .trim()
    .replace(/^(\d{4}-\d\d-\d\d) (\d)/, '$1T$2')
    .replace(/ (UTC|GMT)$/, 'Z');
  const match = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(iso);
  if (match === null) return { timeMs: Number.NaN, isZoned: false };
  const isZoned = match[4] !== undefined;
  const isDay = match[1] === undefined;
  const zoned = iso.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  return { timeMs: Date.parse(isZoned || isDay ? zoned : `${zoned}Z`), isZoned: isZoned || isDay };
}
