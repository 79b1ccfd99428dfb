/**
 * The order's dealings with the world: prepare, send, look up, cancel, record.
 * Each does one thing once; nothing here retries or decides what follows.
 */

import { channel } from 'node:diagnostics_channel';
import type { Resumption } from '../domain/execution/order-epochs.ts';
import type { FillFact } from '../domain/execution/order-facts.ts';
import { fillFact } from '../domain/execution/order-facts.ts';
import { TERMINAL_STATUSES } from '../domain/execution/order-view.ts';
import { mayAddRisk } from '../domain/execution/priority.ts';
import { assertInvariant } from '../domain/kernel/assert.ts';
import { decimal } from '../domain/kernel/decimal.ts';
import type { Cloid } from '../domain/kernel/ids.ts';
import { withFailures } from './failures.ts';
import type { HeadStarts } from './head-starts.ts';
import type {
  LookUpRequest,
  LookUpResult,
  OrderActivities,
  PlaceResult,
  Prepared,
  PrepareRequest,
  SubmitResult,
} from './interfaces/order.ts';
import { endedBehind, newestEpoch, refusalOf, standingAt, wasNeverTaken } from './newest-epoch.ts';
import { check, drawUp, type OrderPorts, recordedEnd, seal } from './order-envelope.ts';
import { askedBase, askedChange, type Envelope, isSealed } from './ports/envelope.ts';
import type { SendOutcome } from './ports/venue.ts';

/** A placing that took longer to prepare than this is left to be looked into; see `placeOrder`. */
const SEND_WITHIN_MS = 2_000;
/** An end that is recorded within this time of its happening has the price of now. */
const TOLD_AT_ONCE_MS = 1_000;
/** Told of each send the moment it leaves: `{ cloid }`. For measurements. */
export const ORDER_SENDS = channel('perpetua:order-send');
/** The venue's clock and ours may differ: executions are asked for from this much earlier on. */
const FILL_LOOKBACK_MS = 60_000;

export interface PlacingPorts extends OrderPorts {
  /** Envelopes that were begun where the order was started. */
  readonly headStarts?: Pick<HeadStarts, 'take'>;
}

const prepared = (envelope: Envelope, fresh: boolean): Prepared => ({
  kind: 'prepared',
  cloid: envelope.cloid,
  nonce: envelope.nonce,
  expiresAfterMs: envelope.expiresAfterMs,
  ...(envelope.arrival === undefined ? {} : { arrival: envelope.arrival }),
  fresh,
});

const differs = (wanted: string | undefined, stored: string | undefined): boolean =>
  stored !== undefined && (wanted === undefined || !decimal(wanted).eq(decimal(stored)));

/** Whether another run had opened the epoch, for another amendment: what was sent is what there is. */
function isAnothers({ intent }: PrepareRequest, envelope: Envelope): boolean {
  const { limitPx, triggerPx, type } = askedChange(envelope, intent) ?? {};
  return (
    type !== undefined ||
    differs(intent.sizeBase, askedBase(envelope)) ||
    differs(intent.limitPx, limitPx) ||
    differs(intent.triggerPx, triggerPx)
  );
}

/** @param isOther whether it stands otherwise than the request has it, also without a newer epoch */
async function standingOf(
  ports: OrderPorts,
  { intent, epoch }: PrepareRequest,
  isOther = false,
): Promise<Resumption | undefined> {
  const newest = await newestEpoch(ports, intent, epoch);
  return newest > epoch || isOther ? standingAt(ports, intent, newest) : undefined;
}

/** See `OrderActivities.sealOrder`. */
async function sealOrder(
  ports: OrderPorts,
  request: PrepareRequest,
): Promise<Resumption | undefined> {
  const { epoch } = request;
  const stored = await seal(ports, { ...request, epoch: epoch + 1 });
  return isSealed(stored) ? undefined : standingOf(ports, request);
}

/**
 * An envelope that was stored before, by this run or by one that may have got further, and that may have
 * been sent. An order that has ended and that the venue never took stays what it was: what was refused
 * for good is refused, since the same bytes would only be told that their nonce is used, or that it is too
 * late; what was withdrawn between two tries is withdrawn.
 */
async function sentBefore(
  ports: OrderPorts,
  request: PrepareRequest,
  envelope: Envelope,
): Promise<PlaceResult> {
  const { account, intentId } = request.intent;
  const ended = await ports.ledger.endedOrder(account, intentId);
  if (ended?.status === 'CANCELLED' && wasNeverTaken(ended)) return { kind: 'unsent' };
  // An amendment may have ended the order without an epoch of its own.
  const isOther = endedBehind(ended) || isAnothers(request, envelope);
  const standing = await standingOf(ports, request, isOther);
  const told = ended === undefined ? {} : { ended: true as const };
  const reason = refusalOf(ended, envelope.cloid);
  if (standing !== undefined || reason === undefined) {
    return { ...prepared(envelope, false), ...told, ...(standing && { standing }) };
  }
  const outcome: SendOutcome = { kind: 'rejected', reason };
  const submit = { outcome, heard: { statuses: [], fills: [] }, sends: 1, sentMs: 0 };
  return { ...prepared(envelope, true), ...told, submit };
}

async function prepareOrder(ports: OrderPorts, request: PrepareRequest): Promise<PlaceResult> {
  const drawn = await drawUp(ports, request, false);
  if ('kind' in drawn) return drawn;
  return drawn.fresh ? prepared(drawn.envelope, true) : sentBefore(ports, request, drawn.envelope);
}

