/** The flags of `perpetua data ...`, and what their words mean. */
import { DATA_COMMANDS } from '../../client/cli/data-commands.ts';
import { usageFailure } from '../../client/cli/failure.ts';
import type { RuleViolation } from '../../domain/kernel/outcome.ts';
import {
  HISTORY_KINDS,
  type HistoryKind,
  type SeriesKey,
} from '../../domain/market/history/series.ts';
import type { TimeRange } from '../../domain/market/history/stored-bars.ts';
import { type Interval, parseInterval } from '../../domain/market/interval.ts';
import { type CommandFlags, readCommandFlags } from '../command-flags.ts';

/** @throws CliFailure for an unknown command or flag */
export const readDataFlags = (words: readonly string[]): CommandFlags =>
  readCommandFlags({ name: 'data', commands: DATA_COMMANDS }, words);

const must = (violation: RuleViolation): never => {
  throw usageFailure(violation);
};

export function readInterval(text: string): Interval {
  const interval = parseInterval(text);
  return interval.ok ? interval.value : must(interval.error);
}

export function readKind(text: string): HistoryKind {
  const kind = HISTORY_KINDS.find((one) => one === text);
  return (
    kind ?? must({ field: 'kind', value: text, rule: `must be one of ${HISTORY_KINDS.join(', ')}` })
  );
}

/** The words of a key that were given. */
export function readSeriesFlags(flags: CommandFlags): Partial<SeriesKey> {
  const [kind, venue, asset, interval] = ['kind', 'venue', 'asset', 'interval'].map(flags.text);
  return {
    ...(kind === undefined ? {} : { kind: readKind(kind) }),
    ...(venue === undefined ? {} : { venue }),
    ...(asset === undefined ? {} : { asset }),
    ...(interval === undefined ? {} : { interval: readInterval(interval) }),
  };
}

export const matches = (wanted: Partial<SeriesKey>, key: SeriesKey): boolean =>
  (Object.keys(wanted) as (keyof SeriesKey)[]).every((field) => wanted[field] === key[field]);

const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/;

export function readMoment(field: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const timeMs = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  return must({
    field,
    value: text,
    rule: 'must be a day or moment in UTC, as in 2024-01-01 or 2024-01-01T12:00Z',
  });
}

export function readRange(flags: CommandFlags): TimeRange {
  const fromMs = readMoment('from', flags.text('from'), -Infinity);
  const toMs = readMoment('to', flags.text('to'), Infinity);
  if (fromMs < toMs) return { fromMs, toMs };
  return must({ field: 'to', value: flags.text('to') ?? '', rule: 'must be later than --from' });
}

/** Comma-separated words; none is left empty. */
export function readWords(
  flags: CommandFlags,
  flag: string,
  fallback: readonly string[],
): readonly string[] {
  const text = flags.text(flag);
  if (text === undefined) return fallback;
  const words = text.split(',').map((word) => word.trim());
  if (words.every((word) => word !== '')) return words;
  return must({ field: flag, value: text, rule: 'must be words with commas between them' });
}
