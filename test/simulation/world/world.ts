/**
 * One seed from its first event to its verdict: builds the venue, the ledger, Temporal, the network
 * and two workers around the real code, lets the orders come and the faults strike, then lets
 * everything come to rest and asks the judge.
 */
import { createFactBoard } from '../../../activities/fact-board.ts';
import { createHeadStarts, type HeadStarts } from '../../../activities/head-starts.ts';
import { createOrderActivities } from '../../../activities/order.activities.ts';
import { createParentActivities } from '../../../activities/parent.activities.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { TERMINAL_STATUSES } from '../../../domain/execution/order-view.ts';
import type { ParentView } from '../../../domain/execution/parents/parent-view.ts';
import {
  accountAddress,
  deploymentTag,
  orderWorkflowId,
  parentWorkflowId,
} from '../../../domain/kernel/ids.ts';
import { createRng, type Rng, seedOf } from '../../../domain/kernel/rng.ts';
import type { ExposureCeilings } from '../../../domain/risk/reservation.ts';
import { connectVenue } from '../../../gateways/hyperliquid/connection.ts';
import { createMarketData } from '../../../gateways/hyperliquid/market-data.ts';
import { createVenue } from '../../../gateways/hyperliquid/venue.ts';
import { newOrder } from '../../../workflows/order/order.messages.ts';
import { order } from '../../../workflows/order/order.workflow.ts';
import { parent } from '../../../workflows/parent/parent.workflow.ts';
import { Server } from '../temporal/server.ts';
import type { Main } from '../temporal/server-parts.ts';
import { Scheduler } from '../time/scheduler.ts';
import { beginTrace } from '../time/trace.ts';
import { beginTime } from '../time/virtual-globals.ts';
import { AccountDesk, accountPorts, type ReconcilePorts } from './account-desk.ts';
import {
  drawParents,
  isParentOver,
  judgeParent,
  legsOf,
  type PlannedParent,
} from './drawn-parents.ts';
import { Faults } from './faults.ts';
import { judge, type LedgerFacts } from './judge.ts';
import { ledgerPort } from './ledger-port.ts';
import { MemoryLedger, type OrderLedger } from './memory-ledger.ts';
import { Network } from './network.ts';
import { AFTER_AMENDMENT, planStrikes } from './operator.ts';
import { drawCeilings, drawScenario, type Planned, type Wish } from './scenario.ts';
import { VenueDesk } from './venue-desk.ts';
import { type Activity, type Process, Processes } from './worker.ts';
import { parentsPort, workflowsPort } from './workflows-port.ts';

const START_MS = 1_764_000_000_000;
const ACCOUNT = accountAddress(`0x${'51'.repeat(20)}`);
const TAG = deploymentTag('simulation');
const ORDERS = 50;
const PARENTS = 2;
/** Of the orders whose envelope is drawn up while they are started. */
const HEAD_START_SHARE = 0.6;
/** Of the market's moves that somebody answers by hand. */
const HAND_SHARE = 0.15;
const WORKERS = 2;
/** Orders come within this time, and faults strike until the next one. */
const ORDERS_WITHIN_MS = 60_000;
const FAULTS_UNTIL_MS = 100_000;
/** How long everything may take to come to rest, and how often its owners ask for it. */
const REST_WITHIN_MS = 3_600_000;
const CANCEL_EVERY_MS = 20_000;
const MARKET_EVERY_MS = 2_000;
/** Every so many-th run is replayed once more at its end. */
const VERIFY_EVERY = 5;
const MOST_EVENTS = 2_000_000;
/** What the ledger's refusals have in common. */
const NO_ROOM = 'with all orders on their way';

/** A leg, as the judge looks at orders. */
const asPlanned = (intent: OrderIntent): Planned => ({
  atMs: 0,
  intent,
  isOldEdition: false,
  wishes: [],
});

export interface Verdict {
  readonly seed: number;
  readonly hash: number;
  readonly broken: readonly string[];
  readonly orders: number;
  readonly faults: number;
  readonly events: number;
  readonly requests: number;
  readonly tasks: number;
  readonly replays: number;
  readonly overtakings: number;
  /** Ends that were taken back for a moment. */
  readonly flickers: number;
  /** Orders that the account's limits left no room for. */
  readonly limited: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly hits: Readonly<Record<string, number>>;
  readonly crossings: Readonly<Record<string, number>>;
}

