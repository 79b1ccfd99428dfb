import { describe, expect, test } from '@jest/globals';
import { EquityHistory } from '../../../../gateways/paper-exchange/protocol/equity-history.ts';
import { portfolioOf } from '../../../../gateways/paper-exchange/protocol/portfolio.ts';

const ALICE = '0x00000000000000000000000000000000000000a1';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A venue of one account whose value the test sets. */
function worth() {
  let value = '0.0';
  const summary = {
    accountValue: '0.0',
    totalNtlPos: '0.0',
    totalRawUsd: '0.0',
    totalMarginUsed: '0.0',
  };
  return {
    is: (usd: string) => {
      value = usd;
    },
    accounts: {
      accountSummary: () => ({
        marginSummary: { ...summary, accountValue: value },
        crossMarginSummary: summary,
        crossMaintenanceMarginUsed: '0.0',
        withdrawable: '0.0',
        assetPositions: [],
        time: 0,
      }),
      cumulativeVolume: () => '0.0',
      knownAccounts: () => [ALICE],
    },
  };
}

const deposit = (usdc: string, time: number) =>
  ({
    kind: 'ledger',
    account: ALICE,
    update: { time, hash: '0x00', delta: { type: 'deposit', usdc } },
  }) as const;

describe('the history of an account', () => {
  test('takes bounded room however long it runs, and keeps its first and newest moments', () => {
    const { accounts, is } = worth();
    const history = new EquityHistory(accounts);
    is('100.0');
    history.note(0, [deposit('100.0', 0)]);
    for (let minute = 1; minute <= 20_000; minute += 1) {
      is(`${100 + minute}.0`);
      history.note(minute * MINUTE_MS, []);
    }
    const samples = history.samples(ALICE, 20_000 * MINUTE_MS + 1);
    expect(samples.length).toBeLessThanOrEqual(257);
    expect(samples[0]).toEqual({ atMs: 0, value: '100.0', pnl: '0.0', volume: '0.0' });
    expect(samples.at(-2)?.value).toBe('20100.0');
    const times = samples.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('keeps only the ends of a time in which nothing happened', () => {
    const { accounts, is } = worth();
    const history = new EquityHistory(accounts);
    is('50.0');
    history.note(0, [deposit('50.0', 0)]);
    for (let minute = 1; minute <= 100; minute += 1) history.note(minute * MINUTE_MS, []);
    const times = history.samples(ALICE, 101 * MINUTE_MS).map(({ atMs }) => atMs / MINUTE_MS);
    expect(times).toEqual([0, 100, 101]);
  });

  test('money paid in later is no profit', () => {
    const { accounts, is } = worth();
    const history = new EquityHistory(accounts);
    is('50.0');
    history.note(0, [deposit('50.0', 0)]);
    is('80.0');
    history.note(10, [deposit('25.0', 10)]);
    expect(history.samples(ALICE, 10).at(-1)).toMatchObject({ value: '80.0', pnl: '5.0' });
    expect(history.paidIn(ALICE)).toBe('75.0');
  });

  test('goes on after a restart as if there had been none', () => {
    const { accounts, is } = worth();
    const one = new EquityHistory(accounts);
    is('10.0');
    one.note(0, [deposit('10.0', 0)]);
    for (let minute = 1; minute <= 300; minute += 1) {
      is(`${minute}.5`);
      one.note(minute * MINUTE_MS, []);
    }
    const other = new EquityHistory(accounts, JSON.parse(JSON.stringify(one.snapshot())));
    for (let minute = 301; minute <= 900; minute += 1) {
      is(`${minute}.5`);
      one.note(minute * MINUTE_MS, []);
      other.note(minute * MINUTE_MS, []);
    }
    expect(other.snapshot()).toEqual(one.snapshot());
  });

  test('counts volume of a period from the last moment before it', () => {
    const sample = (atMs: number, volume: string) => ({ atMs, value: '1.0', pnl: '0.0', volume });
    const samples = [sample(0, '5.0'), sample(2 * DAY_MS, '8.0'), sample(3 * DAY_MS, '9.5')];
    const [[, day], [, week]] = portfolioOf(samples, 3 * DAY_MS);
    expect(day.vlm).toBe('1.5');
    expect(week.vlm).toBe('9.5');
  });
});
