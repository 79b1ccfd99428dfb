/**
 * A venue in memory for the order workflow's activities: it keeps orders by cloid, honours nonces and
 * expiry, and does what the test scripts for each send: accept, lose the reply, lose the request.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { OrderActivities, PlaceResult } from '../../../activities/interfaces/order.ts';
import type { SendOutcome } from '../../../activities/ports/venue.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { Denial, FillFact, VenueStatusFact } from '../../../domain/execution/order-facts.ts';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { decimal, px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import type { Cloid } from '../../../domain/kernel/ids.ts';
import {
  accountAddress,
  deploymentTag,
  deriveCloid,
  intentId,
} from '../../../domain/kernel/ids.ts';

export const ACCOUNT = accountAddress('0x14791697260e4c9a71f18484c9f997b308e59325');

export function intent(id: string, fields: Partial<OrderIntent> = {}): OrderIntent {
  return {
    network: 'paper',
    account: ACCOUNT,
    intentId: intentId(id),
    strategy: 'manual',
    leg: 'main',
    asset: 'BTC',
    side: 'buy',
    type: 'LIMIT',
    sizeBase: sizeBase('0.02'),
    limitPx: px('90000'),
    reduceOnly: false,
    ...fields,
  };
}

/**
 * What one send meets. `lostRequest`: it never arrives. `lostReply`: it takes effect unheard. `passed`:
 * the venue takes none of so low a nonce any more.
 */
export type SendScript =
  | 'accept'
  | 'fill'
  | 'reject'
  | 'window'
  | 'passed'
  | 'lostRequest'
  | 'lostReply'
  | 'throw';

const REFUSALS = {
  reject: 'Insufficient margin to place order. asset=0',
  window: 'Only post-only orders allowed immediately after network upgrade',
} as const;

interface HeldOrder {
  readonly oid: number;
  status: string;
  remaining: string;
  statusTimestampMs: number;
  readonly fills: FillFact[];
}

/** As the real activity would set it. */
const EXPIRY_MS = 15_000;

export class ScriptedVenue {
  readonly sendScript: SendScript[];
  readonly orders = new Map<Cloid, HeldOrder>();
  readonly usedNonces = new Set<number>();
  readonly recorded: OrderView[] = [];
  readonly sentNonces: number[] = [];
  cancels = 0;
  burns = 0;
  lookUps = 0;
  /** While true every question and cancel fails as if nobody were there. */
  unreachable = false;
  refusedCalls = 0;
  /** An earlier attempt had stored, and perhaps sent, the envelope. */
  storedBefore = false;
  denial: PlaceResult | undefined;
  /** What is said of an amendment before anything is cancelled for it. */
  verdict: Denial | undefined;
  /** How long each dealing keeps its caller waiting, ms of the wall clock. */
  slownessMs = { prepare: 0, submit: 0, lookUp: 0 };
  /** How far the venue's clock is ahead of itself, look-up by look-up; not at all after the last. */
  readonly aheadMs: number[] = [];
  /** How long an envelope may land, by the venue's clock. */
  expiresInMs = EXPIRY_MS;
  /** How often the ledger fails before it takes the order's state. */
  failingRecords = 0;
  /** How long it keeps its caller waiting before it does, ms of the wall clock. */
  failsAfterMs = 0;
  private readonly forgotten = new Map<Cloid, readonly FillFact[]>();
  private nextOid = 1;
  private readonly clock: () => Promise<number>;
  private readonly envelopes = new Map<
    Cloid,
    { nonce: number; expires: number; intent: OrderIntent; sends: number }
  >();

  constructor(clock: () => Promise<number>, sendScript: SendScript[] = ['accept']) {
    this.clock = clock;
    this.sendScript = sendScript;
  }

  private land(cloid: Cloid, filled: boolean, nowMs: number): HeldOrder {
    const envelope = this.envelopes.get(cloid);
    if (envelope === undefined) throw new Error('nothing was prepared');
    const size = envelope.intent.sizeBase;
    const order: HeldOrder = {
      oid: this.nextOid,
      status: filled ? 'filled' : 'open',
      remaining: filled ? '0' : size,
      statusTimestampMs: nowMs,
      fills: [],
    };
    this.nextOid += 1;
    if (filled) order.fills.push(this.fillOf(order.oid, size, nowMs));
    this.orders.set(cloid, order);
    this.usedNonces.add(envelope.nonce);
    return order;
  }

  fillOf(oid: number, size: string, timeMs: number, tid = 1): FillFact {
    return {
      tid,
      oid,
      timeMs,
      px: px('90000'),
      sizeBase: sizeBase(size),
      feeUsd: usd('0.5'),
      closedPnlUsd: usd(0),
      crossed: true,
    };
  }

  /** Fills part of a resting order, as the market would. */
  async trade(cloid: Cloid, size: string, tid: number): Promise<FillFact> {
    const order = this.orders.get(cloid);
    if (order === undefined) throw new Error('no such order');
    const nowMs = await this.clock();
    const fill = this.fillOf(order.oid, size, nowMs, tid);
    order.fills.push(fill);
    order.remaining = decimal(order.remaining).minus(size).toFixed();
    if (order.remaining === '0') order.status = 'filled';
    order.statusTimestampMs = nowMs;
    return fill;
  }

  /** Cancels it unheard, and knows nothing of it any more but its executions. */
  forget(cloid: Cloid): void {
    this.forgotten.set(cloid, this.orders.get(cloid)?.fills ?? []);
    this.orders.delete(cloid);
  }

