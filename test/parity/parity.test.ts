/**
 * What a session trades is what a backtest trades: every strategy, on three assets' minutes, through
 * workflows, ledger and paper exchange on one side and in the event-driven backtest on the other. Fills,
 * funding, trades with their causes and reasons, and the account's value must be the same to the last
 * digit. `docs/parity.md` has the whole month.
 *
 * Eighty-five minutes that are decided one by one are enough for every strategy to trade, for stops, for
 * funding, and for midnight, where a day of losses and of fees begins anew. So few because a minute of a
 * strategy costs a tenth of a second of processor time, server included, and CI runs this.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fill } from '../../domain/matching/contract/venue-records.ts';
import { SEEDS } from '../../domain/signals/registry.ts';
import { type Planted, runBacktestSide } from './backtest-side.ts';
import { describeDifferences, differencesOf } from './outcome.ts';
import { type NamedCase, type ParityResult, runParity } from './parity-run.ts';
import { shortGenes } from './short-memories.ts';
import { type Stack, startStack } from './stack.ts';
import { MINUTE_MS, makeTape, type ParityTape } from './tape.ts';

const COINS = ['BTC', 'ETH', 'SOL'];
/** Up to a quarter past eleven in the evening; longer than any window that a strategy reads. */
const WARM_UP_MINUTES = 31 * 60 + 15;
/** A tape must not end with an hour: see `tape.ts`. */
const DECIDED_MINUTES = 85;
/** Played together: the market is modelled once for each group, and waiting is shared. */
const GROUP = 6;
const DAY_MS = 86_400_000;

/** Genes with which a strategy that seldom trades does so in the time that is played. */
const BUSIER: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'funding-carry': { enterOn: 'state', thresholdPerHour: 0.000001, maxJump: 6 },
  expression: { maxHoldBars: 10 },
};

/** What binds a session beside its strategy. */
const BINDING: Readonly<Record<string, Partial<NamedCase>>> = {
  'daily-loss': { limits: { maxDailyLossFraction: 0.0008 } },
  'one-position': { limits: { maxOpenPositions: 1 } },
  gross: { limits: { maxGrossExposureFraction: 0.3 } },
  'fear-and-greed': { strategy: 'ema-crossover+sentiment' },
  'another-asset': { strategy: 'ema-crossover+correlation' },
  volatility: { sizing: { method: 'volatility-target', volatilityTargetAnnual: 0.1 } },
  /** So much before midnight that less is paid after it. */
  'fee-tier': { equityUsd: '2000000', limits: { maxOrderNotionalUsd: 2_000_000 } },
};

/** Histories take seconds to replay: some of the busiest. */
const REPLAYED = ['ema-crossover', 'stochastic', 'vwap-reversion', 'pca-tree-quantile', 'fee-tier'];

/** The negative control: an exchange that charges a tenth of a basis point more. */
const OVERCHARGED = 'overcharged';

let stack: Stack;
let tape: ParityTape;
const results = new Map<string, ParityResult>();

const tapeOf = (minutes: number): ParityTape => makeTape({ coins: COINS, minutes, fundingSeed: 7 });

function caseOf(name: string, changes: Partial<NamedCase> = {}): NamedCase {
  const { strategy = 'ema-crossover' } = changes;
  return {
    name,
    strategy,
    genes: { ...shortGenes(strategy), ...BUSIER[strategy] },
    sizing: {},
    limits: {},
    interval: '1m',
    equityUsd: '100000',
    bookSeed: 1,
    stepsPerBar: 4,
    fromMs: tape.startMs + WARM_UP_MINUTES * MINUTE_MS,
    ...changes,
  };
}

const resultOf = (name: string): ParityResult => {
  const result = results.get(name);
  if (result === undefined) throw new Error(`${name} was not played`);
  return result;
};

/** A line for each that differs, with the first difference. */
const differing = (names: readonly string[]): readonly string[] =>
  names
    .map((name) => describeDifferences(name, resultOf(name).differences))
    .filter((line) => line !== '');

const feeBps = ({ px, sz, fee }: Fill): string =>
  ((Number(fee) / (Number(px) * Number(sz))) * 1e4).toFixed(1);

beforeAll(async () => {
  stack = await startStack();
  tape = tapeOf(WARM_UP_MINUTES + DECIDED_MINUTES);
}, 120_000);
afterAll(async () => {
  await stack.close();
  tape.close();
}, 60_000);

