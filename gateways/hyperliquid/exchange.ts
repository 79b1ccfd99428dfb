/**
 * Writes to the venue: sends stored envelopes, burns nonces, sets leverage. Every reply is sorted into
 * accepted, refused or unknown; whatever is not clearly one of the first two is unknown.
 */
import { signL1Action } from '@nktkas/hyperliquid/signing';
import type { PrivateKeyAccount } from 'viem';
import type { Envelope } from '../../activities/ports/envelope.ts';
import { RateLimited, VenueDataCorrupt, VenueUnreachable } from '../../activities/ports/errors.ts';
import type { SendOutcome } from '../../activities/ports/venue.ts';
import type { LeverageTerms } from '../../domain/execution/intent.ts';
import { decimal, sizeBase } from '../../domain/kernel/decimal.ts';
import type { VenueConnection } from './connection.ts';
import { withoutSignatures } from './connection.ts';
import type { WireOrder } from './wire/actions.ts';
import { compiled } from './wire/compiled.ts';
import type { ExchangeResponse, WireOrderStatus } from './wire/exchange.ts';
import { exchangeResponseSchema } from './wire/exchange.ts';

/** The venue keeps a signer's highest nonces only: one below them all is never taken any more. */
const NONCE_PASSED = /^Invalid nonce: nonce too low/;

/**
 * Whole-action refusals that say nothing of the action was executed. Others (a used nonce above
 * all) may describe an earlier copy of the same envelope, so they leave the order in doubt.
 */
const FINAL_REFUSALS: readonly RegExp[] = [
  /does not exist/,
  /^Must deposit/,
  /^Action already expired/,
  /^Only post-only orders allowed/,
  /^Trading is halted/,
  /^Orders are empty/,
  /^Trigger order/,
  NONCE_PASSED,
  /^Too many cumulative requests/,
];

/** Whether a refusal of a whole action says that nothing of it was executed. */
export const isFinalRefusal = (reason: string): boolean =>
  FINAL_REFUSALS.some((pattern) => pattern.test(reason));

export interface Signed {
  readonly action: Readonly<Record<string, unknown>>;
  readonly nonce: number;
  readonly expiresAfterMs?: number;
}

/** Posts a signed action. The signature is deterministic: the same action gives the same bytes. */
export async function postSigned(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  { action, nonce, expiresAfterMs }: Signed,
): Promise<ExchangeResponse> {
  const expiry = expiresAfterMs === undefined ? {} : { expiresAfter: expiresAfterMs };
  const signature = await signL1Action({
    wallet: signer,
    action: { ...action },
    nonce,
    isTestnet: !connection.endpoints.isMainnet,
    ...expiry,
  });
  const answer = await connection.exchange({ action, nonce, signature, ...expiry });
  const read = compiled(exchangeResponseSchema).safeParse(answer);
  if (!read.success) {
    const issue = read.error.issues[0];
    throw new VenueDataCorrupt(
      `answer to ${action.type}: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  const { data } = read;
  return data.status === 'ok' ? data : { ...data, response: withoutSignatures(data.response) };
}

const messageOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : String(fault);

function readOrderStatus(status: WireOrderStatus, envelope: Envelope): SendOutcome {
  if (typeof status === 'string') {
    return { kind: 'unknown', reason: `accepted as ${status}, without an order id` };
  }
  if ('error' in status && typeof status.error === 'string') {
    return { kind: 'rejected', reason: withoutSignatures(status.error) };
  }
  const [order] = envelope.action.orders as readonly WireOrder[];
  const asked = order?.s ?? '0';
  if ('filled' in status) {
    const { oid, totalSz } = status.filled as { oid: number; totalSz: string };
    const remaining = decimal(asked).minus(decimal(totalSz));
    return {
      kind: 'accepted',
      status: {
        oid,
        // What became of the rest the venue says a moment later: it may rest, or be cancelled, or
        // there was none, since a reduce-only order is capped to the position.
        status: remaining.gt(0) ? 'open' : 'filled',
        remainingBase: sizeBase(remaining),
        // Older than any dated word of the venue about the same order.
        statusTimestampMs: 0,
      },
      executedBase: sizeBase(totalSz),
    };
  }
  const { oid } = status.resting as { oid: number };
  return {
    kind: 'accepted',
    status: { oid, status: 'open', remainingBase: sizeBase(asked), statusTimestampMs: 0 },
    executedBase: sizeBase(0),
  };
}

function readSend(answer: ExchangeResponse, envelope: Envelope): SendOutcome {
  if (answer.status === 'err') {
    const reason = answer.response;
    const passed = NONCE_PASSED.test(reason) ? ({ noncePassed: true } as const) : {};
    return isFinalRefusal(reason)
      ? { kind: 'rejected', reason, ...passed }
      : { kind: 'unknown', reason: reason || 'refused without a reason' };
  }
  const status = answer.response.type === 'order' ? answer.response.data.statuses[0] : undefined;
  if (status === undefined) {
    return { kind: 'unknown', reason: `an answer of type ${answer.response.type}` };
  }
  return readOrderStatus(status, envelope);
}

/** Sends the envelope as stored. Never throws: what cannot be read is `unknown`. */
export async function sendEnvelope(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  envelope: Envelope,
): Promise<SendOutcome> {
  try {
    return readSend(await postSigned(connection, signer, envelope), envelope);
  } catch (fault) {
    if (fault instanceof RateLimited) {
      return { kind: 'rejected', reason: `not sent: ${fault.message}` };
    }
    return { kind: 'unknown', reason: messageOf(fault) };
  }
}

/**
 * Sends a `noop` with the envelope's nonce: once accepted, the envelope can never land. Nor can it
 * when the nonce has fallen out of the venue's window, which many later actions bring about.
 * "Duplicate nonce" proves nothing, since it may be the envelope itself that used it.
 */
export async function burnNonce(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  envelope: Envelope,
): Promise<'burnt' | 'unknown'> {
  try {
    const answer = await postSigned(connection, signer, {
      action: { type: 'noop' },
      nonce: envelope.nonce,
    });
    const isFenced = answer.status === 'ok' || NONCE_PASSED.test(answer.response);
    return isFenced ? 'burnt' : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** See `VenuePort.setLeverage`. */
export async function setLeverage(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  assetIndex: number,
  { value, isCross }: LeverageTerms,
  nonce: number,
): Promise<string | undefined> {
  const action = { type: 'updateLeverage', asset: assetIndex, isCross, leverage: value };
  let answer: ExchangeResponse;
  try {
    answer = await postSigned(connection, signer, { action, nonce });
  } catch (fault) {
    if (fault instanceof RateLimited) throw fault;
    throw new VenueUnreachable(`leverage of asset ${assetIndex}: ${messageOf(fault)}`);
  }
  if (answer.status === 'ok') return undefined;
  // Somebody else used the nonce: that says nothing of the leverage, and another one may do.
  if (/^Invalid nonce/.test(answer.response)) {
    throw new VenueUnreachable(`leverage of asset ${assetIndex}: ${answer.response}`);
  }
  return answer.response;
}