/** A ledger to run a seed on, and what the judge reads of it at the end. */
export interface Store {
  readonly port: OrderLedger;
  readonly facts: (account: string) => Promise<LedgerFacts>;
}

/**
 * Remembers how each order was said to have ended, and notices when it is said to have ended
 * otherwise. An end that is taken back and then said again is counted: a task that was lost with its
 * worker may have told it too early.
 */
class Ends {
  readonly broken: string[] = [];
  flickers = 0;
  private readonly ended = new Map<string, string>();
  private readonly versions = new Map<string, number>();
  private readonly over = new Set<string>();

  /** Whether the ledger says that the workflow's order has ended. */
  hasEnded(workflowId: string): boolean {
    return this.over.has(workflowId);
  }

  hear(view: OrderView, version: number): void {
    const { intent, status, cloid } = view;
    const { intentId } = intent;
    if ((this.versions.get(intentId) ?? 0) >= version) return;
    this.versions.set(intentId, version);
    const id = orderWorkflowId(intent.account, intentId);
    if (TERMINAL_STATUSES.includes(status)) this.over.add(id);
    else this.over.delete(id);
    const key = `${intentId} ${cloid ?? ''} ${intent.sizeBase}`;
    const end = this.ended.get(key);
    if (!TERMINAL_STATUSES.includes(status)) {
      if (end !== undefined) this.flickers += 1;
      return;
    }
    if (end !== undefined && end !== status && !view.foundLate) {
      this.broken.push(`I4 ${intentId}: ${end} became ${status}`);
    }
    this.ended.set(key, status);
  }
}

export class World {
  readonly scheduler: Scheduler;
  readonly broken: string[] = [];
  private readonly seed: number;
  private readonly rng: Rng;
  private readonly headRng: Rng;
  private readonly handRng: Rng;
  private readonly faults: Faults;
  private readonly desk: VenueDesk;
  private readonly ceilings: ExposureCeilings;
  private readonly processes: Processes;
  private readonly server: Server;
  private readonly network: Network;
  private readonly account: AccountDesk;
  private readonly scenario: readonly Planned[];
  private readonly parents: readonly PlannedParent[];
  private readonly store: Store;
  private readonly envelopes = new MemoryLedger();
  private readonly ends = new Ends();
  private readonly prepared = new Set<string>();
  /** Since when anything is stored of an order, by its workflow. */
  private readonly stored = new Map<string, number>();
  private readonly portsOf = new Map<Process, ReconcilePorts>();
  private readonly headStartsOf = new Map<Process, HeadStarts>();
  private working: Promise<unknown> | undefined;
  private reconciledAtRest: number | undefined;
  private readonly isAsync: boolean;

  constructor(seed: number, store?: Store) {
    this.seed = seed;
    const stream = (name: string): Rng => createRng(seedOf('simulation', name, seed));
    this.rng = stream('world');
    this.headRng = stream('head-starts');
    this.handRng = stream('by-hand');
    this.scheduler = new Scheduler(START_MS, stream('ties'));
    beginTime(this.scheduler, stream('random'));
    beginTrace(this.scheduler);
    this.faults = new Faults(stream('faults'), 0.5 + this.rng.next(), seed);
    this.isAsync = store !== undefined;
    this.store = store ?? this.memoryStore();
    // Where orders are made larger to be lost, none is to be denied for it.
    const isMet = this.faults.own.boundary !== AFTER_AMENDMENT;
    this.ceilings = drawCeilings(stream('limits'), isMet);
    this.desk = new VenueDesk(ACCOUNT, seed, stream('market'), START_MS, this.ceilings);
    const { scheduler, faults } = this;
    const restartMs = (): number => faults.between(300, 4_000);
    this.processes = new Processes(scheduler, (name) => this.startProcess(name), restartMs);
    this.server = new Server({
      scheduler,
      rng: stream('temporal'),
      faults,
      processes: this.processes,
      mainOf: (id) => (id.startsWith('parent:') ? parent : order) as Main,
      onBroken: (id, what) => this.broken.push(`${id.slice(-4)}: ${what}`),
    });
    const { desk, processes } = this;
    const onOrderSent = (origin: string, text: string): void => this.judgeSend(origin, text);
    this.network = new Network({ scheduler, faults, desk, processes, onOrderSent });
    this.network.use();
    this.account = new AccountDesk(ACCOUNT, scheduler, processes, (process) => {
      const ports = this.portsOf.get(process);
      if (ports === undefined) throw new Error(`${process.name} has no ports`);
      return ports;
    });
    this.scenario = drawScenario(stream('scenario'), ACCOUNT, ORDERS, START_MS, ORDERS_WITHIN_MS);
    this.parents = drawParents(stream('parents'), ACCOUNT, PARENTS, ORDERS_WITHIN_MS);
  }

