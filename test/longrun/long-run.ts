/**
 * A trading session over simulated months: the real workflows on a server that skips time, the real
 * activities in a worker process of its own, the venue and the ledger in this one. Time moves bar by
 * bar: the venue's prices move, funding is paid, and the bar that closes is decided.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../domain/execution/visibility.ts';
import { accountAddress, accountWorkflowId, sessionWorkflowId } from '../../domain/kernel/ids.ts';
import { ensureTestServer } from '../../gateways/temporal/provision/find-server.ts';
import { bundled } from '../../workers/workflow-bundle.ts';
import type { account } from '../../workflows/account/account.workflow.ts';
import { venueFactsSignal } from '../../workflows/order/order.messages.ts';
import { decideUpdate } from '../../workflows/trading-session/trading-session.messages.ts';
import type { tradingSession } from '../../workflows/trading-session/trading-session.workflow.ts';
import type { FromWorker, Measure, ToWorker, WorkerOptions } from './link.ts';
import { LongLedger } from './long-ledger.ts';
import { LongVenue, type Posted, type Question } from './long-venue.ts';
import { ReleaseProxy } from './release-proxy.ts';

const NOBODY_THERE = 'connect ECONNREFUSED';
const MINUTE_MS = 60_000;
/** Of the wall clock: a bar takes a fraction of a second. */
const STANDSTILL_MS = 180_000;
/** A task that a busy machine takes long for is not taken away. */
const TASK_TIMEOUT_MS = 120_000;
const WORKER_PATH = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

/** The address of the worker's key. */
export const ACCOUNT = accountAddress('0x14791697260e4c9a71f18484c9f997b308e59325');
export const SESSION = 'long';
/** What the session trades. */
export const TRADED = ['BTC'];

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** Who is away: asking it fails as if nobody were there. */
export type Place = 'venue' | 'ledger';

export interface LongRunOptions {
  readonly seed: number;
  /** How long a bar is: an hour or four. */
  readonly barHours: 1 | 4;
  readonly reconcileEveryMs: number;
  /** Whether the code is replaced under way, which takes a proxy between worker and server. */
  readonly deploys: boolean;
  /** Whether the worker leaks; see `WorkerOptions`. */
  readonly leaks?: boolean;
}

export class LongRun {
  readonly env: TestWorkflowEnvironment;
  readonly venue: LongVenue;
  readonly ledger = new LongLedger();
  /** What the SDK warned of while nobody was away. */
  readonly warnings: string[] = [];
  readonly measures: Measure[] = [];
  readonly away = new Set<Place>();
  readonly taskQueue = 'longrun';
  bars = 0;
  outages = 0;
  firstRuns: readonly { readonly workflowId: string; readonly runId: string }[] = [];
  private readonly dir = mkdtempSync(join(tmpdir(), 'perpetua-longrun-'));
  private worker: ChildProcess | undefined;
  private readonly heard = new Map<FromWorker['kind'], (message: FromWorker) => void>();
  private readonly proxy: ReleaseProxy | undefined;
  private readonly leaks: boolean;
  private nowMs: number;
  /** When `nowMs` was so, by the wall clock. */
  private reckonedAtMs = 0;

  private constructor(
    env: TestWorkflowEnvironment,
    proxy: ReleaseProxy | undefined,
    { seed, barHours, leaks = false }: LongRunOptions,
    nowMs: number,
  ) {
    this.env = env;
    this.proxy = proxy;
    this.leaks = leaks;
    this.nowMs = nowMs;
    this.venue = new LongVenue(ACCOUNT, seed, nowMs, barHours);
    this.venue.onFrames = (frames) => {
      if (!this.away.has('venue')) this.tell({ kind: 'frames', frames });
    };
  }

  static async start(options: LongRunOptions): Promise<LongRun> {
    const path = await ensureTestServer();
    const env = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
    await env.connection.operatorService.addSearchAttributes({
      namespace: env.namespace ?? 'default',
      searchAttributes: Object.fromEntries(
        Object.values(SEARCH_ATTRIBUTES).map((name) => [name, 2 /* KEYWORD */]),
      ),
    });
    const proxy = options.deploys ? await ReleaseProxy.open(env.address) : undefined;
    const run = new LongRun(env, proxy, options, await env.currentTimeMs());
    await run.deploy();
    await run.open(options);
    return run;
  }

  /** Bundles the workflows, with interceptors of a later edition if any. @returns the bundle's file */
  private async bundle(edition: string, interceptors: readonly string[]): Promise<string> {
    const { code } = await bundleWorkflowCode({
      ...bundled(),
      workflowInterceptorModules: [...interceptors],
      logger: new DefaultLogger('ERROR'),
    });
    const path = join(this.dir, `bundle-${edition}.js`);
    writeFileSync(path, code);
    return path;
  }

  readonly editions: string[] = [];