async function placeOrder(ports: PlacingPorts, request: PrepareRequest): Promise<PlaceResult> {
  const startedMs = performance.now();
  const begun = ports.headStarts?.take(request);
  const drawn = await (begun ?? drawUp(ports, request, true));
  if ('kind' in drawn) {
    // What was begun may be older than an end that another run has told since.
    return begun === undefined ? drawn : recordedEnd(ports, request.intent, drawn);
  }
  const { envelope } = drawn;
  // Whoever waited for us may have given up by now: what is sent late is sent behind his back.
  const inTime = performance.now() - startedMs < SEND_WITHIN_MS;
  if (!drawn.fresh) return sentBefore(ports, request, envelope);
  if (!inTime) return prepared(envelope, false);
  try {
    return { ...prepared(envelope, true), submit: await transmit(ports, envelope) };
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    return { ...prepared(envelope, true), fault: reason };
  }
}

async function lookUp(ports: OrderPorts, request: LookUpRequest): Promise<LookUpResult> {
  const { account, cloid } = request;
  const exchangeTimeMs = await ports.venue.exchangeTimeMs();
  const status = (await ports.venue.orderStatus(account, cloid))?.fact;
  const executed = async (): Promise<readonly FillFact[]> => {
    const all = await ports.venue.fillsSince(account, request.sinceMs - FILL_LOOKBACK_MS);
    const own = all.filter((fill) => fill.cloid === cloid);
    // An order knows no execution that the ledger lacks: what it reserved ends where positions begin.
    if (own.length > 0) await ports.ledger.recordFills(account, own);
    return own.map(fillFact);
  };
  if (status !== undefined) {
    const counted = decimal(request.sizeBase).minus(decimal(status.remainingBase));
    const known = counted.lte(decimal(request.knownFilledBase));
    const fills = known ? [] : await executed();
    return { status, fills, absentEverywhere: false, exchangeTimeMs };
  }
  const [open, fills] = await Promise.all([ports.venue.openOrders(account), executed()]);
  const resting = open.some((order) => order.cloid === cloid);
  return { fills, absentEverywhere: !resting && fills.length === 0, resting, exchangeTimeMs };
}

async function submitOrder(ports: OrderPorts, cloid: Cloid): Promise<SubmitResult> {
  const envelope = await ports.ledger.noteSend(cloid);
  if (envelope === undefined) throw new RangeError(`no envelope is stored for ${cloid}`);
  return transmit(ports, envelope);
}

/** Whoever halts entries means those too that were prepared a moment before. */
async function sendUnlessHalted(
  { venue, halted }: OrderPorts,
  envelope: Envelope,
): Promise<SendOutcome> {
  assertInvariant(!isSealed(envelope), `cloid ${envelope.cloid}: is sealed and never sent`);
  const halt = mayAddRisk(envelope.action) ? halted() : undefined;
  if (halt !== undefined) return { kind: 'rejected', reason: `not sent: ${halt}` };
  ORDER_SENDS.publish({ cloid: envelope.cloid });
  return venue.send(envelope);
}

/** Sends an envelope whose send is already counted. */
async function transmit(ports: OrderPorts, envelope: Envelope): Promise<SubmitResult> {
  const { cloid, sends } = envelope;
  const sentMs = Date.now();
  const startedMs = performance.now();
  const ear = ports.board.listen(cloid);
  try {
    const outcome = await sendUnlessHalted(ports, envelope);
    const ackMs = Math.round((performance.now() - startedMs) * 10) / 10;
    if (outcome.kind === 'accepted') await ear.untilFilled(outcome.executedBase);
    const heard = ear.close();
    if (outcome.kind === 'rejected') {
      // The refusal may describe the copy, not the order: an earlier send may have landed, and since the
      // envelope was drawn up another worker may have found it and sent it too.
      const counted = Math.max(sends, (await ports.ledger.envelope(cloid))?.sends ?? sends);
      const reason = `send ${counted} was refused: ${outcome.reason}`;
      if (counted > 1) {
        const unknown = { ...outcome, kind: 'unknown', reason } as const;
        return { outcome: unknown, heard, sends: counted, sentMs, ackMs };
      }
    }
    return { outcome, heard, sends, sentMs, ackMs };
  } finally {
    ear.close();
  }
}

/** @param ports the outside world, built in `workers/compose.ts` */
export function createOrderActivities(ports: PlacingPorts): OrderActivities {
  const { venue, ledger } = ports;
  return withFailures<OrderActivities>({
    prepareOrder: (request) => prepareOrder(ports, request),
    placeOrder: (request) => placeOrder(ports, request),
    async checkOrder({ intent }) {
      const checked = await check(ports, intent);
      return 'kind' in checked ? checked : undefined;
    },
    submitOrder: ({ cloid }) => submitOrder(ports, cloid),
    lookUpOrder: (request) => lookUp(ports, request),
    async burnOrderNonce({ cloid }) {
      const envelope = await ledger.envelope(cloid);
      if (envelope === undefined) throw new RangeError(`no envelope is stored for ${cloid}`);
      return venue.burnNonce(envelope);
    },
    async cancelOnVenue({ asset, cloid }) {
      const nonce = await ledger.nextNonce(ports.signer, await venue.exchangeTimeMs());
      return venue.cancel(asset, cloid, nonce);
    },
    sealOrder: (request) => sealOrder(ports, request),
    async recordOrder({ view, workflowId, version, steps, atMs }) {
      await ledger.recordOrder(view, workflowId, version, steps, atMs);
      // What is told again later, after a crash, ended at another price.
      const isNow = Math.abs(Date.now() - atMs) <= TOLD_AT_ONCE_MS;
      if (isNow && TERMINAL_STATUSES.includes(view.status)) {
        await ports.ended?.(view).catch(() => undefined);
      }
    },
  });
}
