/**
 * Signed actions: the gate (account, expiry, nonce) and then the action itself.
 * Signatures were checked before; an action that is refused here has changed nothing but nonces.
 */
import { performAccountAction } from '../accounts/account-desk.ts';
import { actingFor, hasFunds, type SingleAction } from '../accounts/acting.ts';
import { readBuilder } from '../accounts/builders.ts';
import type { ExchangeResponse } from '../contract/venue-answers.ts';
import type { VenueInput } from '../contract/venue-inputs.ts';
import { updateLeverage } from '../margin/leverage.ts';
import { useNonce } from '../state/nonces.ts';
import type { AccountState, Step } from '../state/state.ts';
import { cancelOrders } from './cancel.ts';
import { modifyBatch, modifyOrder } from './modify.ts';
import { placeBatch } from './order-batch.ts';
import { scheduleCancel } from './schedule-cancel.ts';
import { cancelTwap, placeTwap } from './twap.ts';

type ActionInput = Extract<VenueInput, { kind: 'action' }>;

const refused = (text: string): ExchangeResponse => ({ status: 'err', response: text });
const DONE: ExchangeResponse = { status: 'ok', response: { type: 'default' } };

function perform(step: Step, account: AccountState, action: SingleAction): ExchangeResponse {
  switch (action.type) {
    case 'order': {
      const builder = readBuilder(account, action.builder);
      return typeof builder === 'string'
        ? refused(builder)
        : placeBatch(step, account, action, builder);
    }
    case 'cancel':
    case 'cancelByCloid':
      return cancelOrders(step, account, action);
    case 'modify':
      return modifyOrder(step, account, action);
    case 'batchModify':
      return modifyBatch(step, account, action);
    case 'scheduleCancel': {
      const problem = scheduleCancel(step, account, action);
      return problem === undefined ? DONE : refused(problem);
    }
    case 'twapOrder':
      return placeTwap(step, account, action);
    case 'twapCancel':
      return cancelTwap(step, account, action);
    case 'updateLeverage': {
      const problem = updateLeverage(step, account, action);
      return problem === undefined ? DONE : refused(problem);
    }
    case 'noop':
      return DONE;
    default:
      return performAccountAction(step, account, action);
  }
}

/**
 * Passes an action through the gate and performs it.
 *
 * Assumed, since it could not be verified without the venue: an action that passes the nonce check
 * uses its nonce up even if it is then refused, and an expired one is refused before that check.
 */
export function applyAction(step: Step, input: ActionInput): ExchangeResponse {
  const acting = actingFor(step, input);
  if (typeof acting === 'string') return refused(acting);
  if (input.expiresAfter !== undefined && step.atMs > input.expiresAfter) {
    return refused('Action already expired');
  }
  const nonceProblem = useNonce(step.state.nonces, input.signer, input.nonce, step.atMs);
  if (nonceProblem !== undefined) return refused(nonceProblem);
  const { account, action } = acting;
  if (!hasFunds(step.state, account)) {
    return refused(`Must deposit before performing actions. User: ${account.address}`);
  }
  return perform(step, account, action);
}