describe('a session that reaches the exchange as everybody does', () => {
  test('trades every minute what its backtest trades', async () => {
    const before = WARM_UP_MINUTES - 40;
    const short = tapeOf(WARM_UP_MINUTES + 10);
    const fromMs = short.startMs + before * MINUTE_MS;
    const [result] = await runParity([caseOf('sockets', { fromMs })], stack, short, 'sockets');
    short.close();
    expect(result && describeDifferences('sockets', result.differences)).toBe('');
    expect(result?.session.trades.length).toBeGreaterThan(3);
  }, 300_000);
});

describe("sessions at the exchange's desk", () => {
  beforeAll(async () => {
    const cases = [
      ...SEEDS.map(({ name }) => caseOf(name, { strategy: name })),
      ...Object.entries(BINDING).map(([name, changes]) => caseOf(name, changes)),
      caseOf(OVERCHARGED, { exchangeTakerFeeRate: '0.00046' }),
    ];
    for (let from = 0; from < cases.length; from += GROUP) {
      const played = await runParity(cases.slice(from, from + GROUP), stack, tape);
      for (const result of played) results.set(result.name, result);
    }
  }, 900_000);

  describe('every strategy', () => {
    const names = SEEDS.map(({ name }) => name);

    test('trades the same in a session and in a backtest, to the last digit', () => {
      expect(differing(names)).toEqual([]);
    });

    test('is decided each minute and trades', () => {
      for (const name of names) {
        const { session, trades } = resultOf(name);
        expect({ name, decisions: session.decisions }).toEqual({
          name,
          decisions: DECIDED_MINUTES,
        });
        expect({ name, trades: session.trades.length }).toEqual({ name, trades });
        expect({ name, hasTraded: trades > 0 }).toEqual({ name, hasTraded: true });
      }
      const causes = names.flatMap((name) =>
        resultOf(name).session.trades.map(({ cause }) => cause),
      );
      expect([...new Set(causes)].sort()).toEqual(['signal', 'stop']);
      const paid = names.flatMap((name) => resultOf(name).session.payments);
      expect(paid.length).toBeGreaterThan(0);
    });

    test('leaves a history that replays', async () => {
      const played = REPLAYED.map((name) => resultOf(name).sessionId);
      expect(await stack.notReplaying(played)).toEqual([]);
    }, 120_000);
  });

  describe('what binds a session', () => {
    const names = Object.keys(BINDING);

    test('binds its backtest alike', () => {
      expect(differing(names)).toEqual([]);
    });

    test('binds it', () => {
      const free = resultOf('ema-crossover').session;
      for (const name of names) {
        const { session } = resultOf(name);
        const isBound = differencesOf(session, free).length > 0;
        const hasTraded = session.trades.length > 0;
        expect({ name, isBound, hasTraded }).toEqual({ name, isBound: true, hasTraded: true });
      }
    });

    test("is a fee tier from the market's midnight on", () => {
      const midnightMs = Math.floor(tape.endMs / DAY_MS) * DAY_MS;
      const { fills } = resultOf('fee-tier').session;
      const ratesOf = (some: readonly Fill[]): readonly string[] => [...new Set(some.map(feeBps))];
      expect(ratesOf(fills.filter(({ time }) => time < midnightMs))).toEqual(['4.5']);
      expect(ratesOf(fills.filter(({ time }) => time >= midnightMs))).toEqual(['4.0']);
    });
  });

  describe('what differs is found', () => {
    test('when the exchange of the session charges another fee', () => {
      const { differences } = resultOf(OVERCHARGED);
      expect(describeDifferences(OVERCHARGED, differences)).toMatch(
        /^overcharged: differs in \d+ of fill, .*1 of equity; first in fill 0 \(2025-\d\d-\d\dT\S+ [A-Z]+\): fee: session "[\d.]+", backtest "[\d.]+"$/,
      );
    });

    const plantedIn: readonly (readonly [string, Partial<NamedCase>, Planted])[] = [
      ['pays another fee', {}, { takerFeeRate: '0.00044' }],
      ['hears of its signals a bar late', {}, { delayBars: 1 }],
      ['sees another book', { bookSeed: 2 }, {}],
      ['is stepped otherwise', { stepsPerBar: 5 }, {}],
      ['begins with a dollar more', { equityUsd: '100001' }, {}],
      ['has other genes', { genes: {} }, {}],
    ];
    test.each(plantedIn)('when the backtest %s', (_what, changes, planted) => {
      const name = 'ema-crossover';
      const parity = caseOf(name, changes);
      const backtest = runBacktestSide(parity, tape, 'everyStep', planted);
      const differences = differencesOf(resultOf(name).session, backtest);
      expect(describeDifferences(name, differences)).toContain('; first in ');
    });
  });
});
