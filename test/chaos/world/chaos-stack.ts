/**
 * The embedded stack under chaos: Temporal on a file, ledger, paper exchange, three workers and the
 * watchdog, started by the product's own supervisor. The workers reach everything through proxies,
 * their clocks can step, they can be started from another release, and the ledger's disk can fill up.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../../config/schema.ts';
import { WORKER_CONFIG_ENV, type WorkerConfig } from '../../../config/worker-env.ts';
import { findTemporal } from '../../../gateways/temporal/provision/find-server.ts';
import type { ChildSpec, Stage } from '../../../workers/up/child-spec.ts';
import { type PlanInput, planStack } from '../../../workers/up/plan.ts';
import { withFreePorts } from '../../../workers/up/ports.ts';
import { type Stack, startStack } from '../../../workers/up/stack.ts';
import { WORKERS } from '../plan/fault-plan.ts';
import { makeOlderRelease, PRESENT_RELEASE, type Release } from './releases.ts';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';

const CLOCK_STEP = fileURLToPath(new URL('clock-step.mjs', import.meta.url));
const WORKER_SCRIPT = 'workers/trading-worker.ts';
/** Chaos kills the same part many times: it is started again sooner than a part that fails by itself. */
const BACKOFF = { firstMs: 100, mostMs: 1_000, healthyAfterMs: 5_000 };
const READY_WITHIN_MS = 60_000;
const LOOK_MS = 50;

export interface ChaosStack {
  readonly stack: Stack;
  /** By worker and part, e.g. `trading-worker>exchange`. */
  readonly links: ReadonlyMap<string, TcpProxy>;
  /** Writes of this process fail from now on, as on a full disk, also after a restart; or no longer. */
  fillDisk(isFull: boolean): void;
  /** Steps the clock of one worker. @returns whether it was running */
  stepClock(worker: string, offsetMs: number): boolean;
  /** Restarts one worker from the present release; resolves when it is ready. */
  deploy(worker: string): Promise<void>;
  /** The pid of a process that has said that it is ready; undefined between two runs. */
  workingPid(name: string): number | undefined;
  /** Resolves when the process runs under another pid and has said that it is ready. */
  untilRestarted(name: string, oldPid: number): Promise<number>;
  stop(): Promise<void>;
}

/** What changes from one start of a process to the next. */
interface Surroundings {
  readonly folder: string;
  readonly releases: Map<string, Release>;
  isDiskFull: boolean;
}

const clockFile = (folder: string, worker: string): string => join(folder, `clock-${worker}`);

/** The worker's own view of where everything is: behind its proxies. */
function throughProxies(
  text: string | undefined,
  worker: string,
  links: ReadonlyMap<string, TcpProxy>,
): string {
  const { config, endpoints } = JSON.parse(text ?? '') as WorkerConfig;
  const port = (part: string): number => links.get(`${worker}>${part}`)?.port ?? 0;
  const exchange = `127.0.0.1:${port('exchange')}`;
  const ledger = new URL(endpoints.ledgerUrl);
  ledger.port = String(port('ledger'));
  const seen: WorkerConfig = {
    config,
    endpoints: {
      ...endpoints,
      temporalAddress: `127.0.0.1:${port('temporal')}`,
      ledgerUrl: ledger.toString(),
      exchangeUrl: `http://${exchange}`,
      exchangeWsUrl: `ws://${exchange}/ws`,
    },
  };
  return JSON.stringify(seen);
}

function workerSpec(
  spec: ChildSpec,
  links: ReadonlyMap<string, TcpProxy>,
  { folder, releases }: Surroundings,
): ChildSpec {
  const { script: _script, ...rest } = spec;
  const env = {
    ...spec.env,
    [WORKER_CONFIG_ENV]: throughProxies(spec.env[WORKER_CONFIG_ENV], spec.name, links),
    CHAOS_CLOCK_FILE: clockFile(folder, spec.name),
  };
  return {
    ...rest,
    env,
    // Read again at each start: a deploy changes it.
    get args() {
      const release = releases.get(spec.name) ?? PRESENT_RELEASE;
      return ['--import', CLOCK_STEP, join(release.folder, WORKER_SCRIPT)];
    },
  };
}

/** With a full disk it is started under a limit that lets it write to no file. */
function ledgerSpec(spec: ChildSpec, surroundings: Surroundings): ChildSpec {
  const whole = [spec.command, ...spec.args];
  return {
    ...spec,
    get command() {
      return surroundings.isDiskFull ? 'prlimit' : spec.command;
    },
    get args() {
      return surroundings.isDiskFull ? ['--fsize=0:', ...whole] : spec.args;
    },
  };
}

