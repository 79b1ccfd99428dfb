import { describe, expect, test } from '@jest/globals';
import type { Workflows } from '../../../client/cli/world.ts';
import type {
  SessionInput,
  SessionView,
} from '../../../workflows/trading-session/trading-session.messages.ts';
import { ACCOUNT, documentOf, NOW_MS, run } from './fake-world.ts';

const starting = (isFree = true) => {
  const asked: { account: unknown[]; sessions: SessionInput[] } = { account: [], sessions: [] };
  const workflows: Partial<Workflows> = {
    ensureAccount: async (input) => {
      asked.account.push(input);
    },
    startSession: async (input) => {
      asked.sessions.push(input);
      return isFree;
    },
  };
  return { asked, workflows };
};

const VIEW: SessionView = {
  name: 'demo',
  account: ACCOUNT,
  status: 'running',
  config: {
    strategy: 'ema-crossover',
    assets: ['BTC'],
    interval: '1m',
    genes: {},
    sizing: {},
    limits: {},
  },
  startedMs: NOW_MS,
  settled: true,
  lastBarOpenTimeMs: NOW_MS,
  bars: 3,
  ordersStarted: 1,
  protections: 1,
  openOrders: [],
  lastDecisions: [{ asset: 'BTC', summary: 'hold: the trend goes on' }],
};

describe('session start', () => {
  test('without words it takes everything from the settings, and starts the account first', async () => {
    const { asked, workflows } = starting();
    const done = await run(['session', 'start', '--json'], { workflows });
    expect(done.exit).toBe(0);
    expect(asked.account).toEqual([
      { account: ACCOUNT, network: 'paper', reconcileEveryMs: 30_000, equitySampleMs: 1_000 },
    ]);
    const [input] = asked.sessions;
    expect(input).toMatchObject({ name: 'demo', account: ACCOUNT, startedMs: NOW_MS });
    expect(input?.config).toMatchObject({
      strategy: 'ema-crossover',
      assets: ['BTC', 'ETH', 'SOL', 'XRP'],
      interval: '1m',
    });
    expect(documentOf(done)).toMatchObject({ workflowId: `session:${ACCOUNT}:demo` });
  });

  test('genes, sizing and limits reach the session; genes are complete', async () => {
    const { asked, workflows } = starting();
    const words = ['--gene', 'fast=9', '--gene', 'slow=30', '--set', 'limits.maxOpenPositions=2'];
    await run(['session', 'start', ...words, '--set', 'sizing.riskPerTradeFraction=0.005'], {
      workflows,
    });
    const config = asked.sessions[0]?.config;
    expect(config?.genes).toMatchObject({ fast: 9, slow: 30, atrPeriod: 14 });
    expect(config?.sizing).toEqual({ riskPerTradeFraction: 0.005 });
    expect(config?.limits).toEqual({ maxOpenPositions: 2 });
  });

  test('spot pairs are refused for a strategy that reads funding: they pay none', async () => {
    const { workflows, asked } = starting();
    const words = ['session', 'start', '--strategy', 'funding-carry'];
    const refused = await run([...words, '--assets', 'BTC,PURR/USDC'], { workflows });
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain(
      '"PURR/USDC": must be perpetuals: funding-carry reads funding',
    );
    expect(asked.sessions).toEqual([]);
    expect((await run([...words, '--assets', 'BTC'], { workflows })).exit).toBe(0);
  });

  test('filters follow the strategy, with their own genes', async () => {
    const { workflows, asked } = starting();
    const strategy = 'bollinger+volatility-regime';
    const words = ['--strategy', strategy, '--gene', 'regimeMax=1.5'];
    await run(['session', 'start', ...words], { workflows });
    expect(asked.sessions[0]?.config).toMatchObject({ strategy, genes: { regimeMax: 1.5 } });
  });

  test("another strategy does not inherit the genes of the settings' strategy", async () => {
    const { workflows, asked } = starting();
    const done = await run(['session', 'start', '--strategy', 'rsi-reversion'], {
      workflows,
      settings: { session: { genes: { fast: 9 } } },
    });
    expect(done.exit).toBe(0);
    expect(asked.sessions[0]?.config.genes).not.toHaveProperty('fast');
  });

  test.each([
    [['--strategy', 'nope'], '--strategy "nope": must be one of ema-crossover, donchian-breakout'],
    [['--interval', '7m'], '--interval "7m": must be one of 1m, 3m'],
    [['--assets', 'BTC,,ETH'], '--assets "BTC,,ETH"'],
    [['--name', 'two words'], '--name "two words"'],
    [['--gene', 'fast'], '--gene "fast": must be NAME=VALUE'],
    [['--gene', 'fast=1000'], 'gene fast "1000": must be a whole number from 2 to'],
    [['--gene', 'speed=1'], 'gene speed "1": is no gene; known genes: fast, slow'],
    [['--set', 'fees.x=1'], '--set "fees.x=1": must be sizing.NAME=VALUE or limits.NAME=VALUE'],
    [['--set', 'limits.nope=1'], 'limits.nope "1": is no limit; known limits'],
    [['--set', 'sizing.riskPerTradeFraction=9'], 'sizing.riskPerTradeFraction "9": must be'],
  ])('%j is a usage error that names what is allowed', async (words, text) => {
    const done = await run(['session', 'start', ...words]);
    expect(done.exit).toBe(2);
    expect(done.stderr).toContain(text);
  });

  test('every wrong gene is named at once', async () => {
    const done = await run(['session', 'start', '--gene', 'fast=0', '--gene', 'slow=0']);
    expect(done.stderr).toMatch(/gene fast[\s\S]*gene slow/);
  });

  test('a name that runs already is refused, with the way out', async () => {
    const done = await run(['session', 'start'], starting(false));
    expect(done.exit).toBe(3);
    expect(done.stderr).toContain('mend: perpetua session stop demo');
  });
});

describe('a running session', () => {
  const ledger = { sessions: async () => [] };

  test('show prints its state and the last decisions', async () => {
    const done = await run(['session', 'show', 'demo'], {
      workflows: { sessionState: async () => VIEW },
    });
    expect(done.stdout).toContain('hold: the trend goes on');
  });

  test('a name that nobody knows exits with 5', async () => {
    const options = { ledger, workflows: { sessionState: async () => undefined } };
    expect((await run(['session', 'show', 'nope'], options)).exit).toBe(5);
    const changing = { workflows: { changeSession: async () => undefined } };
    expect((await run(['session', 'pause', 'nope'], changing)).exit).toBe(5);
  });

  test.each([
    [['pause', 'demo'], { kind: 'pause' }],
    [['resume', 'demo'], { kind: 'resume' }],
    [['drain', 'demo'], { kind: 'drain' }],
    [['stop', 'demo', '--positions', 'close'], { kind: 'stop', positions: 'close' }],
  ])('%j asks the session for just that', async (words, change) => {
    const asked: unknown[] = [];
    const changeSession: Workflows['changeSession'] = async (workflowId, wanted) => {
      asked.push(workflowId, wanted);
      return VIEW;
    };
    const done = await run(['session', ...words, '--json'], { workflows: { changeSession } });
    expect(asked).toEqual([`session:${ACCOUNT}:demo`, change]);
    expect(documentOf(done)).toMatchObject({ name: 'demo', status: 'running' });
  });

  test('a stop must say what happens to positions', async () => {
    const done = await run(['session', 'stop', 'demo']);
    expect(done.exit).toBe(2);
    expect(done.stderr).toContain('--positions');
  });
});
