/**
 * What a session trades is what a backtest trades: every strategy, on three assets' minutes, through
 * workflows, ledger and paper exchange on one side and in the event-driven backtest on the other. Fills,
 * funding, trades with their causes and reasons, and the account's value must be the same to the last
 * digit. `docs/parity.md` has the whole month.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { INTERVALS_MS, type Interval } from '../../domain/market/interval.ts';
import { SEEDS } from '../../domain/signals/registry.ts';
import { runBacktestSide } from './backtest-side.ts';
import { differencesOf } from './outcome.ts';
import { type NamedCase, type ParityResult, runParity } from './parity-run.ts';
import { shortGenes } from './short-memories.ts';
import { type Stack, startStack } from './stack.ts';
import { MINUTE_MS, makeTape, type ParityTape } from './tape.ts';

const COINS = ['BTC', 'ETH', 'SOL'];
const HOUR_MINUTES = 60;
/** The longest window that any of the strategies reads, in whole hours. */
const WARM_UP_MINUTES = 26 * HOUR_MINUTES;
/** A tape must not end with an hour: see `tape.ts`. */
const CUT_MINUTES = 30;
/** Played together: the market is modelled once for each group. */
const GROUP = 2;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(() => stack.close(), 60_000);

const tapeOf = (minutes: number): ParityTape =>
  makeTape({ coins: COINS, minutes: minutes - CUT_MINUTES, fundingSeed: 7 });

function caseOf(
  name: string,
  tape: ParityTape,
  interval: Interval,
  changes: Partial<NamedCase> = {},
): NamedCase {
  return {
    name,
    strategy: name,
    genes: shortGenes(changes.strategy ?? name),
    sizing: {},
    limits: {},
    interval,
    equityUsd: '100000',
    bookSeed: 1,
    stepsPerBar: 4,
    fromMs: tape.startMs + INTERVALS_MS[interval],
    ...changes,
  };
}

const tradesIn = (results: readonly ParityResult[]): number =>
  results.reduce((sum, { session }) => sum + session.trades.length, 0);

const differing = (results: readonly ParityResult[]): readonly unknown[] =>
  results.flatMap(({ name, differences }) =>
    differences.length === 0 ? [] : [{ name, count: differences.length, first: differences[0] }],
  );

describe('every strategy', () => {
  const results: ParityResult[] = [];
  let tape: ParityTape;

  beforeAll(async () => {
    tape = tapeOf(WARM_UP_MINUTES + 6 * HOUR_MINUTES);
    const fromMs = tape.startMs + WARM_UP_MINUTES * MINUTE_MS;
    const cases = SEEDS.map(({ name }) => caseOf(name, tape, '1m', { fromMs }));
    for (let from = 0; from < cases.length; from += GROUP) {
      results.push(...(await runParity(cases.slice(from, from + GROUP), stack, tape)));
    }
  }, 1_800_000);
  afterAll(() => tape.close());

  test('trades the same in a session and in a backtest, to the last digit', () => {
    expect(results.map(({ name }) => name)).toEqual(SEEDS.map(({ name }) => name));
    expect(differing(results)).toEqual([]);
  });

  test('has bars to decide on and, most of them, something to trade', () => {
    for (const { session } of results) expect(session.decisions).toBeGreaterThan(320);
    expect(results.filter(({ session }) => session.trades.length > 0).length).toBeGreaterThan(9);
    expect(tradesIn(results)).toBeGreaterThan(60);
    const causes = new Set(results.flatMap(({ session }) => session.trades.map((t) => t.cause)));
    expect([...causes].sort()).toEqual(['signal', 'stop']);
  });

  test('leaves a history that replays', async () => {
    for (const { sessionId } of results.slice(0, 3)) await stack.replay(sessionId);
  }, 60_000);

  test('differs when the backtest pays another fee, sees another book or steps otherwise', () => {
    const name = 'ema-crossover';
    const found = results.find((each) => each.name === name);
    const wrong = [{ bookSeed: 2 }, { stepsPerBar: 5 }, { equityUsd: '100001' }, { genes: {} }];
    for (const changes of wrong) {
      const parity = caseOf(name, tape, '1m', {
        fromMs: tape.startMs + WARM_UP_MINUTES * MINUTE_MS,
        ...changes,
      });
      const backtest = runBacktestSide(parity, tape, 'everyStep');
      const differences = found && differencesOf(found.session, backtest);
      expect(differences?.length).toBeGreaterThan(0);
    }
  }, 120_000);
});

describe('what binds a session', () => {
  test('binds its backtest alike: limits, another sizing, fear and greed, bars of another asset', async () => {
    // Over midnight, where a day begins anew.
    const tape = tapeOf(14 * HOUR_MINUTES);
    const fromMs = tape.startMs + 6 * HOUR_MINUTES * MINUTE_MS;
    const binding: readonly (readonly [name: string, changes: Partial<NamedCase>])[] = [
      ['daily-loss', { limits: { maxDailyLossFraction: 0.0015 } }],
      ['one-position', { limits: { maxOpenPositions: 1 } }],
      ['gross', { limits: { maxGrossExposureFraction: 0.3 } }],
      ['fear-and-greed', { strategy: 'ema-crossover+sentiment' }],
      ['another-asset', { strategy: 'ema-crossover+correlation' }],
      ['volatility', { sizing: { method: 'volatility-target', volatilityTargetAnnual: 0.1 } }],
    ];
    const cases = binding.map(([name, changes]) =>
      caseOf(name, tape, '1m', { strategy: 'ema-crossover', fromMs, ...changes }),
    );
    const free = runBacktestSide(
      caseOf('free', tape, '1m', { strategy: 'ema-crossover', fromMs }),
      tape,
      'whenNeeded',
    );
    const results = await runParity(cases, stack, tape);
    expect(differing(results)).toEqual([]);
    for (const { session } of results) {
      expect(session.trades.length).toBeGreaterThan(0);
      expect(differencesOf(session, free).length).toBeGreaterThan(0);
    }
    tape.close();
  }, 1_200_000);
});

describe('a session that reaches the exchange as everybody does', () => {
  test('trades every minute what its backtest trades', async () => {
    const tape = tapeOf(8 * HOUR_MINUTES);
    const fromMs = tape.startMs + 5 * HOUR_MINUTES * MINUTE_MS;
    const parity = caseOf('sockets', tape, '1m', { strategy: 'ema-crossover', fromMs });
    const results = await runParity([parity], stack, tape, 'sockets');
    expect(differing(results)).toEqual([]);
    expect(tradesIn(results)).toBeGreaterThan(3);
    tape.close();
  }, 1_200_000);
});
