/**
 * A whole embedded stack in one data folder: taken for ourselves, cleared of what a killed supervisor
 * left, started in order, kept running, written down in `runtime.json`, and ended in order.
 */
import { join } from 'node:path';
import { configuredEndpoints, type Endpoints } from '../../config/endpoints.ts';
import { KeyError, loadSigningKey } from '../../config/keystore.ts';
import { identify } from '../../config/process-probe.ts';
import {
  type ProcessRecord,
  type RuntimeState,
  readRuntime,
  removeRuntime,
  writeRuntime,
} from '../../config/runtime-state.ts';
import type { Config } from '../../config/schema.ts';
import { findTemporal } from '../../gateways/temporal/provision/find-server.ts';
import { ProvisionError } from '../../gateways/temporal/provision/install-wheel.ts';
import type { ChildEvents, Stage } from './child-spec.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { stopOrphans } from './orphans.ts';
import { type PlanInput, planStack } from './plan.ts';
import { describePortInUse, portsInUse, portsOf, withFreePorts } from './ports.ts';
import { type Backoff, ChildStartError } from './supervised-child.ts';
import { Supervisor } from './supervisor.ts';
import { UpError } from './up-error.ts';

export interface StackOptions {
  readonly config: Config;
  /** `auto` picks free ports; `fixed` (when absent) refuses ports in use. */
  readonly ports?: 'fixed' | 'auto';
  readonly env?: NodeJS.ProcessEnv;
  /** Told what happens, for people. */
  readonly say?: (message: string) => void;
  /** Replaces the processes of the stack, for tests of the supervision itself. */
  readonly plan?: (input: PlanInput) => readonly Stage[];
  readonly backoff?: Backoff;
  /** Ends a start that takes place; what already runs is ended in order. */
  readonly signal?: AbortSignal;
  /**
   * Ends everything at once, at any time. The folder's lock and `runtime.json` are left for the next
   * start to take over.
   */
  readonly killSignal?: AbortSignal;
}

export interface Stack {
  readonly config: Config;
  readonly endpoints: Endpoints;
  /** The pids by name; a process between two runs is absent. */
  processes(): ReadonlyMap<string, number>;
  /** Sends a signal to one process; false when it is between two runs. */
  kill(name: string, signal: NodeJS.Signals): boolean;
  restartCount(name: string): number;
  /** Ends everything in order and gives the folder free; later calls wait for the first. */
  stop(): Promise<void>;
}

/** @throws UpError with a message for the user and an exit code */
export async function startStack(options: StackOptions): Promise<Stack> {
  const lock = takeFolder(options.config.dataDir);
  try {
    return await startLocked(options, lock);
  } catch (error) {
    lock.release();
    throw asUpError(error);
  }
}

function takeFolder(dataDir: string): FolderLock {
  const lock = lockFolder(dataDir, 'up');
  if (lock.kind === 'held') return lock;
  const reading = readRuntime(dataDir);
  const urls =
    reading.kind === 'running'
      ? `; dashboard ${reading.state.dashboardUrl}, Temporal ${reading.state.temporalAddress}` +
        `${reading.state.temporalUiUrl ? `, Web UI ${reading.state.temporalUiUrl}` : ''}`
      : '';
  throw new UpError(`a stack already runs in ${dataDir} (pid ${lock.holder.pid})${urls}`);
}

async function startLocked(options: StackOptions, lock: FolderLock): Promise<Stack> {
  const say = options.say ?? (() => {});
  const { dataDir } = options.config;
  await clearOrphans(dataDir, say);
  const config = options.ports === 'auto' ? await withFreePorts(options.config) : options.config;
  const taken = await portsInUse(portsOf(config));
  if (taken.length > 0) throw new UpError(taken.map(describePortInUse).join('\n'));
  const env = options.env ?? process.env;
  const account =
    config.account?.toLowerCase() ?? loadSigningKey(config.network, dataDir, env).address;
  const endpoints: Endpoints = { ...configuredEndpoints(config), account };
  const temporalBinary =
    config.temporal.address !== undefined || options.plan !== undefined
      ? undefined
      : (await findTemporal(say, env)).path;
  const plan = options.plan ?? planStack;
  const stages = plan({
    config,
    endpoints,
    account,
    env,
    ...(temporalBinary === undefined ? {} : { temporalBinary }),
  });
  const journal = new RuntimeJournal(config, endpoints, account);
  const events = eventsOf(say, () => journal.write(supervisor));
  const supervisor = new Supervisor(join(dataDir, 'logs'), events, options.backoff);
  options.killSignal?.addEventListener('abort', () => supervisor.killAll(), { once: true });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopAll(supervisor, journal, lock);
    return stopping;
  };
  const onAbort = (): void => void stop();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    journal.write(supervisor);
    await supervisor.start(stages);
    options.signal?.throwIfAborted();
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
  journal.enter('ready', supervisor);
  return {
    config,
    endpoints,
    processes: () => new Map(supervisor.running().map(({ name, pid }) => [name, pid])),
    kill: (name, signal) => supervisor.child(name).kill(signal),
    restartCount: (name) => supervisor.child(name).restarts,
    stop,
  };
}

async function stopAll(
  supervisor: Supervisor,
  journal: RuntimeJournal,
  lock: FolderLock,
): Promise<void> {
  journal.enter('stopping', supervisor);
  await supervisor.stop();
  journal.remove();
  lock.release();
}

/** Whatever the file says: we hold the folder's lock, so whoever wrote it is gone. */
async function clearOrphans(dataDir: string, say: (message: string) => void): Promise<void> {
  const reading = readRuntime(dataDir);
  if (reading.kind === 'absent') return;
  const names = await stopOrphans(reading.state);
  if (names.length > 0) say(`ended what a killed stack had left running: ${names.join(', ')}`);
  removeRuntime(dataDir);
}

function eventsOf(say: (message: string) => void, onPid: () => void): ChildEvents {
  return {
    onPid,
    onReady: (name, startMs) => say(`${name}: ready after ${(startMs / 1_000).toFixed(1)} s`),
    onExit: (name, how, restartInMs) =>
      say(`${name}: ended (${how}); starts again in ${restartInMs / 1_000} s`),
    onWarning: (name, text) => say(`${name}: ${text}`),
  };
}

/** Keeps `runtime.json` true to what runs. */
class RuntimeJournal {
  readonly #dataDir: string;
  readonly #facts: Omit<RuntimeState, 'phase' | 'processes'>;
  #phase: RuntimeState['phase'] = 'starting';

  constructor(config: Config, endpoints: Endpoints, account: string) {
    this.#dataDir = config.dataDir;
    this.#facts = {
      ...endpoints,
      account,
      ...identify(process.pid),
      startedMs: Date.now(),
      ports: Object.fromEntries(portsOf(config).map((use) => [use.name, use.port])),
    };
  }

  enter(phase: RuntimeState['phase'], supervisor: Supervisor): void {
    this.#phase = phase;
    this.write(supervisor);
  }

  write(supervisor: Supervisor): void {
    const processes = supervisor
      .running()
      .map((child): ProcessRecord => ({ ...child, ...identify(child.pid) }));
    writeRuntime(this.#dataDir, { ...this.#facts, phase: this.#phase, processes });
  }

  remove(): void {
    removeRuntime(this.#dataDir);
  }
}

function asUpError(error: unknown): unknown {
  const isForUsers =
    error instanceof KeyError ||
    error instanceof ProvisionError ||
    error instanceof ChildStartError;
  return isForUsers ? new UpError(error.message) : error;
}
