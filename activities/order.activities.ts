/**
 * The order's dealings with the world: prepare, send, look up, cancel, record.
 * Each does one thing once; nothing here retries or decides what follows.
 */
import { channel } from 'node:diagnostics_channel';
import type { OrderIntent } from '../domain/execution/intent.ts';
import {
  checkIntentAgainstAsset,
  checkIntentShape,
  isTrigger,
} from '../domain/execution/intent.ts';
import type { Denial, FillFact } from '../domain/execution/order-facts.ts';
import type { Px } from '../domain/kernel/decimal.ts';
import { decimal } from '../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid, DeploymentTag } from '../domain/kernel/ids.ts';
import { deriveCloid } from '../domain/kernel/ids.ts';
import type { AssetSpec } from '../domain/market/asset.ts';
import type { FactBoard } from './fact-board.ts';
import { withFailures } from './failures.ts';
import type {
  LookUpRequest,
  LookUpResult,
  NotPrepared,
  OrderActivities,
  PlaceResult,
  Prepared,
  PrepareRequest,
  PrepareResult,
  SubmitResult,
} from './interfaces/order.ts';
import type { Envelope } from './ports/envelope.ts';
import type { LedgerPort } from './ports/ledger.ts';
import type { MarketDataPort } from './ports/market-data.ts';
import type { VenueFill, VenuePort } from './ports/venue.ts';

/**
 * How long an envelope may land after it was drawn up, by the venue's clock. Short for what is
 * worth nothing late; longer for a protective stop, which is better late than never.
 */
const EXPIRY_MS = { immediate: 8_000, resting: 15_000, protective: 30_000 } as const;
/** A placing that took longer to prepare than this is left to be looked into; see `placeOrder`. */
const SEND_WITHIN_MS = 2_000;
/** Told of each send the moment it leaves: `{ cloid }`. For measurements. */
export const ORDER_SENDS = channel('perpetua:order-send');
/** The venue's clock and ours may differ: executions are asked for from this much earlier on. */
const FILL_LOOKBACK_MS = 60_000;

export interface OrderPorts {
  readonly venue: VenuePort;
  readonly ledger: LedgerPort;
  readonly market: MarketDataPort;
  readonly board: FactBoard;
  /** Judges an order typed by hand against the account's limits; `undefined` approves. */
  readonly judge: (intent: OrderIntent, referencePx: Px) => Promise<Denial | undefined>;
  readonly signer: AccountAddress;
  readonly tag: DeploymentTag;
  /** Whether the kill switch is on, and why. */
  readonly halted: () => string | undefined;
}

const factOf = ({ tid, oid, timeMs, px, sizeBase, feeUsd, closedPnlUsd, crossed }: VenueFill) => ({
  tid,
  oid,
  timeMs,
  px,
  sizeBase,
  feeUsd,
  closedPnlUsd,
  crossed,
});

/** The part of a fill that an order keeps in its history. */
export const fillFact: (fill: VenueFill) => FillFact = factOf;

export const cloidOf = (tag: DeploymentTag, intent: OrderIntent, epoch: number): Cloid =>
  deriveCloid({
    tag,
    network: intent.network,
    account: intent.account,
    strategy: intent.strategy,
    intentId: intent.intentId,
    leg: intent.leg,
    epoch,
  });

function expiryMs(intent: OrderIntent): number {
  if (intent.leg === 'protect' || isTrigger(intent.type)) return EXPIRY_MS.protective;
  const immediate = intent.type === 'MARKET' || intent.timeInForce === 'IOC';
  return immediate ? EXPIRY_MS.immediate : EXPIRY_MS.resting;
}

interface Checked {
  readonly asset: AssetSpec;
  readonly referencePx: Px;
}

/** Everything that can be wrong with an intent, before anything is stored or sent. */
async function check(ports: OrderPorts, intent: OrderIntent): Promise<Checked | Denial> {
  const shape = checkIntentShape(intent);
  if (shape) return { kind: 'invalid', ...shape };
  const { validUntilMs } = intent;
  if (validUntilMs !== undefined && Date.now() > validUntilMs) {
    const rule = 'has passed: a late order is a different order';
    return { kind: 'risk', field: 'validUntilMs', value: String(validUntilMs), rule };
  }
  const asset = (await ports.venue.assets()).get(intent.asset);
  if (asset === undefined) {
    return { kind: 'invalid', field: 'asset', value: intent.asset, rule: 'is not listed' };
  }
  const referencePx = (await ports.market.midPx(asset.name)) as Px;
  const rule = checkIntentAgainstAsset(intent, asset, referencePx);
  if (rule) return { kind: 'invalid', ...rule };
  const halt = intent.reduceOnly ? undefined : ports.halted();
  if (halt !== undefined) {
    return { kind: 'halted', field: 'kill switch', value: 'on', rule: halt };
  }
  // A session's order passed risk with its decision; one typed by hand is judged here.
  const approved = intent.reduceOnly || intent.approvalDigest !== undefined;
  const refusal = approved ? undefined : await ports.judge(intent, referencePx);
  return refusal ?? { asset, referencePx };
}

