/**
 * From an intent to its stored envelope: everything that can be wrong with it is found before
 * anything is stored, and what is stored once stands. Sends nothing but the leverage it depends on.
 */
import { claimOf } from '../domain/execution/exposure-claim.ts';
import type { OrderIntent } from '../domain/execution/intent.ts';
import {
  checkIntentAgainstAsset,
  checkIntentShape,
  isTrigger,
} from '../domain/execution/intent.ts';
import type { Denial } from '../domain/execution/order-facts.ts';
import type { OrderView } from '../domain/execution/order-view.ts';
import { arrivalOf } from '../domain/execution/quality/arrival.ts';
import type { Px } from '../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid, DeploymentTag } from '../domain/kernel/ids.ts';
import { deriveCloid } from '../domain/kernel/ids.ts';
import type { AssetSpec } from '../domain/market/asset.ts';
import type { ExposureCeilings } from '../domain/risk/reservation.ts';
import type { FactBoard } from './fact-board.ts';
import type { NotPrepared, PrepareRequest } from './interfaces/order.ts';
import { denialOf, type Envelope, isSealed, sealedAction } from './ports/envelope.ts';
import { OverLimit, SessionOver } from './ports/errors.ts';
import type { LedgerPort } from './ports/ledger.ts';
import type { MarketDataPort } from './ports/market-data.ts';
import type { VenuePort } from './ports/venue.ts';

/**
 * How long an envelope may land after it was drawn up, by the venue's clock. Short for what is
 * worth nothing late; longer for a protective stop, which is better late than never.
 */
const EXPIRY_MS = { immediate: 8_000, resting: 15_000, protective: 30_000 } as const;
export interface OrderPorts {
  readonly venue: VenuePort;
  readonly ledger: LedgerPort;
  readonly market: MarketDataPort;
  readonly board: FactBoard;
  /** Judges an order typed by hand against the account's limits, and says which amounts they are. */
  readonly judge: (
    intent: OrderIntent,
    referencePx: Px,
  ) => Promise<Denial | ExposureCeilings | undefined>;
  readonly signer: AccountAddress;
  readonly tag: DeploymentTag;
  /** Whether the kill switch is on, and why. */
  readonly halted: () => string | undefined;
  /** Told of an order that has ended, once the ledger knows; what it throws is lost. */
  readonly ended?: (view: OrderView) => Promise<void>;
}

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

/** Whether it is filled at once or not at all. */
const takesAtOnce = ({ type, timeInForce }: OrderIntent): boolean =>
  type === 'MARKET' || timeInForce === 'IOC';

function expiryMs(intent: OrderIntent): number {
  if (intent.leg === 'protect' || isTrigger(intent.type)) return EXPIRY_MS.protective;
  return takesAtOnce(intent) ? EXPIRY_MS.immediate : EXPIRY_MS.resting;
}

export interface Checked {
  readonly asset: AssetSpec;
  readonly referencePx: Px;
  /** Of an order that was judged just now. */
  readonly ceilings?: ExposureCeilings;
}

/** Everything that can be wrong with an intent, before anything is stored or sent. */
export async function check(ports: OrderPorts, intent: OrderIntent): Promise<Checked | Denial> {
  const shape = checkIntentShape(intent);
  if (shape) return { kind: 'invalid', ...shape };
  const { validUntilMs } = intent;
  if (validUntilMs !== undefined && Date.now() > validUntilMs) {
    const rule = 'has passed: a late order is a different order';
    return { kind: 'risk', field: 'validUntilMs', value: String(validUntilMs), rule };
  }
  const asset = (await ports.venue.assets(intent.asset)).get(intent.asset);
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
  const answer = approved ? undefined : await ports.judge(intent, referencePx);
  if (answer === undefined) return { asset, referencePx };
  return 'kind' in answer ? answer : { asset, referencePx, ceilings: answer };
}

/** Leverage and margin mode are on the venue before the first order that counts on them. */
async function setTerms(
  { venue, ledger, signer }: OrderPorts,
  { leverage }: OrderIntent,
  asset: AssetSpec,
  nowMs: number,
): Promise<Denial | undefined> {
  if (leverage === undefined) return undefined;
  const refusal = await venue.setLeverage(asset, leverage, await ledger.nextNonce(signer, nowMs));
  if (refusal === undefined) return undefined;
  const mode = leverage.isCross ? 'cross' : 'isolated';
  return { kind: 'risk', field: 'leverage', value: `${leverage.value} ${mode}`, rule: refusal };
}

export interface Drawn {
  readonly envelope: Envelope;
  readonly fresh: boolean;
}

/**
 * Takes the place of an epoch's envelope, unless it is taken already.
 * @param denial why, unless the envelope is just not wanted
 * @returns what stands there: an envelope, or the first seal
 */
