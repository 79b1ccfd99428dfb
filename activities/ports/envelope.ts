/** The envelope: what is stored before the wire, and what every resend repeats to the byte. */
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { type Amendment, amendmentOf } from '../../domain/execution/order-epochs.ts';
import type { Denial } from '../../domain/execution/order-facts.ts';
import type { OrderTerms } from '../../domain/execution/order-terms.ts';
import type { Arrival } from '../../domain/execution/quality/arrival.ts';
import type { SizeBase } from '../../domain/kernel/decimal.ts';
import { isDecimalText, sizeBase } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid, IntentId, Network } from '../../domain/kernel/ids.ts';

/** Everything that a resend needs to produce the same bytes; the key that signs stays elsewhere. */
export interface Envelope {
  readonly cloid: Cloid;
  readonly account: AccountAddress;
  readonly intentId: IntentId;
  readonly network: Network;
  readonly epoch: number;
  readonly workflowId: string;
  /** Address of the key that signs. */
  readonly signer: AccountAddress;
  readonly nonce: number;
  /** The venue refuses the action after this moment of its clock. */
  readonly expiresAfterMs: number;
  /** The venue's wire action, with keys in signing order. */
  readonly action: Readonly<Record<string, unknown>>;
  /** How often it may have left us. */
  readonly sends: number;
  /** What the market looked like when it was drawn up. */
  readonly arrival?: Arrival;
}

/**
 * The action of what is stored in the place of an envelope that must never be: whoever draws one up
 * later, a process that slept above all, finds that the place is taken. It is never sent.
 */
const SEALED = 'sealed';

/** @param denial why there is no envelope, unless it is just not wanted: whoever comes later is told so */
export const sealedAction = (denial?: Denial): Envelope['action'] => ({
  type: SEALED,
  ...(denial === undefined ? {} : { denial }),
});

export const isSealed = ({ action }: Pick<Envelope, 'action'>): boolean => action.type === SEALED;

/** Of a sealed envelope: why there is none. */
export const denialOf = ({ action }: Pick<Envelope, 'action'>): Denial | undefined =>
  action.denial as Denial | undefined;

/** What an envelope makes of its intent, its size aside; undefined where it says that otherwise than ours. */
export function askedChange({ action }: Envelope, intent: OrderIntent): Amendment | undefined {
  const { orders } = action as { orders?: readonly Partial<OrderTerms>[] };
  const { p, t } = orders?.[0] ?? {};
  return p === undefined || t === undefined ? undefined : amendmentOf(intent, { p, t });
}

/** The size that an envelope asks for; of an amended order, what was left when it was drawn up. */
export function askedBase({ action }: Envelope): SizeBase | undefined {
  const { orders } = action as { orders?: readonly { readonly s?: unknown }[] };
  const size = orders?.[0]?.s;
  return typeof size === 'string' && isDecimalText(size) ? sizeBase(size) : undefined;
}