  private memoryStore(): Store {
    const { envelopes: memory } = this;
    return {
      port: memory,
      facts: async (account) => ({
        orders: new Map(
          [...memory.orders.values()].map(({ view }) => [view.intent.intentId, view]),
        ),
        fillKeys: new Set(
          [...memory.fills.values()].map(
            ({ asset, oid, tid, timeMs }) => `${asset}:${oid}:${tid}:${timeMs}`,
          ),
        ),
        netFills: await memory.netFills(accountAddress(account)),
      }),
    };
  }

  private noteStored(workflowId: string): void {
    if (!this.stored.has(workflowId)) this.stored.set(workflowId, this.scheduler.nowMs);
  }

  /** A worker composed as `workers/compose.ts` does it, over the simulation's outside world. */
  private startProcess(name: string): Process {
    const { faults, scheduler, processes, server } = this;
    const connection = connectVenue({ url: 'http://venue', wsUrl: 'ws://venue', isMainnet: false });
    const dropped = (): void => undefined;
    const venue = createVenue(connection, { address: ACCOUNT } as never, dropped);
    const market = createMarketData(connection, venue.assets, dropped);
    const ledger = ledgerPort({
      scheduler,
      faults,
      processes,
      store: this.store.port,
      onPrepare: (workflowId) => {
        this.prepared.add(workflowId);
        this.noteStored(workflowId);
      },
      onRecord: (view, version) => {
        this.ends.hear(view, version);
        const { account, intentId, parent: of } = view.intent;
        if (of !== undefined) this.noteStored(orderWorkflowId(account, intentId));
      },
      onWorking: (work) => {
        if (this.isAsync) this.working = work;
      },
    });
    const board = createFactBoard();
    const outside = { scheduler, processes, server, faults };
    const workflows = workflowsPort(outside, () => this.account.reconcile('connected'));
    const ports = {
      venue,
      ledger,
      market,
      board,
      workflows,
      judge: async () => this.ceilings,
      signer: ACCOUNT,
      tag: TAG,
      halted: () => undefined,
    };
    const headStarts = createHeadStarts(ports);
    const activities = {
      ...createOrderActivities({ ...ports, headStarts }),
      ...createParentActivities(ports),
    } as unknown as Readonly<Record<string, Activity>>;
    const process: Process = {
      name,
      alive: true,
      frozenUntilMs: 0,
      clockOffsetMs: Math.floor(faults.between(-300, 300)),
      activities,
    };
    this.headStartsOf.set(process, headStarts);
    this.portsOf.set(
      process,
      accountPorts({ venue, ledger, workflows, board }, parentsPort(outside), ACCOUNT, TAG),
    );
    return process;
  }

  /** I5: what leaves has a stored envelope, and an end to how late it may land. */
  private judgeSend(origin: string, text: string): void {
    const { action, nonce, expiresAfter } = JSON.parse(text) as {
      action: { orders: readonly { c: string }[] };
      nonce: number;
      expiresAfter?: number;
    };
    if (expiresAfter === undefined) {
      this.broken.push(`I5 ${origin.slice(-4)}: sent without an expiry`);
    }
    const cloid = action.orders[0]?.c ?? '';
    this.sent.push({ origin, cloid, nonce });
    const stored = this.isAsync ? undefined : this.envelopes.envelopes.get(cloid);
    if (stored === undefined && !this.isAsync) {
      this.broken.push(`I5 ${origin.slice(-4)}: sent without a stored envelope`);
    }
  }

  private readonly sent: { origin: string; cloid: string; nonce: number }[] = [];

