/**
 * One seed of chaos: a whole embedded stack with a trading session and a stream of orders, kill -9
 * of drawn processes while all that runs, then an orderly end, and the facts for the judge.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { openWorkflows } from '../../client/cli/temporal-connection.ts';
import type { Workflows } from '../../client/cli/world.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { accountAddress, sessionWorkflowId } from '../../domain/kernel/ids.ts';
import { createRng, type Rng, seedOf } from '../../domain/kernel/rng.ts';
import { openLedgerPool } from '../../gateways/ledger/pool.ts';
import { type Stack, startStack } from '../../workers/up/stack.ts';
import type { Kill, RunFacts } from './facts.ts';
import { gatherLedger, gatherVenue, gatherWorkflows } from './gather.ts';
import { insist, startTraffic, type Traffic } from './traffic.ts';
import { keepVenueLog } from './venue-log.ts';

export interface TrialOptions {
  readonly seed: number;
  readonly kills: number;
  readonly say: (line: string) => void;
}

const TARGETS = ['trading-worker', 'paper-exchange', 'ledger', 'temporal'] as const;
const PAUSE_MS = [2_000, 9_000] as const;
/** Of the kills that many are aimed right behind the start of an order. */
const AIMED_SHARE = 0.4;
const AIMED_WITHIN_MS = 150;
const WARM_UP_MS = 5_000;
/** Every order has to end within this time after the last fault. */
const SETTLE_WITHIN_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;

const SESSION = 'demo';

async function settingsOf(folder: string, seed: number): Promise<Config> {
  const { config } = await loadConfig({ cwd: folder, env: {} });
  return {
    ...config,
    dataDir: join(folder, 'data'),
    paper: { ...config.paper, seed, speed: 60, fundUsd: '100000' },
    reconcileEveryMs: 10_000,
    logLevel: 'warn',
    // Chaos must not end the trading that it disturbs.
    risk: { maxDailyLossFraction: 1, maxGrossExposureFraction: 5 },
    session: {
      ...config.session,
      name: SESSION,
      genes: { fast: 2, slow: 5, enterOn: 'state', atrPeriod: 5, stopAtrMultiple: 1.5 },
      sizing: { maxPositionFraction: 0.05 },
      limits: { maxDailyLossFraction: 1, maxGrossExposureFraction: 5 },
    },
  };
}

interface Arena {
  readonly stack: Stack;
  readonly account: AccountAddress;
  readonly workflows: Workflows;
  readonly client: Client;
  readonly options: TrialOptions;
  readonly close: () => Promise<void>;
}

async function openArena(stack: Stack, options: TrialOptions): Promise<Arena> {
  const { endpoints } = stack;
  const workflows = await openWorkflows(endpoints);
  const connection = await Connection.connect({ address: endpoints.temporalAddress });
  return {
    stack,
    account: accountAddress(endpoints.account ?? ''),
    workflows,
    client: new Client({ connection, namespace: endpoints.namespace }),
    options,
    close: async () => {
      await workflows.close();
      await connection.close();
    },
  };
}

async function openSession({ stack, workflows, account }: Arena): Promise<void> {
  const { equitySampleMs, reconcileEveryMs, session } = stack.config;
  const { name, ...rules } = session;
  await workflows.ensureAccount({ account, network: 'paper', equitySampleMs, reconcileEveryMs });
  const startedMs = Date.now();
  await workflows.startSession({ account, network: 'paper', name, startedMs, config: rules });
}

/** Kills one process for certain: one that is between two runs is waited for. */
async function kill(stack: Stack, target: string, aimed: boolean): Promise<Kill> {
  while (!stack.kill(target, 'SIGKILL')) await sleep(50);
  return { target, atMs: Date.now(), aimed };
}

/** Every target once, then every target once more, each time in a drawn order. */
function drawTargets(rng: Rng, count: number): readonly string[] {
  const drawn: string[] = [];
  while (drawn.length < count) {
    const left: string[] = [...TARGETS];
    while (left.length > 0) drawn.push(...left.splice(rng.int(left.length), 1));
  }
  return drawn.slice(0, count);
}

async function killMany({ stack, options }: Arena, traffic: Traffic): Promise<readonly Kill[]> {
  const rng = createRng(seedOf('kills', options.seed));
  const done: Kill[] = [];
  for (const target of drawTargets(rng, options.kills)) {
    await sleep(PAUSE_MS[0] + rng.next() * (PAUSE_MS[1] - PAUSE_MS[0]));
    const aimed = rng.next() < AIMED_SHARE;
    const delayMs = rng.next() * AIMED_WITHIN_MS;
    if (aimed) {
      await traffic.nextStart();
      await sleep(delayMs);
    }
    done.push(await kill(stack, target, aimed));
  }
  return done;
}

