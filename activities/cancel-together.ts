/** Takes many orders off the venue by few actions, whoever owns them. */
import {
  CANCELS_PER_ACTION,
  type CancelMany,
  type NoteCancels,
  type OrderToCancel,
} from './ports/kill-switch.ts';

export interface CancelManyPorts {
  readonly cancelMany: CancelMany;
  /** A nonce of our signer that nothing else uses. */
  readonly nextNonce: () => Promise<number>;
  /** Needed for no cancel, but waited for: it has to end by itself when the ledger is away. */
  readonly noteCancels: NoteCancels;
}

/**
 * Actions on their way at once: the venue keeps a signer's 100 highest nonces and refuses one below
 * them, so that what is overtaken must not be far behind.
 */
const ACTIONS_AT_ONCE = 32;

/** As few actions as the orders take, many at once. */
async function send(
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

/**
 * Cancels them, and notes it in the story of each.
 * @param reason for whoever asks later why an order of theirs is gone
 * @returns how many the venue cancelled
 */
export async function cancelTogether(
  ports: CancelManyPorts,
  open: readonly OrderToCancel[],
  reason: string,
): Promise<number> {
  if (open.length === 0) return 0;
  const note = { atMs: Date.now(), reason, together: open.length };
  const cloids = open.map(({ cloid }) => cloid);
  const [cancelled] = await Promise.all([
    send(ports, open),
    // What is written down late or never is no reason to leave an order in the market.
    ports.noteCancels(cloids, note).catch(() => undefined),
  ]);
  return cancelled;
}
