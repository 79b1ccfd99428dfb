/**
 * What the embedded stack consists of: Temporal, ledger and paper exchange at once, then the schema,
 * then the trading workers, then watchdog and dashboard. Parts that the settings place elsewhere are
 * waited for instead of started. The signing key reaches the trading workers, and the watchdog when it
 * has none of its own; it is never an argument.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Endpoints } from '../../config/endpoints.ts';
import { SIGNER_KEY_ENV, WATCHDOG_KEY_ENV } from '../../config/keystore.ts';
import type { Config } from '../../config/schema.ts';
import { workerEnv } from '../../config/worker-env.ts';
import { migrate } from '../../gateways/ledger/migrate.ts';
import { openLedgerPool, withoutPassword } from '../../gateways/ledger/pool.ts';
import { awaitTemporal, devServerArgs } from '../../gateways/temporal/provision/dev-server.ts';
import { paperLimits } from '../governed-connection.ts';
import type { ChildSpec, Stage } from './child-spec.ts';
import { UpError } from './up-error.ts';

export interface PlanInput {
  readonly config: Config;
  readonly endpoints: Endpoints;
  readonly account: string;
  /** The `temporal` binary; absent when the settings name a server that runs. */
  readonly temporalBinary?: string;
  readonly env: NodeJS.ProcessEnv;
}

const READY_WITHIN_MS = 60_000;
const WORKER_READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;
const WORKER_STOP_WITHIN_MS = 20_000;
/** The server collects its garbage more eagerly from here on; it may take more if it needs more. */
const TEMPORAL_MEMORY = '300MiB';
/**
 * A trading worker's threads share two pools of native memory instead of having one each, and what was
 * just made is kept in a smaller space: a third of its memory was room that nobody used.
 */
const WORKER_MEMORY = { MALLOC_ARENA_MAX: '2', NODE_OPTIONS: '--max-semi-space-size=8' };
const EXTERNAL_WITHIN_MS = 15_000;

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The first worker's name has no number: there is one unless more are asked for. */
export const workerNames = ({ workers }: Config): readonly string[] =>
  Array.from({ length: workers }, (_, index) =>
    index === 0 ? 'trading-worker' : `trading-worker-${index + 1}`,
  );

/** The stages of a stack with these settings. */
export function planStack(input: PlanInput): readonly Stage[] {
  const { config } = input;
  const ownsExchange = config.network === 'paper' && config.exchange.url === undefined;
  return [
    {
      children: [
        ...(input.temporalBinary === undefined ? [] : [temporal(input, input.temporalBinary)]),
        ...(config.ledger.url === undefined ? [ledger(input)] : []),
        ...(ownsExchange ? [paperExchange(input)] : []),
      ],
      afterwards: () => prepareStores(input),
    },
    { children: workerNames(config).map((name) => tradingWorker(input, name)) },
    { children: [watchdog(input), dashboard(input)] },
  ];
}

/** The environment without our settings and secrets: a child gets only what it is meant to know. */
function bareEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string): boolean => name.startsWith('PERPETUA_') || name === 'DATABASE_URL';
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOurs(name)));
}

function temporal({ config, endpoints, env }: PlanInput, binary: string): ChildSpec {
  const { port, uiPort, httpPort, namespace } = config.temporal;
  const { dataDir } = config;
  return {
    name: 'temporal',
    command: binary,
    args: devServerArgs({ binary, dataDir, port, uiPort, httpPort, namespace }),
    env: { GOMEMLIMIT: TEMPORAL_MEMORY, ...bareEnv(env) },
    port,
    probe: (signal) => awaitTemporal(endpoints.temporalAddress, namespace, signal),
    readyWithinMs: READY_WITHIN_MS,
    stopWithinMs: STOP_WITHIN_MS,
  };
}

function nodeChild(
  name: string,
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Omit<ChildSpec, 'port'> {
  const script = fileOf(file);
  return {
    name,
    command: process.execPath,
    args: [script, ...args],
    env,
    script,
    readyWithinMs: READY_WITHIN_MS,
    stopWithinMs: STOP_WITHIN_MS,
  };
}

function ledger({ config, env }: PlanInput): ChildSpec {
  const { port } = config.ledger;
  const args = ['--data-dir', config.dataDir, '--port', String(port)];
  return { ...nodeChild('ledger', 'workers/ledger-server.ts', args, bareEnv(env)), port };
}

function paperExchange({ config, account, env }: PlanInput): ChildSpec {
  const { port, speed, seed, fundUsd, tapeDir, stepsPerBar, startOffsetMinutes } = config.paper;
  const args = [
    ...['--port', String(port), '--speed', String(speed), '--seed', String(seed)],
    ...['--state', join(config.dataDir, 'paper'), '--fund', `${account}=${fundUsd}`],
    ...['--limits', paperLimits(config)],
    ...['--log-level', config.logLevel === 'fatal' ? 'error' : config.logLevel],
    ...(tapeDir === undefined ? [] : ['--tape', tapeDir]),
    ...(stepsPerBar === undefined ? [] : ['--steps', String(stepsPerBar)]),
    ...(startOffsetMinutes === undefined
      ? []
      : ['--start-offset-minutes', String(startOffsetMinutes)]),
  ];
  const file = 'gateways/paper-exchange/main.ts';
  return { ...nodeChild('paper-exchange', file, args, bareEnv(env)), port };
}

function tradingWorker({ config, endpoints, env }: PlanInput, name: string): ChildSpec {
  const key = env[SIGNER_KEY_ENV];
  const childEnv = {
    ...WORKER_MEMORY,
    ...bareEnv(env),
    ...workerEnv({ config, endpoints }),
    ...(key === undefined ? {} : { [SIGNER_KEY_ENV]: key }),
  };
  return {
    ...nodeChild(name, 'workers/trading-worker.ts', [], childEnv),
    readyWithinMs: WORKER_READY_WITHIN_MS,
    stopWithinMs: WORKER_STOP_WITHIN_MS,
  };
}

function watchdog({ config, endpoints, env }: PlanInput): ChildSpec {
  const name = env[WATCHDOG_KEY_ENV] ? WATCHDOG_KEY_ENV : SIGNER_KEY_ENV;
  const key = env[name];
  const childEnv = {
    ...bareEnv(env),
    ...workerEnv({ config, endpoints }),
    ...(key === undefined ? {} : { [name]: key }),
  };
  return nodeChild('watchdog', 'workers/watchdog.ts', [], childEnv);
}

function dashboard({ config, endpoints, env }: PlanInput): ChildSpec {
  const childEnv = { ...bareEnv(env), ...workerEnv({ config, endpoints }) };
  return {
    ...nodeChild('dashboard', 'client/dashboard/main.ts', [], childEnv),
    port: config.dashboard.port,
  };
}

/** What the workers rely on: the ledger's schema, and a Temporal that knows our attributes. */
async function prepareStores({ config, endpoints }: PlanInput): Promise<void> {
  if (config.temporal.address !== undefined) {
    const { temporalAddress, namespace } = endpoints;
    const signal = AbortSignal.timeout(EXTERNAL_WITHIN_MS);
    await awaitTemporal(temporalAddress, namespace, signal).catch((error: unknown) => {
      throw UpError.unreachable((error as Error).message);
    });
  }
  const pool = openLedgerPool(endpoints.ledgerUrl, { max: 1 });
  try {
    await migrate(pool);
  } catch (error) {
    const where = withoutPassword(endpoints.ledgerUrl);
    throw UpError.unreachable(`ledger at ${where}: ${(error as Error).message}`);
  } finally {
    await pool.end();
  }
}
