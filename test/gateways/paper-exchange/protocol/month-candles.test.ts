import { describe, expect, test } from '@jest/globals';
import {
  joinMonths,
  monthEndMs,
  monthOpenMs,
} from '../../../../gateways/paper-exchange/protocol/month-candles.ts';

const DAY_MS = 86_400_000;

const dayOf = (t: number, o: string, h: string, l: string, c: string) => ({
  t,
  T: t + DAY_MS - 1,
  s: 'BTC',
  i: '1d',
  o,
  h,
  l,
  c,
  v: '1.5',
  n: 7,
});

describe('a month of candles', () => {
  test('has the length of its month, leap years too', () => {
    const length = (at: number) => (monthEndMs(at) + 1 - monthOpenMs(at)) / DAY_MS;
    expect(length(Date.UTC(2024, 1, 29, 23))).toBe(29);
    expect(length(Date.UTC(2025, 1, 1))).toBe(28);
    expect(length(Date.UTC(2025, 11, 31, 23, 59))).toBe(31);
  });

  test('opens with its first day, closes with its last, and spans both', () => {
    const first = Date.UTC(2025, 0, 1);
    const days = [
      dayOf(first, '100.0', '110.0', '90.0', '105.0'),
      dayOf(first + DAY_MS, '105.0', '99.5', '9.5', '95.0'),
      dayOf(Date.UTC(2025, 1, 1), '95.0', '96.0', '94.0', '95.5'),
    ];
    expect(joinMonths(days)).toEqual([
      {
        t: first,
        T: Date.UTC(2025, 1, 1) - 1,
        s: 'BTC',
        i: '1M',
        o: '100.0',
        h: '110.0',
        l: '9.5',
        c: '95.0',
        v: '3.0',
        n: 14,
      },
      { ...days[2], T: Date.UTC(2025, 2, 1) - 1, i: '1M' },
    ]);
  });

  test('is left out when its first day is not known', () => {
    const days = [15, 16].map((day) => dayOf(Date.UTC(2025, 4, day), '1.0', '1.0', '1.0', '1.0'));
    const june = dayOf(Date.UTC(2025, 5, 1), '2.0', '2.0', '2.0', '2.0');
    expect(joinMonths([...days, june]).map(({ t }) => t)).toEqual([june.t]);
  });
});
