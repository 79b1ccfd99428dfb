/**
 * `POST /exchange`: reads an envelope, finds out who signed it, and hands the action to the
 * exchange. Who signed is recovered, never declared. What an envelope may not carry is refused in
 * words; whether the signer may act for an account is the venue's to judge, and so are orders.
 */
import type { ExchangeResponse } from '../../../domain/matching/contract/venue-answers.ts';
import { type Envelope, envelopeSchema, innerNonce } from '../../hyperliquid/wire/exchange.ts';
import { createSignerFinder } from '../../hyperliquid/wire/recovery.ts';
import { isUserAction } from '../../hyperliquid/wire/user-actions.ts';
import type { PaperExchange } from '../exchange.ts';
import type { Log } from '../log.ts';
import { type PlainAction, plainAction, venueAction } from './venue-action.ts';

/** The answer to a body, or `malformed` for what deserves HTTP 422. */
export type ActionAnswer = ExchangeResponse | 'malformed';

const refusal = (response: string): ExchangeResponse => ({ status: 'err', response });

/** What no envelope may carry, whoever signed it. */
function refusedEnvelope(envelope: Envelope): string | undefined {
  const { action, nonce, vaultAddress, expiresAfter } = envelope;
  const signedNonce = innerNonce(action);
  if (signedNonce !== undefined && signedNonce !== nonce) {
    return `Invalid nonce: the action's nonce ${signedNonce} is not the request's nonce ${nonce}`;
  }
  if (!isUserAction(action)) return undefined;
  // Neither is part of what the wallet signed, so neither may change what happens.
  if (expiresAfter !== undefined) return 'User-signed actions do not support expiresAfter.';
  if (vaultAddress !== undefined) return 'User-signed actions do not support vaultAddress.';
  return undefined;
}

/** What would trade; the rest goes on when the tape is at its end. */
const TRADING_TYPES: ReadonlySet<string> = new Set([
  'order',
  'modify',
  'batchModify',
  'twapOrder',
] satisfies PlainAction['type'][]);

/** Joins the exchange to a function that answers bodies of `POST /exchange`. */
export function createActions(exchange: PaperExchange, log: Log) {
  const findSigner = createSignerFinder((address) => exchange.isKnown(address));

  const judge = (envelope: Envelope): ExchangeResponse => {
    const signed = findSigner(envelope);
    if (signed === undefined) return refusal('Unable to recover signer.');
    const { signer } = signed;
    if (!exchange.isKnown(signer)) return refusal(`User or API Wallet ${signer} does not exist.`);
    const refused = refusedEnvelope(envelope);
    if (refused !== undefined) return refusal(refused);
    if (exchange.isHalted && TRADING_TYPES.has(plainAction(envelope.action).type)) {
      return refusal('Trading is halted.');
    }
    const { action, nonce, expiresAfter, vaultAddress } = envelope;
    const request = {
      ...signed,
      nonce,
      ...(expiresAfter === undefined ? {} : { expiresAfter }),
      ...(vaultAddress === undefined ? {} : { vaultAddress }),
      action: venueAction(action),
    };
    const response = exchange.submit(request);
    log.debug({ ...request, response }, 'action');
    return response;
  };

  /**
   * @throws JournalError when the action could not be made durable; then nothing has happened.
   */
  return (body: unknown): ActionAnswer => {
    const parsed = envelopeSchema.safeParse(body);
    return parsed.success ? judge(parsed.data) : 'malformed';
  };
}

export type AnswerAction = ReturnType<typeof createActions>;
