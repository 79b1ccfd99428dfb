/** Takes many orders off the venue by few actions, whoever owns them. */
import { CANCELS_PER_ACTION, type CancelMany, type OrderToCancel } from './ports/kill-switch.ts';

export interface CancelManyPorts {
  readonly cancelMany: CancelMany;
  /** A nonce of our signer that nothing else uses. */
  readonly nextNonce: () => Promise<number>;
}

/**
 * Actions on their way at once: the venue keeps a signer's 100 highest nonces and refuses one below
 * them, so that what is overtaken must not be far behind.
 */
const ACTIONS_AT_ONCE = 32;

/** As few actions as the orders take, many at once. @returns how many the venue cancelled */
export async function cancelTogether(
  { cancelMany, nextNonce }: CancelManyPorts,
  open: readonly OrderToCancel[],
): Promise<number> {
  let cancelled = 0;
  const take = async (orders: readonly OrderToCancel[], nonce: number): Promise<void> => {
    const outcomes = await cancelMany(orders, nonce);
    cancelled += outcomes.filter(({ kind }) => kind === 'cancelled').length;
  };
  let onTheirWay: Promise<void>[] = [];
  for (let from = 0; from < open.length; from += CANCELS_PER_ACTION) {
    const some = open.slice(from, from + CANCELS_PER_ACTION);
    const orders = some.map(({ asset, cloid }) => ({ asset, cloid }));
    if (onTheirWay.length === ACTIONS_AT_ONCE) {
      await Promise.all(onTheirWay);
      onTheirWay = [];
    }
    onTheirWay.push(take(orders, await nextNonce()));
  }
  await Promise.all(onTheirWay);
  return cancelled;
}
