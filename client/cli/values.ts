/** Reads option values. Each reader names field, value and rule when the text does not fit. */
import { isDecimalText } from '../../domain/kernel/decimal.ts';
import { type CliFailure, usageFailure } from './failure.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** `500ms`, `60s`, `2m`, `1h` in milliseconds. @throws CliFailure */
export function readDurationMs(field: string, text: string): number {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    throw usageFailure({
      field,
      value: text,
      rule: 'must be a duration like 500ms, 60s, 2m or 1h',
    });
  }
  return Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
}

/**
 * A moment: an ISO time with its zone, or a duration from now on; in milliseconds since 1970.
 * @throws CliFailure
 */
export function readMomentMs(field: string, text: string, nowMs: number): number {
  if (DURATION.test(text)) return nowMs + readDurationMs(field, text);
  const moment = /\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (moment > nowMs) return moment;
  const rule = 'must be a moment to come, like 2030-01-31T12:00Z, or a duration like 90m';
  throw usageFailure({ field, value: text, rule });
}

/**
 * A moment that has passed: an ISO time with its zone, or a duration back from now; in milliseconds
 * since 1970. @throws CliFailure
 */
export function readPastMs(field: string, text: string, nowMs: number): number {
  if (DURATION.test(text)) return nowMs - readDurationMs(field, text);
  const moment = /\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (moment <= nowMs) return moment;
  const rule = 'must be a moment that has passed, like 2026-01-31T12:00Z, or a duration like 24h';
  throw usageFailure({ field, value: text, rule });
}

/** One of the words, in any case. @throws CliFailure naming all of them */
export function readWord<Word extends string>(
  field: string,
  text: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw usageFailure({ field, value: text, rule: `must be one of ${words.join(', ')}` });
}

/** A decimal number above 0, as text. @throws CliFailure */
export function readPositive(field: string, text: string): string {
  if (isDecimalText(text) && Number(text) > 0) return text;
  throw usageFailure({ field, value: text, rule: 'must be a plain decimal number above 0' });
}

/** A whole number within bounds. @throws CliFailure */
export function readCount(field: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usageFailure({ field, value: text, rule: `must be a whole number from ${min} to ${max}` });
}

/** `fast=9` pairs; numbers become numbers. A later one of the same name wins. @throws CliFailure */
export function readPairs(
  field: string,
  pairs: readonly string[],
): Record<string, string | number> {
  return Object.fromEntries(pairs.map((pair) => readPair(field, pair)));
}

function readPair(field: string, pair: string): [string, string | number] {
  const at = pair.indexOf('=');
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  if (at < 1 || value === '') throw badPair(field, pair);
  return [name, isDecimalText(value) ? Number(value) : value];
}

const badPair = (field: string, pair: string): CliFailure =>
  usageFailure({ field, value: pair, rule: 'must be NAME=VALUE' });
