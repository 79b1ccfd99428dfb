/**
 * From the wire's actions to the form in which the venue takes them: a key that is there is meant,
 * so what is undefined is left out, and addresses are lower-case. Judges nothing.
 */
import type { VenueAction } from '../../../domain/matching/contract/venue-actions.ts';
import type { ExchangeAction } from '../../hyperliquid/wire/exchange.ts';

/** A value in which every key that is there has a value. */
type Present<Value> = Value extends string | number | boolean | null
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Present<Item>[]
    : { [Key in keyof Value]: Present<Exclude<Value[Key], undefined>> };

function present<Value>(value: Value): Present<Value> {
  if (Array.isArray(value)) return value.map(present) as Present<Value>;
  if (typeof value !== 'object' || value === null) return value as Present<Value>;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const kept = entries.map(([key, inner]): [string, unknown] => [key, present(inner)]);
  return Object.fromEntries(kept) as Present<Value>;
}

/** An action that somebody signed, without the signatures of several owners around it. */
export type PlainAction = Exclude<ExchangeAction, { readonly type: 'multiSig' }>;

/** What is to be done, whoever signed for it. */
export function plainAction(action: ExchangeAction): PlainAction {
  return action.type === 'multiSig' ? action.payload.action : action;
}

/** Wallets sign these addresses as text, in any letter case. */
function plainVenueAction(action: PlainAction): Exclude<VenueAction, { type: 'multiSig' }> {
  switch (action.type) {
    case 'usdSend':
    case 'spotSend':
    case 'withdraw3':
      return { ...action, destination: action.destination.toLowerCase() };
    case 'sendAsset':
      return {
        ...action,
        destination: action.destination.toLowerCase(),
        fromSubAccount: action.fromSubAccount.toLowerCase(),
      };
    case 'usdClassTransfer':
      return { ...action, amount: action.amount.toLowerCase() };
    default:
      return present(action);
  }
}

/** The action of an envelope as the venue takes it. */
export function venueAction(action: ExchangeAction): VenueAction {
  const plain = plainVenueAction(plainAction(action));
  if (action.type !== 'multiSig') return plain;
  const { multiSigUser, outerSigner } = action.payload;
  return { type: 'multiSig', payload: { multiSigUser, outerSigner, action: plain } };
}
