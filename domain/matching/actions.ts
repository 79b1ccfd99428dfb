/**
 * Signed actions: the gate (account, expiry, nonce) and then the action itself.
 * Signatures were checked before; an action that is refused here has changed nothing but nonces.
 */
import { assertNever } from '../kernel/assert.ts';
import { updateLeverage } from './leverage.ts';
import { useNonce } from './nonces.ts';
import { accountOrders } from './order-index.ts';
import { recordStatus } from './order-records.ts';
import { readBatch, withAsset } from './order-validation.ts';
import { placeOrder } from './placing.ts';
import type { AccountState, Step } from './state.ts';
import type {
  CancelStatusEntry,
  ExchangeResponse,
  VenueAction,
  VenueInput,
  WireOrder,
} from './venue-types.ts';

type ActionInput = Extract<VenueInput, { kind: 'action' }>;

const refused = (text: string): ExchangeResponse => ({ status: 'err', response: text });
const DONE: ExchangeResponse = { status: 'ok', response: { type: 'default' } };

function placeBatch(
  step: Step,
  account: AccountState,
  orders: readonly WireOrder[],
): ExchangeResponse {
  const batch = readBatch(step, orders);
  if ('kind' in batch) {
    if (batch.kind === 'refused') return refused(batch.text);
    const statuses = [{ error: batch.text }];
    return { status: 'ok', response: { type: 'order', data: { statuses } } };
  }
  const statuses = batch.map((order) => placeOrder(step, account, order));
  return { status: 'ok', response: { type: 'order', data: { statuses } } };
}

function cancelOne(
  step: Step,
  account: AccountState,
  assetId: number,
  oid: number | undefined,
): CancelStatusEntry {
  const order = oid === undefined ? undefined : step.state.orders.get(oid);
  const coin = step.terms.assets[assetId]?.spec.name;
  if (order?.account !== account.address || order.coin !== coin) {
    const text = 'Order was never placed, already canceled, or filled.';
    return { error: withAsset(text, assetId) };
  }
  recordStatus(step, order, 'canceled');
  return 'success';
}

/** The live order with this cloid; the latest one when it was used more than once. */
function liveOidByCloid(step: Step, account: AccountState, cloid: string): number | undefined {
  const latest = account.oidByCloid.get(cloid);
  if (latest === undefined || step.state.orders.has(latest)) return latest;
  const live = [...accountOrders(step.index, account.address).values()];
  return live.findLast((order) => order.cloid === cloid)?.oid;
}

const cancelled = (statuses: readonly CancelStatusEntry[]): ExchangeResponse => ({
  status: 'ok',
  response: { type: 'cancel', data: { statuses } },
});

function perform(step: Step, account: AccountState, action: VenueAction): ExchangeResponse {
  switch (action.type) {
    case 'order':
      return placeBatch(step, account, action.orders);
    case 'cancel':
      return cancelled(action.cancels.map(({ a, o }) => cancelOne(step, account, a, o)));
    case 'cancelByCloid':
      return cancelled(
        action.cancels.map(({ asset, cloid }) =>
          cancelOne(step, account, asset, liveOidByCloid(step, account, cloid)),
        ),
      );
    case 'updateLeverage': {
      const problem = updateLeverage(step, account, action);
      return problem === undefined ? DONE : refused(problem);
    }
    case 'noop':
      return DONE;
    default:
      return assertNever(action);
  }
}

/**
 * Passes an action through the gate and performs it.
 *
 * Assumed, since it could not be verified without the venue: an action that passes the nonce check
 * uses its nonce up even if it is then refused, and an expired one is refused before that check.
 */
export function applyAction(step: Step, input: ActionInput): ExchangeResponse {
  const account = step.state.accounts.get(input.account);
  if (!account) return refused(`User or API Wallet ${input.signer} does not exist.`);
  if (input.expiresAfter !== undefined && step.atMs > input.expiresAfter) {
    return refused('Action already expired');
  }
  const nonceProblem = useNonce(step.state.nonces, input.signer, input.nonce, step.atMs);
  if (nonceProblem !== undefined) return refused(nonceProblem);
  if (account.cash <= 0n && account.positions.size === 0) {
    return refused(`Must deposit before performing actions. User: ${account.address}`);
  }
  return perform(step, account, input.action);
}
