/**
 * Dealings with a TWAP that the venue works: draw up and send once, find, follow, cancel. The nonce
 * makes every copy of an envelope one TWAP at most; its expiry bounds how long doubt can last.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { claimOf } from '../domain/execution/exposure-claim.ts';
import type { Denial } from '../domain/execution/order-facts.ts';
import { legIntent } from '../domain/execution/parents/parent.ts';
import { LEAST_TWAP_USD } from '../domain/execution/parents/venue-twap.ts';
import { wholeOf } from '../domain/execution/parents/whole.ts';
import { mayAddRisk } from '../domain/execution/priority.ts';
import { arrivalOf } from '../domain/execution/quality/arrival.ts';
import { matchTwap } from '../domain/execution/venue-twap/match.ts';
import { isTerminalTwap, type VenueTwap } from '../domain/execution/venue-twap/twap-facts.ts';
import { decimal, type Fraction, fraction } from '../domain/kernel/decimal.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import type {
  FindTwapRequest,
  FindTwapResult,
  FollowTwapResult,
  PlaceTwapRequest,
  PlaceTwapResult,
  VenueTwapActivities,
  VenueTwapIntent,
} from './interfaces/venue-twap.ts';
import { check, cloidOf, type OrderPorts } from './order-envelope.ts';
import type { Envelope } from './ports/envelope.ts';
import { OverLimit } from './ports/errors.ts';
import type { EnvelopeDraft } from './ports/ledger.ts';
import type { TwapLedgerPort, TwapSendOutcome, VenueTwapPort } from './ports/venue-twap.ts';

export interface VenueTwapPorts extends OrderPorts {
  readonly twaps: VenueTwapPort;
  readonly twapLedger: TwapLedgerPort;
  /** Between two looks at one that runs. */
  readonly followEveryMs: number;
}

/** A slice trades at most so far away from the mid (venue's documentation, "Order types"). */
const SLICE_COLLAR: Fraction = fraction('0.03');
/** How long the envelope may land after it was drawn up, by the venue's clock. */
const EXPIRY_MS = 8_000;
/** As for orders: whoever waited longer may have given up, and nothing is sent behind his back. */
const SEND_WITHIN_MS = 2_000;
/** A follower answers at least so often, so that the record shows how far it got. */
const ANSWER_WITHIN_MS = 600_000;
const PROGRESS_PARTS = 10;
/** How often it is looked whether entries were halted: a look at a file. */
const HALT_LOOK_MS = 500;

/** The one order that the whole would be: what is judged, and whose name the envelope is stored by. */
function wholeIntent(intent: VenueTwapIntent) {
  const [whole] = wholeOf(intent.spec);
  if (whole === undefined) throw new RangeError('a TWAP of the venue is one order as a whole');
  return legIntent(intent, whole);
}

const drawnUp = (envelope: Envelope, outcome?: TwapSendOutcome): PlaceTwapResult => ({
  kind: 'drawnUp',
  nonce: envelope.nonce,
  // A nonce is at least the venue's clock when it was drawn, and hardly more.
  drawnUpMs: Math.min(envelope.nonce, envelope.expiresAfterMs - EXPIRY_MS),
  expiresAfterMs: envelope.expiresAfterMs,
  ...(outcome === undefined ? {} : { outcome }),
});

async function transmit(ports: VenueTwapPorts, envelope: Envelope): Promise<TwapSendOutcome> {
  const halt = mayAddRisk(envelope.action) ? ports.halted() : undefined;
  if (halt !== undefined) return { kind: 'rejected', reason: `not sent: ${halt}` };
  return ports.twaps.sendTwap(envelope);
}

function tooSmall(valueUsd: string): Denial | undefined {
  if (decimal(valueUsd).gte(LEAST_TWAP_USD)) return undefined;
  const rule = `must be worth at least ${LEAST_TWAP_USD} USD: the venue takes no smaller TWAP`;
  return { kind: 'invalid', field: 'sizeBase', value: `${valueUsd} USD`, rule };
}

/** Everything that is wrong with it, before anything is stored. */
async function denialOf(ports: VenueTwapPorts, intent: VenueTwapIntent) {
  const whole = wholeIntent(intent);
  const checked = await check(ports, whole);
  if ('kind' in checked) return checked;
  const value = decimal(checked.referencePx).times(decimal(whole.sizeBase)).toFixed();
  return tooSmall(value) ?? checked;
}

/** Nothing was stored then. */
function overLimit(fault: unknown): PlaceTwapResult & { readonly kind: 'denied' } {
  if (!(fault instanceof OverLimit)) throw fault;
  return { kind: 'denied', denial: { kind: 'risk', ...fault.violation } };
}