function planOf(
  links: ReadonlyMap<string, TcpProxy>,
  surroundings: Surroundings,
  temporalBinary: string,
): (input: PlanInput) => readonly Stage[] {
  const changed = (spec: ChildSpec): readonly ChildSpec[] => {
    if (spec.name === 'dashboard') return [];
    if (spec.name === 'ledger') return [ledgerSpec(spec, surroundings)];
    return spec.name.startsWith('trading-worker')
      ? [workerSpec(spec, links, surroundings)]
      : [spec];
  };
  return (input) =>
    planStack({ ...input, temporalBinary }).map((stage) => ({
      ...stage,
      children: stage.children.flatMap(changed),
    }));
}

async function openLinks(config: Config): Promise<ReadonlyMap<string, TcpProxy>> {
  const ports = {
    exchange: config.paper.port,
    temporal: config.temporal.port,
    ledger: config.ledger.port,
  };
  const links = new Map<string, TcpProxy>();
  for (const worker of WORKERS) {
    for (const [part, port] of Object.entries(ports)) {
      links.set(`${worker}>${part}`, await startProxy(port));
    }
  }
  return links;
}

/** Lets no write of a running process to a file succeed, or all of them again. */
const limitWrites = (pid: number, isFull: boolean): void =>
  void execFileSync('prlimit', [`--pid=${pid}`, `--fsize=${isFull ? '0' : 'unlimited'}:`]);

class Chaos implements ChaosStack {
  readonly stack: Stack;
  readonly links: ReadonlyMap<string, TcpProxy>;
  readonly #surroundings: Surroundings;
  readonly #ready: ReadonlyMap<string, number>;

  constructor(
    stack: Stack,
    links: ReadonlyMap<string, TcpProxy>,
    surroundings: Surroundings,
    ready: ReadonlyMap<string, number>,
  ) {
    this.stack = stack;
    this.links = links;
    this.#surroundings = surroundings;
    this.#ready = ready;
  }

  fillDisk(isFull: boolean): void {
    this.#surroundings.isDiskFull = isFull;
    const pid = this.stack.processes().get('ledger');
    try {
      if (pid !== undefined) limitWrites(pid, isFull);
    } catch {
      // It died meanwhile: its next start is under the limit, or not.
    }
  }

  stepClock(worker: string, offsetMs: number): boolean {
    writeFileSync(clockFile(this.#surroundings.folder, worker), String(offsetMs));
    return this.stack.kill(worker, 'SIGUSR2');
  }

  async deploy(worker: string): Promise<void> {
    this.#surroundings.releases.set(worker, PRESENT_RELEASE);
    let pid = this.stack.processes().get(worker);
    while (pid === undefined || !this.stack.kill(worker, 'SIGTERM')) {
      await sleep(LOOK_MS);
      pid = this.stack.processes().get(worker);
    }
    await this.untilRestarted(worker, pid);
  }

  workingPid(name: string): number | undefined {
    const pid = this.stack.processes().get(name);
    return pid !== undefined && this.#ready.get(name) === pid ? pid : undefined;
  }

  async untilRestarted(name: string, oldPid: number): Promise<number> {
    const deadlineMs = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadlineMs) {
      const pid = this.stack.processes().get(name);
      if (pid !== undefined && pid !== oldPid && this.#ready.get(name) === pid) return pid;
      await sleep(LOOK_MS);
    }
    throw new Error(`${name}: did not start again within ${READY_WITHIN_MS / 1_000} s`);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    for (const link of this.links.values()) await link.close();
  }
}

/** Starts everything; the workers run the older release. @param say told what happens */
export async function startChaosStack(
  settings: Config,
  folder: string,
  say: (line: string) => void,
): Promise<ChaosStack> {
  const config = await withFreePorts(settings);
  const links = await openLinks(config);
  const older = makeOlderRelease(folder);
  const surroundings: Surroundings = {
    folder,
    releases: new Map(WORKERS.map((worker) => [worker, older])),
    isDiskFull: false,
  };
  for (const worker of WORKERS) writeFileSync(clockFile(folder, worker), '0');
  const { path } = await findTemporal(say, process.env);
  const ready = new Map<string, number>();
  // What was said before the stack was handed over is of the first run of each process.
  let stack: Stack | undefined;
  stack = await startStack({
    config,
    backoff: BACKOFF,
    plan: planOf(links, surroundings, path),
    say: (line) => {
      const [name = ''] = line.split(':', 1);
      const pid = stack?.processes().get(name);
      if (/: ready after/.test(line) && pid !== undefined) ready.set(name, pid);
      say(line);
    },
  });
  for (const [name, pid] of stack.processes()) ready.set(name, pid);
  return new Chaos(stack, links, surroundings, ready);
}
