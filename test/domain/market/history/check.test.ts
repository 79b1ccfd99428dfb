import { describe, expect, test } from '@jest/globals';
import { checkRows } from '../../../../domain/market/history/check.ts';
import {
  barAt,
  FUNDING,
  HOUR_MS,
  HOURS,
  MINUTE_MS,
  MINUTES,
  minutes,
  rawOf,
  START_MS,
} from './samples.ts';

const withRow = (at: number, row: readonly number[]): (readonly number[])[] =>
  minutes(10).with(at, row as never);

describe('rows that break a rule refuse their file, by name of the row', () => {
  test.each([
    ['a price of zero', withRow(3, [START_MS + 3 * MINUTE_MS, 0, 1, 0, 1, 1]), 'price', 5],
    [
      'a high below the close',
      withRow(2, [START_MS + 2 * MINUTE_MS, 10, 10, 9, 11, 1]),
      'range',
      4,
    ],
    ['a low above the open', withRow(2, [START_MS + 2 * MINUTE_MS, 10, 13, 11, 12, 1]), 'range', 4],
    ['a high below the low', withRow(2, [START_MS + 2 * MINUTE_MS, 10, 9, 11, 10, 1]), 'range', 4],
    ['a volume below zero', withRow(9, barAt(START_MS + 9 * MINUTE_MS, 100, -1)), 'volume', 11],
    ['a price without end', withRow(1, barAt(START_MS + MINUTE_MS, Infinity)), 'price', 3],
    ['a time off the grid', withRow(4, barAt(START_MS + 4 * MINUTE_MS + 1)), 'grid', 6],
    ['a time in another unit', withRow(4, barAt(START_MS * 1_000)), 'time', 6],
    ['a repeated time', withRow(4, barAt(START_MS + 3 * MINUTE_MS, 50)), 'duplicate', 6],
    ['a row out of order', withRow(4, barAt(START_MS - 600 * MINUTE_MS)), 'order', 6],
  ])('%s', (_name, rows, what, row) => {
    const { isRefused, findings, rows: kept } = checkRows(MINUTES, rawOf(rows));
    expect(isRefused).toBe(true);
    expect(kept.timeMs).toHaveLength(0);
    expect(findings.find((one) => one.what === what)?.at[0]?.row).toBe(row);
  });

  test('a rate of one or more', () => {
    const raw = rawOf(
      [
        [START_MS, 0.0001],
        [START_MS + HOUR_MS, 1],
      ],
      1,
    );
    expect(checkRows(FUNDING, raw).findings[0]).toMatchObject({
      what: 'rate',
      treatment: 'refused',
    });
  });

  test('two payments of one hour', () => {
    const raw = rawOf(
      [
        [START_MS + 5, 0.0001],
        [START_MS + 9, 0.0002],
      ],
      1,
    );
    expect(checkRows(FUNDING, raw)).toMatchObject({ isRefused: true });
  });

  test('bars at another pace than their series has, even when they stand on its grid', () => {
    const hours = Array.from({ length: 8 }, (_, i) => barAt(START_MS + i * HOUR_MS));
    const { findings } = checkRows(MINUTES, rawOf(hours), true);
    expect(findings[0]).toMatchObject({ what: 'interval', treatment: 'refused' });
    expect(checkRows(HOURS, rawOf(hours)).isRefused).toBe(false);
    expect(checkRows(HOURS, rawOf(minutes(180))).findings[0]?.what).toBe('interval');
  });
});

