/**
 * The user stream of one account: what the venue says goes to the ledger first and then to the
 * workflow that owns the order. Every (re)connection first reads what was missed, from a durable
 * mark. A failure ends the stream: its successor starts from the mark again.
 */
import { fillFact } from '../domain/execution/order-facts.ts';
import type { AccountAddress, Cloid } from '../domain/kernel/ids.ts';
import type { FactBoard } from './fact-board.ts';
import type { LedgerPort } from './ports/ledger.ts';
import type { VenueFill, VenueOrderStatus, VenuePort } from './ports/venue.ts';
import type { VenueFacts, WorkflowsPort } from './ports/workflows.ts';

export interface AccountPorts {
  readonly venue: VenuePort;
  readonly ledger: LedgerPort;
  readonly workflows: WorkflowsPort;
  readonly board: FactBoard;
  /** Told of fills once they are in the ledger. */
  readonly recorded?: (fills: readonly VenueFill[]) => void;
}

export const FILLS_MARK = 'fills';
export const FUNDING_MARK = 'funding';
/** Executions of the same moment may reach the read side in any order: read this much again. */
const OVERLAP_MS = 5_000;
/** Funding is paid hourly at most; on a fast tape more often. */
const FUNDING_EVERY_SAMPLES = 30;

/** Reads and records the executions since the mark; returns them and how many were new. */
export async function catchUpFills(
  { venue, ledger, recorded }: AccountPorts,
  account: AccountAddress,
): Promise<{ readonly fills: readonly VenueFill[]; readonly added: number }> {
  const mark = (await ledger.watermark(account, FILLS_MARK)) ?? OVERLAP_MS;
  const fills = await venue.fillsSince(account, mark - OVERLAP_MS);
  const added = await ledger.recordFills(account, fills);
  recorded?.(fills);
  const last = fills.at(-1);
  if (last !== undefined) await ledger.advanceWatermark(account, FILLS_MARK, last.timeMs);
  return { fills, added };
}

/** Reads and records funding since the mark. */
export async function catchUpFunding(ports: AccountPorts, account: AccountAddress): Promise<void> {
  const { venue, ledger } = ports;
  const since = (await ledger.watermark(account, FUNDING_MARK)) ?? 0;
  const payments = await venue.fundingSince(account, since);
  await ledger.recordFunding(account, payments);
  const last = payments.at(-1);
  if (last !== undefined) await ledger.advanceWatermark(account, FUNDING_MARK, last.timeMs);
}

interface Mutable {
  statuses: VenueFacts['statuses'][number][];
  fills: VenueFacts['fills'][number][];
}

/**
 * Signals on their way at once. When thousands of orders end together, all of them at once keep the
 * server from what else it has to do: this activity's heartbeat was late, and what it had heard lost.
 */
const TOLD_AT_ONCE = 32;
/** The owners of so many orders are remembered; an older one is looked up again. */
const OWNERS_REMEMBERED = 10_000;

/** Collects facts by order and tells each order's workflow once per turn. */
export function createFactsRouter(ports: AccountPorts, account: AccountAddress) {
  let pending = new Map<Cloid, Mutable>();
  const owners = new Map<Cloid, string>();
  const of = (cloid: Cloid): Mutable => {
    const facts = pending.get(cloid) ?? { statuses: [], fills: [] };
    pending.set(cloid, facts);
    return facts;
  };
  const addStatuses = (statuses: readonly VenueOrderStatus[]): void => {
    for (const { cloid, fact } of statuses) if (cloid) of(cloid).statuses.push(fact);
  };
  const addFills = (fills: readonly VenueFill[]): void => {
    for (const fill of fills) if (fill.cloid) of(fill.cloid).fills.push(fillFact(fill));
  };
  /** Executions reach the ledger before the order that they belong to. */
  const route = async (fills: readonly VenueFill[]): Promise<void> => {
    if (fills.length > 0) {
      await ports.ledger.recordFills(account, fills);
      ports.recorded?.(fills);
    }
    addFills(fills);
    const batch = new Map(
      [...pending].filter(([cloid, facts]) => !ports.board.offer(cloid, facts)),
    );
    pending = new Map();
    const unknown = [...batch.keys()].filter((cloid) => !owners.has(cloid));
    if (unknown.length > 0) {
      for (const [cloid, id] of await ports.ledger.workflowsOf(unknown)) owners.set(cloid, id);
    }
    const told = [...batch].values();
    const tell = async (): Promise<void> => {
      for (const [cloid, facts] of told) {
        const owner = owners.get(cloid);
        if (owner !== undefined) await ports.workflows.tellOrder(owner, { cloid, ...facts });
      }
    };
    await Promise.all(Array.from({ length: TOLD_AT_ONCE }, tell));
    for (const oldest of owners.keys()) {
      if (owners.size <= OWNERS_REMEMBERED) break;
      owners.delete(oldest);
    }
  };
  return { addStatuses, route };
}

/** What is heard while the ledger writes goes into its next write, all of it together. */
function gathering(
  enqueue: (work: () => Promise<unknown>) => void,
  route: (fills: readonly VenueFill[]) => Promise<void>,
): (fills?: readonly VenueFill[]) => void {
  let heard: VenueFill[] = [];
  let isDue = false;
  return (fills = []) => {
    heard.push(...fills);
    if (isDue) return;
    isDue = true;
    enqueue(() => {
      isDue = false;
      const all = heard;
      heard = [];
      return route(all);
    });
  };
}

/** Runs until the signal aborts; rejects when anything fails. */
export async function runAccountStream(
  ports: AccountPorts,
  request: { account: AccountAddress; workflowId: string; equitySampleMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { account, workflowId, equitySampleMs } = request;
  const router = createFactsRouter(ports, account);
  const streamEnded = ports.board.streaming();
  const failed = Promise.withResolvers<never>();
  const ended = new AbortController();
  let tail: Promise<unknown> = Promise.resolve();
  // One thing at a time: the ledger sees events in the order in which they were heard, and none
  // after one that failed.
  const enqueue = (work: () => Promise<unknown>): void => {
    tail = tail.then(work);
    tail.catch(failed.reject);
  };
  const routeSoon = gathering(enqueue, router.route);
  let samples = 0;
  const sample = async (): Promise<void> => {
    await ports.ledger.recordAccount(account, await ports.venue.account(account));
    if (samples % FUNDING_EVERY_SAMPLES === 0) await catchUpFunding(ports, account);
    samples += 1;
  };
  let sampling = false;
  const timer = setInterval(() => {
    if (sampling) return;
    sampling = true;
    // A missed sample is a gap in a curve, not a reason to drop the stream.
    sample()
      .catch(() => undefined)
      .finally(() => {
        sampling = false;
      });
  }, equitySampleMs);
  const handlers = {
    onConnected: () =>
      enqueue(async () => {
        const { fills } = await catchUpFills(ports, account);
        await router.route(fills);
        await ports.workflows.tellAccount(workflowId, 'streamConnected');
      }),
    onStatuses: (statuses: readonly VenueOrderStatus[]) => {
      router.addStatuses(statuses);
      routeSoon();
    },
    onFills: (fills: readonly VenueFill[]) => routeSoon(fills),
  };
  try {
    const until = AbortSignal.any([signal, ended.signal]);
    await Promise.race([ports.venue.streamAccount(account, handlers, until), failed.promise]);
  } finally {
    // Whatever ended it, its socket goes: the successor opens its own.
    ended.abort();
    streamEnded();
    clearInterval(timer);
  }
}