  status(cloid: Cloid): VenueStatusFact {
    const order = this.orders.get(cloid);
    if (order === undefined) throw new Error('no such order');
    const { oid, status, statusTimestampMs } = order;
    return { oid, status, remainingBase: sizeBase(order.remaining), statusTimestampMs };
  }

  cloid(of: OrderIntent, epoch = 0): Cloid {
    return deriveCloid({ tag: deploymentTag('test'), ...of, epoch });
  }

  private reach(): void {
    if (this.unreachable) this.refusedCalls += 1;
    if (this.unreachable) throw new Error('connect ECONNREFUSED');
  }

  private send(cloid: Cloid, nowMs: number): SendOutcome {
    const envelope = this.envelopes.get(cloid);
    if (envelope === undefined) throw new Error('nothing was prepared');
    this.sentNonces.push(envelope.nonce);
    const script = this.sendScript.shift() ?? 'accept';
    if (script === 'throw') throw new Error('the worker died');
    if (script === 'lostRequest' || this.unreachable) {
      return { kind: 'unknown', reason: 'connect ECONNREFUSED' };
    }
    if (this.usedNonces.has(envelope.nonce)) {
      return { kind: 'unknown', reason: `Invalid nonce: duplicate nonce ${envelope.nonce}` };
    }
    if (nowMs > envelope.expires) return { kind: 'rejected', reason: 'Action already expired' };
    if (script === 'reject' || script === 'window') {
      this.usedNonces.add(envelope.nonce);
      return { kind: 'rejected', reason: REFUSALS[script] };
    }
    if (script === 'passed') {
      const reason = `Invalid nonce: nonce too low ${envelope.nonce} < ${nowMs}`;
      return { kind: 'rejected', reason, noncePassed: true };
    }
    this.land(cloid, script === 'fill', nowMs);
    if (script === 'lostReply') return { kind: 'unknown', reason: 'socket hang up' };
    const executedBase = sizeBase(script === 'fill' ? envelope.intent.sizeBase : '0');
    return { kind: 'accepted', status: this.status(cloid), executedBase };
  }

  activities(): OrderActivities {
    return {
      checkOrder: async () => this.verdict,
      sealOrder: async () => undefined,
      prepareOrder: async ({ intent: wanted, withdrawn, epoch }) => {
        await wait(this.slownessMs.prepare);
        if (this.denial !== undefined) return this.denial;
        const cloid = this.cloid(wanted, epoch);
        const isStored = this.storedBefore || this.envelopes.has(cloid);
        if (withdrawn === true && !isStored) return { kind: 'unsent' };
        this.reach();
        const nowMs = await this.clock();
        const stored = this.envelopes.get(cloid);
        const envelope = stored ?? {
          nonce: nowMs + this.envelopes.size,
          expires: nowMs + this.expiresInMs,
          intent: wanted,
          sends: 0,
        };
        this.envelopes.set(cloid, envelope);
        const fresh = stored === undefined && !this.storedBefore;
        return {
          kind: 'prepared',
          cloid,
          nonce: envelope.nonce,
          expiresAfterMs: envelope.expires,
          fresh,
        };
      },
      placeOrder: async (request) => {
        const prepared = await this.activities().prepareOrder(request);
        if (prepared.kind !== 'prepared' || !prepared.fresh) return prepared;
        try {
          const submit = await this.activities().submitOrder({ cloid: prepared.cloid });
          return { ...prepared, submit };
        } catch (fault) {
          return { ...prepared, fault: String(fault) };
        }
      },
      submitOrder: async ({ cloid }) => {
        const envelope = this.envelopes.get(cloid);
        if (envelope === undefined) throw new Error('nothing was prepared');
        envelope.sends += 1;
        await wait(this.slownessMs.submit);
        const nowMs = await this.clock();
        const outcome = this.send(cloid, nowMs);
        const { sends } = envelope;
        const heard = { statuses: [], fills: [] };
        if (outcome.kind === 'rejected' && sends > 1) {
          return { outcome: { ...outcome, kind: 'unknown' }, heard, sends, sentMs: nowMs };
        }
        return { outcome, heard, sends, sentMs: nowMs };
      },
      lookUpOrder: async ({ cloid }) => {
        this.lookUps += 1;
        await wait(this.slownessMs.lookUp);
        this.reach();
        const exchangeTimeMs = (await this.clock()) + (this.aheadMs.shift() ?? 0);
        const order = this.orders.get(cloid);
        if (order === undefined) {
          const fills = this.forgotten.get(cloid) ?? [];
          return { fills, absentEverywhere: fills.length === 0, resting: false, exchangeTimeMs };
        }
        return {
          status: this.status(cloid),
          fills: order.fills,
          absentEverywhere: false,
          exchangeTimeMs,
        };
      },
      burnOrderNonce: async ({ cloid }) => {
        this.burns += 1;
        this.reach();
        const envelope = this.envelopes.get(cloid);
        if (envelope === undefined || this.usedNonces.has(envelope.nonce)) return 'unknown';
        this.usedNonces.add(envelope.nonce);
        return 'burnt';
      },
      cancelOnVenue: async ({ cloid }) => {
        this.cancels += 1;
        this.reach();
        const order = this.orders.get(cloid);
        if (order === undefined || order.status !== 'open') {
          return {
            kind: 'notOpen',
            reason: 'Order was never placed, already canceled, or filled.',
          };
        }
        order.status = 'canceled';
        order.statusTimestampMs = await this.clock();
        return { kind: 'cancelled' };
      },
      recordOrder: async ({ view }) => {
        if (this.failingRecords > 0) {
          this.failingRecords -= 1;
          await wait(this.failsAfterMs);
          throw new Error('the ledger is away');
        }
        this.recorded.push(view);
      },
    };
  }
}