describe('a clock that is set back in autumn', () => {
  // 2024-11-03 is the Sunday on which clocks in the US go back at 02:00.
  const SUNDAY_MS = Date.UTC(2024, 10, 3);

  test('is told from minutes that run an hour twice, and cannot be mended', () => {
    const first = minutes(120, SUNDAY_MS);
    const again = minutes(60, SUNDAY_MS + HOUR_MS);
    const { findings, isRefused } = checkRows(MINUTES, rawOf([...first, ...again]), true);
    expect(isRefused).toBe(true);
    expect(findings.find(({ what }) => what === 'clockChange')?.at[0]?.row).toBe(122);
  });

  test('is told from an hour that occurs twice with different prices', () => {
    const hours = [0, 1, 1, 2, 3].map((hour, i) => barAt(SUNDAY_MS + hour * HOUR_MS, 100 + i));
    expect(checkRows(HOURS, rawOf(hours)).findings[0]?.what).toBe('clockChange');
  });

  test('an hour that is missing in spring is a gap with a warning', () => {
    const from = Date.UTC(2024, 2, 10);
    const hours = [0, 1, 3, 4, 5].map((hour) => barAt(from + hour * HOUR_MS));
    const { findings, isRefused } = checkRows(HOURS, rawOf(hours));
    expect(isRefused).toBe(false);
    expect(findings.map(({ what }) => what)).toEqual(['gap', 'clockHour']);
  });
});

describe('what is odd and may be true', () => {
  test('is kept and reported: gaps, bars without a trade, outliers', () => {
    const rows = minutes(100).filter((_, index) => index < 40 || index > 44);
    rows[10] = [...(rows[10]?.slice(0, 5) ?? []), 0] as never;
    rows[20] = barAt(rows[20]?.[0] ?? 0, 150);
    const { findings, isRefused, rows: kept } = checkRows(MINUTES, rawOf(rows));
    expect(isRefused).toBe(false);
    expect(kept.timeMs).toHaveLength(95);
    const shown = Object.fromEntries(
      findings.map(({ what, at }) => [what, [at[0]?.row, at[0]?.value]]),
    );
    expect(shown).toEqual({ gap: [42, '5'], zeroVolume: [12, '0'], outlier: [22, '150.5'] });
  });

  test('rows from the newest to the oldest are turned around', () => {
    const { rows, findings } = checkRows(MINUTES, rawOf(minutes(5).toReversed()));
    expect([...rows.timeMs]).toEqual(minutes(5).map(([time]) => time));
    expect(findings[0]).toMatchObject({ what: 'newestFirst', treatment: 'kept' });
  });

  test('funding that changes its pace has no gap there', () => {
    const eight = Array.from({ length: 10 }, (_, i) => [START_MS + 8 * i * HOUR_MS + 40, 0.0001]);
    const last = START_MS + 72 * HOUR_MS;
    const hourly = Array.from({ length: 10 }, (_, i) => [last + (i + 1) * HOUR_MS + 7, 0.0001]);
    expect(checkRows(FUNDING, rawOf([...eight, ...hourly], 1)).findings).toEqual([]);
    const holed = hourly.filter((_, i) => i !== 5);
    const { findings } = checkRows(FUNDING, rawOf([...eight, ...holed], 1));
    expect(findings).toMatchObject([{ what: 'gap', count: 1, at: [{ value: '1' }] }]);
  });
});

describe('mending, when it is asked for', () => {
  test('leaves bad rows out, sorts the rest, keeps one of two, and says so', () => {
    const rows = [...minutes(10)];
    rows[3] = [rows[3]?.[0] ?? 0, 0, 0, 0, 0, 0];
    [rows[6], rows[7]] = [rows[7] as never, rows[6] as never];
    rows.push(barAt(START_MS + 9 * MINUTE_MS, 200, 99));
    const checked = checkRows(MINUTES, rawOf(rows), true);
    expect(checked).toMatchObject({ isRefused: false, leftOut: 2 });
    expect(checked.rows.timeMs).toHaveLength(9);
    // Of the two bars of one minute the one with more volume is the later recording.
    expect(checked.rows.values[0]?.at(-1)).toBe(200);
    const mended = checked.findings.filter(({ treatment }) => treatment === 'mended');
    expect(mended.map(({ what }) => what)).toEqual(['price', 'order', 'duplicate']);
  });
});