  /** Puts a new edition of the code in the place of the one that runs, with runs under way. */
  async deploy(interceptors: readonly string[] = []): Promise<void> {
    const path = await this.bundle(String(this.editions.length), interceptors);
    this.editions.push(path);
    await this.release();
    await this.undeploy();
    const options: WorkerOptions = {
      address: this.proxy?.address ?? this.env.address,
      taskQueue: this.taskQueue,
      bundlePath: path,
      account: ACCOUNT,
      leaks: this.leaks,
    };
    // The young heap has its full size at once: grown by V8 while the days go by, by tens of MB in one
    // step, it would look like a leak.
    const youngHeap = ['--min-semi-space-size=32', '--max-semi-space-size=32'];
    const worker = fork(WORKER_PATH, [JSON.stringify(options)], {
      serialization: 'advanced',
      execArgv: ['--expose-gc', ...youngHeap, '--no-warnings'],
    });
    this.worker = worker;
    worker.on('message', (message: FromWorker) => this.hear(message));
    await this.next('ready');
  }

  /** Every workflow does one more task, after which no worker is waited for. */
  private async release(): Promise<void> {
    const { proxy } = this;
    if (this.worker === undefined) return;
    if (proxy === undefined) throw new RangeError('deploys: false, and the code is to be replaced');
    proxy.releasing = true;
    const open = await this.ledger.openOrders(ACCOUNT);
    for (const { workflowId } of open) {
      await this.handle(workflowId).signal(venueFactsSignal, { statuses: [], fills: [] });
    }
    for (const { workflowId } of this.firstRuns) await this.handle(workflowId).signal('release');
    // Time passes once all tasks are done.
    await this.pass(MINUTE_MS);
    proxy.releasing = false;
  }

  private async undeploy(): Promise<void> {
    const { worker } = this;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.tell({ kind: 'stop' });
    await ended;
    this.worker = undefined;
  }

  private tell(message: ToWorker): void {
    this.worker?.send(message);
  }