export async function seal(
  { ledger, signer, tag }: Pick<OrderPorts, 'ledger' | 'signer' | 'tag'>,
  { intent, epoch, workflowId }: PrepareRequest,
  denial?: Denial,
): Promise<Envelope> {
  const { envelope } = await ledger.prepareEnvelope({
    cloid: cloidOf(tag, intent, epoch),
    intent,
    account: intent.account,
    intentId: intent.intentId,
    network: intent.network,
    epoch,
    workflowId,
    signer,
    // Whatever nonce comes next: it is for nothing, and the venue need not be asked for its time.
    nowMs: 1,
    expiresAfterMs: 0,
    action: sealedAction(denial),
  });
  return envelope;
}

/**
 * How an order ended without an envelope, when it is started once more, e.g. by an operator past
 * every check: it stays what it was.
 */
export async function recordedEnd(
  { ledger }: Pick<OrderPorts, 'ledger'>,
  { account, intentId }: OrderIntent,
  otherwise: NotPrepared,
): Promise<NotPrepared> {
  const ended = await ledger.endedOrder(account, intentId);
  return ended === undefined || ended.cloid !== undefined ? otherwise : without(ended.denial);
}

/** Why there is no envelope: it was denied, or is not wanted. */
const without = (denial: Denial | undefined): NotPrepared =>
  denial === undefined ? { kind: 'unsent' } : { kind: 'denied', denial };

/**
 * What may be on the venue already is followed, never denied: an envelope that was stored stands. If
 * none was, none can be any more: an earlier attempt may have been put to sleep on its way there.
 */
async function storedOr(
  ports: OrderPorts,
  request: PrepareRequest,
  otherwise: NotPrepared,
): Promise<Drawn | NotPrepared> {
  // What is no order at all can neither be stored nor be approved by another attempt.
  if (checkIntentShape(request.intent) !== undefined) return otherwise;
  const denial = otherwise.kind === 'denied' ? otherwise.denial : undefined;
  const stored = await seal(ports, request, denial);
  if (!isSealed(stored)) return { envelope: stored, fresh: false };
  return recordedEnd(ports, request.intent, without(denialOf(stored)));
}

async function store(
  ports: OrderPorts,
  { intent, epoch, workflowId }: PrepareRequest,
  { asset, referencePx, ceilings }: Checked,
  countsAsSent: boolean,
): Promise<Drawn | NotPrepared> {
  const cloid = cloidOf(ports.tag, intent, epoch);
  const nowMs = await ports.venue.exchangeTimeMs();
  const denial = await setTerms(ports, intent, asset, nowMs);
  if (denial !== undefined) return { kind: 'denied', denial };
  const { side, sizeBase } = intent;
  const claim = claimOf(intent, asset, referencePx, ceilings);
  const arriving = { side, sizeBase, takes: takesAtOnce(intent), midPx: referencePx };
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
    action: ports.venue.orderAction(intent, asset, cloid, referencePx),
    countsAsSent,
    ...(claim === undefined ? {} : { claim }),
    // What the streams know already: nobody is asked, and nothing waits for it.
    arrival: arrivalOf(arriving, ports.market.glance(asset.name), nowMs),
  });
  return isSealed(envelope)
    ? recordedEnd(ports, intent, without(denialOf(envelope)))
    : { envelope, fresh: inserted };
}

/** An intent that our own code cannot work with: it would fail again, however often it is tried. */
const unusable = (intent: OrderIntent, { message }: RangeError): Denial => ({
  kind: 'invalid',
  field: 'intent',
  value: intent.intentId,
  rule: message,
});

/** Draws up and stores the envelope, or finds the one that is stored; else says why there is none. */
export async function drawUp(
  ports: OrderPorts,
  request: PrepareRequest,
  countsAsSent: boolean,
): Promise<Drawn | NotPrepared> {
  const { intent, withdrawn = false } = request;
  if (withdrawn) return storedOr(ports, request, { kind: 'unsent' });
  const denied = (denial: Denial) => storedOr(ports, request, { kind: 'denied', denial });
  try {
    const checked = await check(ports, intent);
    if ('kind' in checked) return await denied(checked);
    const drawn = await store(ports, request, checked, countsAsSent);
    return 'kind' in drawn && drawn.kind === 'denied' ? await denied(drawn.denial) : drawn;
  } catch (fault) {
    if (fault instanceof OverLimit) return denied({ kind: 'risk', ...fault.violation });
    if (fault instanceof SessionOver) return denied({ kind: 'halted', ...fault.violation });
    if (!(fault instanceof RangeError)) throw fault;
    return denied(unusable(intent, fault));
  }
}