  private plan(): void {
    const { scheduler, server } = this;
    for (const planned of this.scenario) {
      const { atMs, intent, isOldEdition, wishes } = planned;
      const id = orderWorkflowId(intent.account, intent.intentId);
      const start = (): void => {
        if (!isOldEdition) this.giveHeadStart(intent);
        if (server.isDown) scheduler.at(server.downUntilMs, start, undefined);
        else server.start(id, isOldEdition ? { intent } : newOrder(intent));
      };
      scheduler.outside(atMs, start);
      for (const { afterMs, wish } of wishes) {
        scheduler.outside(atMs + afterMs, () => this.grant(id, planned, wish));
      }
    }
    this.planParents();
    const { rng, faults, processes, network, scenario, parents } = this;
    const parts = { scheduler, rng, faults, processes, server, network, scenario, parents };
    planStrikes(parts, 6, FAULTS_UNTIL_MS);
    this.moveMarket(MARKET_EVERY_MS);
    scheduler.outside(FAULTS_UNTIL_MS, () => this.calm());
  }

  /** As a session does for what it decided; who gets to run the order may be another worker. */
  private giveHeadStart(intent: OrderIntent): void {
    const process = this.processes.awake()[0];
    if (process === undefined || this.headRng.next() > HEAD_START_SHARE) return;
    const begin = (): void => this.headStartsOf.get(process)?.begin(intent);
    this.scheduler.at(this.scheduler.nowMs, begin, process);
  }

  private planParents(): void {
    const { scheduler, server } = this;
    for (const { atMs, intent, cancelAfterMs } of this.parents) {
      const id = parentWorkflowId(intent.account, intent.intentId);
      const start = (): void => {
        if (server.isDown) scheduler.at(server.downUntilMs, start, undefined);
        else server.start(id, { intent });
      };
      scheduler.outside(atMs, start);
      if (cancelAfterMs === undefined) continue;
      const reason = 'not wanted';
      scheduler.outside(atMs + cancelAfterMs, () => server.signal(id, 'cancel', [{ reason }]));
    }
  }

  private moveMarket(everyMs: number): void {
    this.scheduler.outside(everyMs, () => {
      const nowMs = Math.floor(this.scheduler.nowMs);
      this.desk.move(nowMs);
      const byHand = this.faults.striking && this.handRng.next() < HAND_SHARE;
      if (byHand) this.desk.tradeByHand(this.handRng, nowMs);
      this.network.broadcast();
      this.moveMarket(this.faults.striking ? MARKET_EVERY_MS : 5 * MARKET_EVERY_MS);
    });
  }

  private grant(id: string, { intent }: Planned, wish: Wish): void {
    const { server, scheduler } = this;
    if (server.isDown) {
      scheduler.at(
        server.downUntilMs,
        () => this.grant(id, { intent } as Planned, wish),
        undefined,
      );
      return;
    }
    switch (wish.kind) {
      case 'cancelSignal':
        server.signal(id, 'cancel', [{ reason: 'not wanted' }]);
        return;
      case 'cancelUpdate':
        server.update(id, 'cancelOrder', [{ reason: 'not wanted' }]);
        return;
      case 'waitSubmitted':
        server.update(id, 'submitted', []);
        return;
      case 'amend':
        server.update(id, 'amend', [wish.change]);
        return;
      case 'startAgain':
        server.start(id, newOrder(intent));
    }
  }

  /** No more faults: everything is repaired, and the owners want to be done. */
  private calm(): void {
    const { scheduler, processes, server, network, desk } = this;
    this.faults.striking = false;
    server.downUntilMs = 0;
    network.maintenanceUntilMs = 0;
    desk.isPostOnly = false;
    for (const process of processes.slots) {
      process.frozenUntilMs = Math.min(process.frozenUntilMs, scheduler.nowMs + 30_000);
      process.clockOffsetMs = 0;
    }
    const cancelAll = (): void => {
      for (const id of server.newest.keys()) server.signal(id, 'cancel', [{ reason: 'the end' }]);
      scheduler.outside(CANCEL_EVERY_MS, cancelAll);
    };
    scheduler.outside(CANCEL_EVERY_MS, cancelAll);
  }

  private get isAtRest(): boolean {
    if (this.faults.striking) return false;
    for (const [id, { status }] of this.server.newest) {
      if (status === 'running') return false;
      const isOpen = this.prepared.has(id) && !this.ends.hasEnded(id);
      if (status === 'terminated' && isOpen) return false;
    }
    return this.parents.every((each) => isParentOver(this.server, each, this.recordedParent(each)));
  }

  private recordedParent({ intent }: PlannedParent): ParentView | undefined {
    return this.envelopes.parents.get(`${intent.account}|${intent.intentId}`)?.row.view;
  }