  private next<Kind extends FromWorker['kind']>(
    kind: Kind,
  ): Promise<Extract<FromWorker, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const died = (code: number | null): void => reject(new Error(`the worker died: ${code}`));
      this.worker?.once('exit', died);
      this.heard.set(kind, (message) => {
        this.worker?.off('exit', died);
        resolve(message as Extract<FromWorker, { kind: Kind }>);
      });
    });
  }

  private hear(message: FromWorker): void {
    if (message.kind === 'ask') void this.answer(message);
    else if (message.kind === 'warned') this.warn(message.text);
    else this.heard.get(message.kind)?.(message);
  }

  private warn(text: string): void {
    // The server that skips time has no such capability, the real ones have; and how long a task took
    // says something of the machine.
    const known = ['activity_failure_include_heartbeat', 'TMPRL1104'];
    const isKnown = known.some((word) => text.includes(word));
    // Its warnings may come a moment after it was back.
    const isOutage = this.outages > 0 && text.includes(NOBODY_THERE);
    if (!isKnown && !isOutage && this.away.size === 0) this.warnings.push(text);
  }

  private async answer({ id, name, args }: Extract<FromWorker, { kind: 'ask' }>): Promise<void> {
    try {
      this.tell({ kind: 'answer', id, value: await this.dealWith(name, args) });
    } catch (error) {
      const { name: kind, message } = error as Error;
      this.tell({ kind: 'answer', id, fault: { name: kind, message } });
    }
  }

  private async dealWith(name: string, args: readonly unknown[]): Promise<unknown> {
    const [place = '', method = ''] = name.split('.');
    const isVenue = place === 'venue' || place === 'market';
    if (this.away.has(isVenue ? 'venue' : 'ledger')) {
      const error = new Error(NOBODY_THERE);
      error.name = isVenue ? 'VenueUnreachable' : 'StoreUnavailable';
      throw error;
    }
    // Only while somebody is away do many things happen within one bar.
    if (this.away.size > 0) this.venue.nowMs = await this.env.currentTimeMs();
    if (name === 'venue.time') return this.venue.nowMs;
    if (name === 'venue.info') return this.venue.info(args[0] as Question);
    if (name === 'venue.exchange') return this.venue.exchange(args[0] as Posted);
    if (place === 'market') {
      return this.venue.marketOf(...(args as [string, number | undefined]));
    }
    const found = (this.ledger as unknown as Readonly<Record<string, Method>>)[method];
    if (found === undefined) throw new Error(`the ledger was asked for ${method}`);
    return found.apply(this.ledger, [...args]);
  }

  private async open({ barHours, reconcileEveryMs }: LongRunOptions): Promise<void> {
    const { workflow } = this.env.client;
    const watched = await workflow.start<typeof account>('account', {
      workflowId: accountWorkflowId(ACCOUNT),
      taskQueue: this.taskQueue,
      workflowTaskTimeout: TASK_TIMEOUT_MS,
      args: [{ account: ACCOUNT, network: 'paper', reconcileEveryMs, equitySampleMs: 1_000 }],
    });
    const session = await workflow.start<typeof tradingSession>('tradingSession', {
      workflowId: sessionWorkflowId(ACCOUNT, SESSION),
      taskQueue: this.taskQueue,
      workflowTaskTimeout: TASK_TIMEOUT_MS,
      args: [
        {
          account: ACCOUNT,
          network: 'paper',
          name: SESSION,
          startedMs: this.nowMs,
          config: {
            strategy: 'ema-crossover',
            assets: TRADED,
            interval: `${barHours}h`,
            genes: {
              fast: 8,
              slow: 30,
              atrPeriod: 5,
              volatilityPeriod: 20,
              // A year has fewer of the longer bars: their stops are nearer, so that some are hit.
              stopAtrMultiple: barHours === 4 ? 1.5 : 3,
            },
            sizing: { maxPositionFraction: 0.2 },
            limits: {},
          },
        },
      ],
    });
    this.firstRuns = [watched, session].map(({ workflowId, firstExecutionRunId }) => {
      return { workflowId, runId: firstExecutionRunId };
    });
  }

  handle(workflowId: string): WorkflowHandle {
    return this.env.client.workflow.getHandle(workflowId);
  }

  /** Lets simulated time pass; what is due meanwhile happens at its moment. */
  async pass(ms: number): Promise<void> {
    await this.within(this.env.sleep(ms));
    this.nowMs += ms;
    this.reckonedAtMs = performance.now();
    this.venue.nowMs = Math.max(this.venue.nowMs, this.nowMs);
  }

  /** Waits until the worker has passed on what it heard. */
  async settle(): Promise<void> {
    const idle = this.next('idle');
    this.tell({ kind: 'settle' });
    await idle;
  }

  /**
   * The server's time now. What passes of the wall clock passes there as well; asked for now and then, and
   * reckoned otherwise: a little less than it is, so that no bar ends too early.
   */
  private async timeMs(): Promise<number> {
    const wallMs = performance.now();
    if (this.bars % 24 === 0) return this.env.currentTimeMs();
    return this.nowMs + Math.floor(wallMs - this.reckonedAtMs);
  }

  /** One bar: prices and funding, and that it closes and is decided with its orders started. */
  async bar(): Promise<void> {
    this.nowMs = await this.timeMs();
    const { barMs } = this.venue;
    await this.pass(barMs - (this.nowMs % barMs));
    await this.closeBar();
  }

  /** What waits in a workflow that does not go on. */
  private async standstill(): Promise<string> {
    const lines: string[] = [`bar ${this.bars} does not end`, ...this.warnings];
    const open = await this.ledger.openOrders(ACCOUNT);
    for (const { workflowId } of [...this.firstRuns, ...open]) {
      const { events } = await this.handle(workflowId).fetchHistory();
      const last = (events ?? []).slice(-8).map(({ eventType }) => eventType);
      lines.push(`${workflowId}: event types ${last.join(' ')}`);
    }
    return lines.join('\n');
  }

  /** @throws saying where everything stands, when nothing moves any more */
  private async within<Value>(work: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const stopped = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.standstill().then((text) => reject(new Error(text)), reject);
      }, STANDSTILL_MS);
    });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async closeBar(): Promise<void> {
    this.bars += 1;
    const barOpenTimeMs = this.venue.closeBar();
    await this.settle();
    const decided = this.env.client.workflow
      .getHandle<typeof tradingSession>(sessionWorkflowId(ACCOUNT, SESSION))
      .executeUpdate(decideUpdate, { args: [{ barOpenTimeMs, assets: TRADED }] });
    await this.within(decided);
  }

  /** A bar that closes while somebody is away, from 20 minutes before to 17 minutes after. */
  async barWithout(place: Place): Promise<void> {
    this.nowMs = await this.env.currentTimeMs();
    const { barMs } = this.venue;
    const leftMs = barMs - (this.nowMs % barMs);
    await this.pass(leftMs - 20 * MINUTE_MS);
    this.away.add(place);
    this.outages += 1;
    await this.pass(20 * MINUTE_MS);
    await this.closeBar();
    await this.pass(17 * MINUTE_MS);
    this.away.delete(place);
    this.venue.nowMs = await this.env.currentTimeMs();
    this.tell({ kind: 'connected' });
    await this.settle();
  }

  async measure(): Promise<Measure> {
    const measured = this.next('measured');
    this.tell({ kind: 'measure' });
    const { measure } = await measured;
    this.measures.push(measure);
    return measure;
  }

  async close(): Promise<void> {
    await this.undeploy();
    this.proxy?.close();
    await this.env.teardown();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
