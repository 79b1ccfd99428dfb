/**
 * From an intent to its stored envelope: everything that can be wrong with it is found before
 * anything is stored, and what is stored once stands. Sends nothing but the leverage it depends on.
 */
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
import type { FactBoard } from './fact-board.ts';
import type { NotPrepared, PrepareRequest } from './interfaces/order.ts';
import type { Envelope } from './ports/envelope.ts';
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
  /** Judges an order typed by hand against the account's limits; `undefined` approves. */
  readonly judge: (intent: OrderIntent, referencePx: Px) => Promise<Denial | undefined>;
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
  const refusal = approved ? undefined : await ports.judge(intent, referencePx);
  return refusal ?? { asset, referencePx };
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

/** What may be on the venue already is followed, never denied: an envelope that was stored stands. */
async function storedOr(
  { ledger }: OrderPorts,
  cloid: Cloid,
  otherwise: NotPrepared,
): Promise<Drawn | NotPrepared> {
  const stored = await ledger.envelope(cloid);
  return stored ? { envelope: stored, fresh: false } : otherwise;
}

async function store(
  ports: OrderPorts,
  { intent, epoch, workflowId }: PrepareRequest,
  { asset, referencePx }: Checked,
  cloid: Cloid,
  countsAsSent: boolean,
): Promise<Drawn | Denial> {
  const nowMs = await ports.venue.exchangeTimeMs();
  const denial = await setTerms(ports, intent, asset, nowMs);
  if (denial !== undefined) return denial;
  const { side, sizeBase } = intent;
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
    // What the streams know already: nobody is asked, and nothing waits for it.
    arrival: arrivalOf(arriving, ports.market.glance(asset.name), nowMs),
  });
  return { envelope, fresh: inserted };
}

/** An intent that our own code cannot work with: it would fail again, however often it is tried. */
const unusable = (intent: OrderIntent, { message }: RangeError): Denial => ({
  kind: 'invalid',
  field: 'intent',
  value: intent.intentId,
  rule: message,
});

/**
 * An order that has ended without an envelope, started once more, e.g. by an operator past every
 * check: it stays what it was. One with an envelope is looked up on the venue like any other.
 */
async function endedUnsent(
  { ledger }: OrderPorts,
  { intent, epoch }: PrepareRequest,
): Promise<NotPrepared | undefined> {
  if (epoch > 0) return undefined;
  const ended = await ledger.endedOrder(intent.account, intent.intentId);
  if (ended === undefined || ended.cloid !== undefined) return undefined;
  return ended.denial === undefined ? { kind: 'unsent' } : { kind: 'denied', denial: ended.denial };
}

/** Draws up and stores the envelope, or finds the one that is stored; else says why there is none. */
export async function drawUp(
  ports: OrderPorts,
  request: PrepareRequest,
  countsAsSent: boolean,
): Promise<Drawn | NotPrepared> {
  const { intent, epoch, withdrawn = false } = request;
  const cloid = cloidOf(ports.tag, intent, epoch);
  const ended = endedUnsent(ports, request);
  ended.catch(() => undefined);
  const unless = async (otherwise: NotPrepared): Promise<Drawn | NotPrepared> =>
    storedOr(ports, cloid, (await ended) ?? otherwise);
  if (withdrawn) return unless({ kind: 'unsent' });
  try {
    const checked = await check(ports, intent);
    if ('kind' in checked) return await unless({ kind: 'denied', denial: checked });
    const end = await ended;
    if (end !== undefined) return end;
    const drawn = await store(ports, request, checked, cloid, countsAsSent);
    return 'envelope' in drawn ? drawn : await unless({ kind: 'denied', denial: drawn });
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    return unless({ kind: 'denied', denial: unusable(intent, fault) });
  }
}