  /** Runs until everything has rested for two reconciliations, or time is up. */
  async run(): Promise<Verdict> {
    this.processes.open(WORKERS);
    this.plan();
    this.account.open();
    let isOver = false;
    while (!isOver) {
      // Promises settle on demand only in a callback of the event loop, not in one of theirs.
      isOver = await new Promise((resolve, reject) =>
        setImmediate(() => {
          try {
            resolve(this.advance());
          } catch (fault) {
            reject(fault);
          }
        }),
      );
      // The real ledger takes real time, in which the simulation stands still.
      await this.working;
      this.working = undefined;
    }
    const verdict = await this.verdict();
    this.account.close();
    return verdict;
  }

  /** Lets time pass until the end, or until the ledger has to be waited for; whether it is over. */
  private advance(): boolean {
    const isOver = this.passTime();
    if (isOver) {
      this.server.runs.forEach((run, index) => {
        if ((index + this.seed) % VERIFY_EVERY === 0) this.server.verify(run);
      });
    }
    return isOver;
  }

  private passTime(): boolean {
    const deadlineMs = START_MS + FAULTS_UNTIL_MS + REST_WITHIN_MS;
    while (this.scheduler.step(deadlineMs)) {
      if (this.working !== undefined) return false;
      if (this.broken.length > 0 || this.scheduler.events > MOST_EVENTS) return true;
      if (this.faults.striking || this.scheduler.events % 16 !== 0) continue;
      if (!this.isAtRest) this.reconciledAtRest = undefined;
      else {
        this.reconciledAtRest ??= this.account.reconciled;
        if (this.account.reconciled >= this.reconciledAtRest + 2) return true;
      }
    }
    return true;
  }

  private async verdict(): Promise<Verdict> {
    const { server, desk, scenario, faults, scheduler, network } = this;
    const { prepared } = this;
    const facts = await this.store.facts(ACCOUNT);
    const legs = this.parents.flatMap((each) => legsOf(server, each));
    const orders = [...scenario, ...legs.map(asPlanned)];
    const evidence = {
      account: ACCOUNT,
      tag: TAG,
      scenario: orders,
      server,
      desk,
      ledger: facts,
      prepared,
    };
    const broken = [
      ...this.broken,
      ...this.ends.broken,
      ...(this.broken.length > 0 ? [] : judge(evidence)),
      ...this.judgeParents(facts),
      ...this.judgeReconciliation(),
    ];
    const statuses: Record<string, number> = {};
    let limited = 0;
    for (const view of facts.orders.values()) {
      if (view.status === 'DENIED' && view.reason?.includes(NO_ROOM)) limited += 1;
      statuses[view.status] = (statuses[view.status] ?? 0) + 1;
    }
    for (const text of broken) scheduler.note(text);
    return {
      seed: this.seed,
      hash: scheduler.hash,
      broken,
      orders: orders.length,
      faults: faults.struck,
      events: scheduler.events,
      requests: network.requests,
      tasks: server.tasks,
      replays: server.replays,
      overtakings: desk.overtakings,
      flickers: this.ends.flickers,
      limited,
      statuses,
      hits: Object.fromEntries(faults.hits),
      crossings: Object.fromEntries(faults.crossings),
    };
  }

  private judgeParents({ orders }: LedgerFacts): readonly string[] {
    if (this.broken.length > 0 || this.isAsync) return [];
    return this.parents.flatMap((each) => {
      const { intentId } = each.intent;
      const legs = [...orders.values()]
        .filter(({ intent }) => intent.parent === intentId)
        .map(({ intent, status, filledBase }) => {
          const name = intent.intentId.slice(intentId.length + 1);
          const storedMs = this.stored.get(orderWorkflowId(intent.account, intent.intentId));
          return { name, status, filledBase, storedMs };
        });
      return judgeParent(this.server, each, this.recordedParent(each), legs);
    });
  }

  /** The product's own last word must be that all is well, but for positions left without a stop. */
  private judgeReconciliation(): string[] {
    if (this.broken.length > 0) return [];
    const { last } = this.account;
    if (last === undefined) return ['the account was never reconciled'];
    return last.differences
      .filter(({ kind }) => kind !== 'unprotectedPosition')
      .map(({ kind, subject, detail }) => `reconciliation: ${kind} ${subject} ${detail}`);
  }
}