async function runningOrders({ client }: Arena): Promise<string[]> {
  const query = "WorkflowType = 'order' AND ExecutionStatus = 'Running'";
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

/** Stops the session, cancels what rests, and waits until every order has ended or time is up. */
async function settle(arena: Arena, lastFaultMs: number): Promise<number> {
  const { workflows, account, options } = arena;
  const id = sessionWorkflowId(account, SESSION);
  const change = { kind: 'stop', positions: 'close' } as const;
  await insist(() => workflows.changeSession(id, change, STOP_TIMEOUT_MS));
  const sessionStoppedMs = Date.now();
  options.say(`session stopped ${sessionStoppedMs - lastFaultMs} ms after the last kill`);
  for (;;) {
    const running = await insist(() => runningOrders(arena));
    if (running.length === 0) return sessionStoppedMs;
    if (Date.now() - lastFaultMs > SETTLE_WITHIN_MS) {
      options.say(`still running: ${running.join(', ')}`);
      return sessionStoppedMs;
    }
    await Promise.all(
      running.map((each) => insist(() => workflows.requestCancel(each, 'the end'))),
    );
    await sleep(1_000);
  }
}

/** Waits until a bar was decided after the last kill, so that going on can be judged. */
async function untilDecided({ stack }: Arena, afterMs: number): Promise<void> {
  const pool = openLedgerPool(stack.endpoints.ledgerUrl, { max: 1 });
  try {
    const sql = 'select 1 from decisions where decided_ms > $1 limit 1';
    const deadlineMs = Date.now() + SETTLE_WITHIN_MS / 2;
    while (Date.now() < deadlineMs) {
      const found = await pool.query(sql, [afterMs]).catch(() => undefined);
      if (found !== undefined && found.rows.length > 0) return;
      await sleep(500);
    }
  } finally {
    await pool.end();
  }
}

async function runIn(arena: Arena, folder: string): Promise<RunFacts> {
  const { stack, account, workflows, client, options } = arena;
  const { exchangeUrl, ledgerUrl } = stack.endpoints;
  const log = keepVenueLog(join(stack.config.dataDir, 'paper'), join(folder, 'venue-log'));
  try {
    await openSession(arena);
    const { assets } = stack.config.session;
    const { seed } = options;
    const traffic = await startTraffic({ seed, account, venueUrl: exchangeUrl, assets, workflows });
    await sleep(WARM_UP_MS);
    const kills = await killMany(arena, traffic);
    const lastFaultMs = kills.at(-1)?.atMs ?? Date.now();
    await untilDecided(arena, lastFaultMs);
    await traffic.stop();
    const sessionStoppedMs = await settle(arena, lastFaultMs);
    options.say(`everything ended ${Date.now() - lastFaultMs} ms after the last kill`);
    const pool = openLedgerPool(ledgerUrl, { max: 1 });
    try {
      return {
        account,
        kills,
        asked: traffic.asked,
        sessionStoppedMs,
        workflows: await gatherWorkflows(client),
        venue: await gatherVenue(exchangeUrl, account, log),
        ledger: await gatherLedger(pool),
      };
    } finally {
      await pool.end();
    }
  } finally {
    log.close();
  }
}

/**
 * Runs one seed and returns what came of it. The folder goes unless `PERPETUA_CHAOS_KEEP` is set.
 * @throws when the stack does not start, or a client gets no answer for two minutes
 */
export async function runTrial(options: TrialOptions): Promise<RunFacts> {
  const folder = mkdtempSync(join(tmpdir(), `perpetua-chaos-${options.seed}-`));
  mkdirSync(join(folder, 'data'));
  const config = await settingsOf(folder, options.seed);
  // While ledger or venue are away every look-up fails, many times a second: that is no news.
  const say = (line: string): void => {
    if (!line.endsWith(': Activity failed')) options.say(line);
  };
  const stack = await startStack({ config, ports: 'auto', say });
  try {
    const arena = await openArena(stack, options);
    try {
      return await runIn(arena, folder);
    } finally {
      await arena.close();
    }
  } finally {
    await stack.stop();
    if (process.env.PERPETUA_CHAOS_KEEP === undefined) rmSync(folder, { recursive: true });
    else options.say(`kept ${folder}`);
  }
}
