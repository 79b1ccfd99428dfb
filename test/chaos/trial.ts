/**
 * One seed of chaos: a whole embedded stack with three workers, a trading session and a stream of
 * orders of every type, faults of every kind while all that runs, then an orderly end, and the facts
 * for the judge.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { openWorkflows } from '../../client/cli/temporal-connection.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { accountAddress } from '../../domain/kernel/ids.ts';
import { openLedgerPool } from '../../gateways/ledger/pool.ts';
import { type Conducted, conduct } from './conduct.ts';
import type { RunFacts } from './facts.ts';
import type { Arena } from './faults/arena.ts';
import { gatherLedger, gatherVenue, gatherWorkflows, type KeepHistory } from './gather.ts';
import { describePlan, drawPlan, WORKERS } from './plan/fault-plan.ts';
import { openSession, type Setting, settle } from './settle.ts';
import { startTraffic } from './traffic/traffic.ts';
import { keepVenueLog, type VenueLog } from './venue-log.ts';
import { type ChaosStack, startChaosStack } from './world/chaos-stack.ts';
import { venueAdmin } from './world/venue-admin.ts';

export interface TrialOptions {
  readonly seed: number;
  readonly orders: number;
  /** How long it takes to ask for all orders; the faults are spread over it. */
  readonly lastingMs: number;
  readonly say: (line: string) => void;
}

export interface Trial {
  readonly facts: RunFacts;
  readonly missed: readonly string[];
}

async function settingsOf(folder: string, seed: number): Promise<Config> {
  const { config } = await loadConfig({ cwd: folder, env: {} });
  return {
    ...config,
    dataDir: join(folder, 'data'),
    workers: WORKERS.length,
    paper: { ...config.paper, seed, speed: 30, fundUsd: '1000000' },
    reconcileEveryMs: 5_000,
    watchdog: { ...config.watchdog, silentMs: 6_000 },
    logLevel: 'warn',
    // Chaos must not end the trading that it disturbs.
    risk: { maxDailyLossFraction: 1, maxGrossExposureFraction: 5 },
    session: {
      ...config.session,
      genes: { fast: 2, slow: 5, enterOn: 'state', atrPeriod: 5, stopAtrMultiple: 1.5 },
      sizing: { maxPositionFraction: 0.05 },
      limits: { maxDailyLossFraction: 1, maxGrossExposureFraction: 5 },
    },
  };
}

async function settingOf({ stack }: ChaosStack, say: TrialOptions['say']): Promise<Setting> {
  const { endpoints } = stack;
  const workflows = await openWorkflows(endpoints);
  const connection = await Connection.connect({ address: endpoints.temporalAddress });
  return {
    stack,
    account: accountAddress(endpoints.account ?? ''),
    workflows,
    client: new Client({ connection, namespace: endpoints.namespace }),
    say,
    close: async () => {
      await workflows.close();
      await connection.close();
    },
  };
}

/** Trades under the plan's faults; resolves when all orders were asked for and all faults are over. */
async function trade(
  chaos: ChaosStack,
  setting: Setting,
  options: TrialOptions,
): Promise<{ readonly arena: Arena; readonly conducted: Conducted }> {
  const { account, client, workflows, stack, say } = setting;
  const { seed, orders, lastingMs } = options;
  const { exchangeUrl } = stack.endpoints;
  const { assets } = stack.config.session;
  const plan = drawPlan(seed, lastingMs);
  say(describePlan(plan));
  const traffic = await startTraffic({
    ...{ seed, account, assets, workflows, orders, lastingMs },
    venueUrl: exchangeUrl,
  });
  const venue = venueAdmin(join(stack.config.dataDir, 'paper'));
  const diary = { kills: [], interventions: [], foreign: [] };
  const arena: Arena = { chaos, venue, traffic, client, account, diary };
  const conducted = await conduct(arena, plan, say);
  await traffic.allAsked();
  return { arena, conducted };
}