const prepared = (envelope: Envelope, fresh: boolean): Prepared => ({
  kind: 'prepared',
  cloid: envelope.cloid,
  nonce: envelope.nonce,
  expiresAfterMs: envelope.expiresAfterMs,
  fresh,
});

interface Drawn {
  readonly envelope: Envelope;
  readonly fresh: boolean;
}

/** Draws up and stores the envelope, or finds the one that is stored; else says why there is none. */
async function drawUp(
  ports: OrderPorts,
  { intent, epoch, workflowId, withdrawn = false }: PrepareRequest,
  countsAsSent: boolean,
): Promise<Drawn | NotPrepared> {
  const cloid = cloidOf(ports.tag, intent, epoch);
  if (withdrawn) {
    const stored = await ports.ledger.envelope(cloid);
    return stored ? { envelope: stored, fresh: false } : { kind: 'unsent' };
  }
  const checked = await check(ports, intent);
  if ('kind' in checked) {
    // The market may have moved since an earlier attempt stored, and perhaps sent, the envelope:
    // what may be on the venue is followed, never denied.
    const stored = await ports.ledger.envelope(cloid);
    return stored ? { envelope: stored, fresh: false } : { kind: 'denied', denial: checked };
  }
  const nowMs = await ports.venue.exchangeTimeMs();
  const { envelope, inserted } = await ports.ledger.prepareEnvelope({
    cloid,
    intent,
    account: intent.account,
    intentId: intent.intentId,
    network: intent.network,
    epoch,
    workflowId,
    signer: ports.signer,
    nowMs,
    expiresAfterMs: nowMs + expiryMs(intent),
    action: ports.venue.orderAction(intent, checked.asset, cloid, checked.referencePx),
    countsAsSent,
  });
  return { envelope, fresh: inserted };
}

async function prepareOrder(ports: OrderPorts, request: PrepareRequest): Promise<PrepareResult> {
  const drawn = await drawUp(ports, request, false);
  return 'kind' in drawn ? drawn : prepared(drawn.envelope, drawn.fresh);
}

async function placeOrder(ports: OrderPorts, request: PrepareRequest): Promise<PlaceResult> {
  const startedMs = performance.now();
  const drawn = await drawUp(ports, request, true);
  if ('kind' in drawn) return drawn;
  const { envelope } = drawn;
  // Whoever waited for us may have given up by now: what is sent late is sent behind his back.
  const inTime = performance.now() - startedMs < SEND_WITHIN_MS;
  if (!drawn.fresh || !inTime) return prepared(envelope, false);
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
  const executed = async (): Promise<readonly FillFact[]> =>
    (await ports.venue.fillsSince(account, request.sinceMs - FILL_LOOKBACK_MS))
      .filter((fill) => fill.cloid === cloid)
      .map(factOf);
  if (status !== undefined) {
    const counted = decimal(request.sizeBase).minus(decimal(status.remainingBase));
    const known = counted.lte(decimal(request.knownFilledBase));
    const fills = known ? [] : await executed();
    return { status, fills, absentEverywhere: false, exchangeTimeMs };
  }
  const [open, fills] = await Promise.all([ports.venue.openOrders(account), executed()]);
  const resting = open.some((order) => order.cloid === cloid);
  return { fills, absentEverywhere: !resting && fills.length === 0, exchangeTimeMs };
}

async function submitOrder(ports: OrderPorts, cloid: Cloid): Promise<SubmitResult> {
  const envelope = await ports.ledger.noteSend(cloid);
  if (envelope === undefined) throw new RangeError(`no envelope is stored for ${cloid}`);
  return transmit(ports, envelope);
}

/** Sends an envelope whose send is already counted. */
async function transmit({ venue, board }: OrderPorts, envelope: Envelope): Promise<SubmitResult> {
  const { cloid, sends } = envelope;
  const sentMs = Date.now();
  ORDER_SENDS.publish({ cloid });
  const ear = board.listen(cloid);
  try {
    const outcome = await venue.send(envelope);
    if (outcome.kind === 'accepted') await ear.untilFilled(outcome.executedBase);
    const heard = ear.close();
    if (outcome.kind === 'rejected' && sends > 1) {
      // The refusal may describe the copy, not the order: an earlier send may have landed.
      const reason = `send ${sends} was refused: ${outcome.reason}`;
      return { outcome: { kind: 'unknown', reason }, heard, sends, sentMs };
    }
    return { outcome, heard, sends, sentMs };
  } finally {
    ear.close();
  }
}

/** @param ports the outside world, built in `workers/compose.ts` */
export function createOrderActivities(ports: OrderPorts): OrderActivities {
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
    recordOrder: ({ view, workflowId, version, steps, atMs }) =>
      ledger.recordOrder(view, workflowId, version, steps, atMs),
  });
}
