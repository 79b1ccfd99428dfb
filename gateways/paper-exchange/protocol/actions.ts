/**
 * `POST /exchange`: reads an envelope, finds out who signed it, and hands the action to the
 * exchange. Who signed is recovered, never declared: both sources are tried, the one that recovers
 * to a known account wins. Agents, vaults and builders are not modelled and refused in words.
 */
import { z } from 'zod';
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import type { ExchangeResponse, VenueAction } from '../../../domain/matching/venue-types.ts';
import { type Action, UNSUPPORTED_ACTION_TYPES } from '../../hyperliquid/wire/actions.ts';
import { type Envelope, envelopeSchema } from '../../hyperliquid/wire/exchange.ts';
import { recoverSigner } from '../../hyperliquid/wire/signing.ts';
import type { PaperExchange } from '../exchange.ts';
import type { Log } from '../log.ts';

/** The answer to a body, or `malformed` for what deserves HTTP 422. */
export type ActionAnswer = ExchangeResponse | 'malformed';

const refusal = (response: string): ExchangeResponse => ({ status: 'err', response });

const actionTypeSchema = z.object({ action: z.object({ type: z.string() }) });

/** Testnet's source first: it is what clients of a paper exchange should sign with. */
const SOURCES = ['b', 'a'] as const;

/**
 * The known account to which an envelope recovers under either source; else the address of the
 * first source, or undefined when it is no signature at all.
 */
function findSigner(envelope: Envelope, exchange: PaperExchange): AccountAddress | undefined {
  let stranger: AccountAddress | undefined;
  for (const source of SOURCES) {
    const signer = recoverSigner({ ...envelope, source });
    if (signer !== undefined && exchange.isKnown(signer)) return signer;
    stranger ??= signer;
  }
  return stranger;
}

/** What the exchange refuses whoever signed it, in the venue's words where it has some. */
function refusedAction(action: Action, exchange: PaperExchange): string | undefined {
  if (action.type !== 'order') return undefined;
  if (exchange.isHalted) return 'Trading is halted.';
  if (action.builder) return 'Builder fee has not been approved.';
  if (action.grouping !== 'na') {
    return `Order grouping ${action.grouping} is not supported by the paper exchange.`;
  }
  return undefined;
}

/** The action as the venue takes it: without what {@link refusedAction} has ruled out. */
function venueAction(action: Action): VenueAction {
  if (action.type !== 'order') return action;
  return {
    type: 'order',
    grouping: 'na',
    orders: action.orders.map(({ c, ...order }) => (c === undefined ? order : { ...order, c })),
  };
}

/** Joins the exchange to a function that answers bodies of `POST /exchange`. */
export function createActions(exchange: PaperExchange, log: Log) {
  const judge = (envelope: Envelope): ExchangeResponse => {
    const signer = findSigner(envelope, exchange);
    if (signer === undefined) return refusal('Unable to recover signer.');
    if (!exchange.isKnown(signer)) return refusal(`User or API Wallet ${signer} does not exist.`);
    const { action, nonce, expiresAfter, vaultAddress } = envelope;
    if (vaultAddress !== undefined) return refusal(`Vault not registered: ${vaultAddress}`);
    const refused = refusedAction(action, exchange);
    if (refused !== undefined) return refusal(refused);
    const response = exchange.submit({
      signer,
      account: signer,
      nonce,
      ...(expiresAfter === undefined ? {} : { expiresAfter }),
      action: venueAction(action),
    });
    log.debug({ signer, nonce, action, response }, 'action');
    return response;
  };

  /**
   * @throws JournalError when the action could not be made durable; then nothing has happened.
   */
  return (body: unknown): ActionAnswer => {
    const parsed = envelopeSchema.safeParse(body);
    if (parsed.success) return judge(parsed.data);
    const type = actionTypeSchema.safeParse(body).data?.action.type;
    if (type === undefined || !UNSUPPORTED_ACTION_TYPES.has(type)) return 'malformed';
    return refusal(`Action ${type} is not supported by the paper exchange.`);
  };
}

export type AnswerAction = ReturnType<typeof createActions>;
