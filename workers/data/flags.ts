/** The flags of `perpetua data ...`: read by the list that help and completion have, checked by name. */
import { parseArgs } from 'node:util';
import { DATA_COMMANDS, type DataCommand } from '../../client/cli/data-commands.ts';
import { CliFailure, usageFailure } from '../../client/cli/failure.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import type { RuleViolation } from '../../domain/kernel/outcome.ts';
import {
  HISTORY_KINDS,
  type HistoryKind,
  type SeriesKey,
} from '../../domain/market/history/series.ts';
import type { TimeRange } from '../../domain/market/history/stored-bars.ts';
import { type Interval, parseInterval } from '../../domain/market/interval.ts';

export interface DataFlags {
  readonly command: DataCommand;
  readonly paths: readonly string[];
  text(flag: string): string | undefined;
  is(flag: string): boolean;
}

const FLAG = /^--([a-z-]+)( <[^>]+>)?$/;

function optionsOf(command: DataCommand): Record<string, { type: 'string' | 'boolean' }> {
  return Object.fromEntries(
    command.options.map(([flags]) => {
      const [, name = '', value] = FLAG.exec(flags) ?? [];
      return [name, { type: value === undefined ? 'boolean' : 'string' }];
    }),
  );
}

/** @throws CliFailure for an unknown command or flag */
export function readDataFlags(words: readonly string[]): DataFlags {
  const [name = '', ...args] = words;
  const command = DATA_COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const rule = `must be one of ${DATA_COMMANDS.map((one) => one.name).join(', ')}`;
    throw usageFailure({ field: 'command', value: name, rule });
  }
  const help = `perpetua data ${name} --help`;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: optionsOf(command),
      allowPositionals: command.argument !== undefined,
    });
    return {
      command,
      paths: positionals,
      text: (flag) => (typeof values[flag] === 'string' ? values[flag] : undefined),
      is: (flag) => values[flag] === true,
    };
  } catch (fault) {
    const [message = ''] = (fault as Error).message.split('. To specify');
    throw new CliFailure(EXIT.usage, message, { mend: help, cause: fault });
  }
}

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
export function readSeriesFlags(flags: DataFlags): Partial<SeriesKey> {
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

export function readRange(flags: DataFlags): TimeRange {
  const fromMs = readMoment('from', flags.text('from'), -Infinity);
  const toMs = readMoment('to', flags.text('to'), Infinity);
  if (fromMs < toMs) return { fromMs, toMs };
  return must({ field: 'to', value: flags.text('to') ?? '', rule: 'must be later than --from' });
}

/** Comma-separated words; none is left empty. */
export function readWords(
  flags: DataFlags,
  flag: string,
  fallback: readonly string[],
): readonly string[] {
  const text = flags.text(flag);
  if (text === undefined) return fallback;
  const words = text.split(',').map((word) => word.trim());
  if (words.every((word) => word !== '')) return words;
  return must({ field: flag, value: text, rule: 'must be words with commas between them' });
}