async function place(
  ports: VenueTwapPorts,
  { intent, workflowId, withdrawn }: PlaceTwapRequest,
): Promise<PlaceTwapResult> {
  const startedMs = performance.now();
  const { ledger, venue, twapLedger, signer } = ports;
  const { account, asset: name, intentId } = intent;
  const order = wholeIntent(intent);
  const cloid = cloidOf(ports.tag, order, 0);
  const stored = await ledger.envelope(cloid);
  if (stored !== undefined) return drawnUp(stored);
  if (withdrawn) return { kind: 'unsent' };
  const checked = await denialOf(ports, intent);
  if ('kind' in checked) return { kind: 'denied', denial: checked };
  if (!(await twapLedger.takeTwapLane(account, name, intentId))) return { kind: 'busy' };
  const nowMs = await venue.exchangeTimeMs();
  const { side, sizeBase } = order;
  const arriving = { side, sizeBase, takes: false, midPx: checked.referencePx };
  const collared = { ...order, collarFraction: SLICE_COLLAR };
  const claim = claimOf(collared, checked.asset, checked.referencePx, checked.ceilings);
  const draft: EnvelopeDraft = {
    cloid,
    intent: order,
    account,
    intentId: order.intentId,
    network: intent.network,
    epoch: 0,
    workflowId,
    signer,
    nowMs,
    expiresAfterMs: nowMs + EXPIRY_MS,
    action: ports.twaps.twapAction(checked.asset, intent.spec),
    countsAsSent: true,
    ...(claim === undefined ? {} : { claim }),
    arrival: arrivalOf(arriving, ports.market.glance(name), nowMs),
  };
  const drawn = await ledger.prepareEnvelope(draft).catch(overLimit);
  if ('kind' in drawn) return drawn;
  const { envelope, inserted } = drawn;
  const inTime = performance.now() - startedMs < SEND_WITHIN_MS;
  return inserted && inTime
    ? drawnUp(envelope, await transmit(ports, envelope))
    : drawnUp(envelope);
}

async function find(
  { venue, twaps, twapLedger }: VenueTwapPorts,
  { intent, drawnUpMs, expiresAfterMs, twapId }: FindTwapRequest,
): Promise<FindTwapResult> {
  const { account, asset, spec, intentId } = intent;
  // The clock first: what is shown afterwards is of no earlier moment.
  const exchangeTimeMs = await venue.exchangeTimeMs();
  const shown = await twaps.twaps(account);
  if (twapId !== undefined) {
    const twap = shown.find((each) => each.twapId === twapId);
    return { match: twap ? { kind: 'found', twap } : { kind: 'none' }, exchangeTimeMs };
  }
  const ids = shown.map((each) => each.twapId);
  const taken = await twapLedger.twapsOfOthers(account, intentId, ids);
  const wanted = { asset, spec, drawnUpMs, expiresAfterMs };
  return { match: matchTwap(wanted, shown, taken), exchangeTimeMs };
}

const hasGotOn = (before: VenueTwap | undefined, now: VenueTwap): boolean => {
  const gained = decimal(now.executedBase).minus(decimal(before?.executedBase ?? '0'));
  return gained.times(PROGRESS_PARTS).gte(decimal(now.sizeBase));
};

/** Waits until the next look; a halt is heard at once. */
async function untilNextLook(
  { followEveryMs }: VenueTwapPorts,
  halted: () => string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = performance.now() + followEveryMs;
  while (!signal.aborted && halted() === undefined) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return;
    const pauseMs = Math.min(leftMs, HALT_LOOK_MS);
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

type Looking = (account: AccountAddress) => Promise<readonly VenueTwap[]>;

/** One look serves all that are followed in this process: the venue shows them all at once. */
function sharedLook({ twaps }: VenueTwapPorts, trustMs: number): Looking {
  const looks = new Map<
    AccountAddress,
    { readonly atMs: number; readonly shown: ReturnType<Looking> }
  >();
  return (account) => {
    const known = looks.get(account);
    if (known !== undefined && performance.now() - known.atMs < trustMs) return known.shown;
    const shown = twaps.runningTwaps(account);
    looks.set(account, { atMs: performance.now(), shown });
    shown.catch(() => looks.delete(account));
    return shown;
  };
}

/** Looks until there is something to tell. */
async function follow(
  ports: VenueTwapPorts,
  look: Looking,
  { intent, twapId, seen }: Parameters<VenueTwapActivities['followTwap']>[0],
  signal: AbortSignal,
): Promise<FollowTwapResult> {
  const untilMs = performance.now() + ANSWER_WITHIN_MS;
  const halted = (): string | undefined => (intent.spec.reduceOnly ? undefined : ports.halted());
  const isIt = (each: VenueTwap): boolean => each.twapId === twapId;
  // What was seen a moment ago has not got on since.
  if (seen !== undefined) await untilNextLook(ports, halted, signal);
  for (;;) {
    // A halt does not wait until the venue has answered.
    const halt = halted();
    if (halt !== undefined) return { halted: halt };
    const running = (await look(intent.account)).find(isIt);
    const twap = running ?? (await ports.twaps.twaps(intent.account)).find(isIt);
    if (twap === undefined) return {};
    const isNews = isTerminalTwap(twap) || hasGotOn(seen, twap);
    if (isNews || performance.now() >= untilMs) return { twap };
    await untilNextLook(ports, halted, signal);
    if (signal.aborted) return { twap };
  }
}

/** @param ports the outside world, built in `workers/compose.ts` */
export function createVenueTwapActivities(ports: VenueTwapPorts): VenueTwapActivities {
  const { ledger, venue, twaps, signer } = ports;
  const look = sharedLook(ports, ports.followEveryMs / 2);
  return withFailures<VenueTwapActivities>({
    placeTwap: (request) => place(ports, request),
    findTwap: (request) => find(ports, request),
    async followTwap(request) {
      let answer: FollowTwapResult = {};
      await withHeartbeat(async (signal) => {
        answer = await follow(ports, look, request, signal);
      });
      return answer;
    },
    async cancelTwap({ intent, twapId }) {
      const asset = (await venue.assets(intent.asset)).get(intent.asset);
      if (asset === undefined) throw new RangeError(`asset ${intent.asset} is not listed`);
      const nonce = await ledger.nextNonce(signer, await venue.exchangeTimeMs());
      return twaps.cancelTwap(asset, twapId, nonce);
    },
  });
}