/** A workflow that ends so long after the last fault has used most of its time, and is worth a look. */
const SLOW_END_MS = 90_000;

/** Histories with failed tasks, or a slow end, stay when the run's folder goes. */
function evidence({ seed, say }: TrialOptions, lastFaultMs: number): KeepHistory {
  return ({ workflowId, codeFaults, closedMs }, history) => {
    const endedAfterMs = (closedMs ?? lastFaultMs) - lastFaultMs;
    // The account is closed last, when the suite has heard of all other ends.
    const isSlow = endedAfterMs > SLOW_END_MS && !workflowId.startsWith('account:');
    if (codeFaults.length === 0 && !isSlow) return;
    const name = workflowId.replaceAll(/[^\w-]+/g, '-');
    const path = join(mkdtempSync(join(tmpdir(), `perpetua-chaos-${seed}-`)), `${name}.json`);
    writeFileSync(path, historyToJSON(history));
    say(
      codeFaults.length > 0
        ? `failed tasks: ${path}`
        : `ended ${endedAfterMs} ms after the last fault: ${path}`,
    );
  };
}

async function runIn(
  chaos: ChaosStack,
  setting: Setting,
  log: VenueLog,
  options: TrialOptions,
): Promise<Trial> {
  const { account, client, say, stack } = setting;
  const { exchangeUrl, ledgerUrl } = stack.endpoints;
  const startedMs = Date.now();
  await openSession(setting);
  const { arena, conducted } = await trade(chaos, setting, options);
  const lastFaultMs = Math.max(...conducted.done.map(({ untilMs }) => untilMs));
  say(`all orders asked for and all faults over after ${Date.now() - startedMs} ms`);
  const stopped = await settle(setting, arena, log, lastFaultMs);
  say(`everything ended ${Date.now() - lastFaultMs} ms after the last fault`);
  const pool = openLedgerPool(ledgerUrl, { max: 1 });
  try {
    const facts: RunFacts = {
      account,
      ...arena.diary,
      faults: conducted.done,
      asked: arena.traffic.asked,
      lastFaultMs,
      sessionStoppedMs: stopped.atMs,
      sessionStoppedSeq: stopped.seq,
      workflows: await gatherWorkflows(client, evidence(options, lastFaultMs)),
      venue: await gatherVenue(exchangeUrl, account, log),
      ledger: await gatherLedger(pool),
    };
    const { missed } = conducted;
    writeFileSync(join(stack.config.dataDir, 'facts.json'), JSON.stringify(facts));
    return { facts, missed };
  } finally {
    await pool.end();
  }
}

/** While parts are away, every look-up fails, many times a second: that is no news. */
const isNoise = (line: string): boolean =>
  !/: (ready after|ended \(|ended before|not ready)/.test(line) && /^[\w-]+: /.test(line);

/**
 * Runs one seed and returns what came of it. The folder goes unless `PERPETUA_CHAOS_KEEP` is set.
 * @throws when the stack does not start, or a client gets no answer for two minutes
 */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { seed, say } = options;
  const folder = mkdtempSync(join(tmpdir(), `perpetua-chaos-${seed}-`));
  mkdirSync(join(folder, 'data'));
  const config = await settingsOf(folder, seed);
  const quietly = (line: string): void => (isNoise(line) ? undefined : say(line));
  const chaos = await startChaosStack(config, folder, quietly);
  const log = keepVenueLog(join(config.dataDir, 'paper'), join(folder, 'venue-log'));
  try {
    const setting = await settingOf(chaos, say);
    try {
      return await runIn(chaos, setting, log, options);
    } finally {
      await setting.close();
    }
  } finally {
    log.close();
    await chaos.stop();
    if (process.env.PERPETUA_CHAOS_KEEP === undefined) rmSync(folder, { recursive: true });
    else say(`kept ${folder}`);
  }
}
