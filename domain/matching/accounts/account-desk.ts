/**
 * Performs the actions about accounts and their money: each is in a file of its own, the small ones
 * are here. What the venue has and this one does not is refused in words, never silently accepted.
 */
import { assertNever } from '../../kernel/assert.ts';
import type { ExchangeResponse } from '../contract/venue-answers.ts';
import { topUpIsolatedMargin, updateIsolatedMargin } from '../margin/isolated-margin.ts';
import { withdrawableUsd } from '../margin/margin.ts';
import { exact, type Micro, quotient } from '../state/fixed-point.ts';
import type { AccountState, Step } from '../state/state.ts';
import type { AccountAction } from './account-actions.ts';
import { approveAgent } from './agents.ts';
import { approveBuilderFee } from './builders.ts';
import { forgetRates } from './fees.ts';
import { convertToMultiSig } from './multi-sig.ts';
import { createSubAccount } from './sub-accounts.ts';
import {
  sendAsset,
  spotSend,
  subAccountSpotTransfer,
  subAccountTransfer,
  usdClassTransfer,
  usdSend,
  withdraw,
} from './transfers.ts';

/** The venue's refusal, or undefined when it was done. */
type Refusal = string | undefined;

/** 0.0005 USDC for each request; source: the venue's documentation, "Rate limits". */
const REQUEST_PRICE: Micro = 500;
/** 4 %; source: the venue's documentation, "Referrals". In units of 1e-12. */
const REFERRAL_DISCOUNT = 40_000_000_000;

function reserveRequests(
  step: Step,
  account: AccountState,
  weight: number,
  destination: string = account.address,
): Refusal {
  const receiver = step.state.accounts.get(destination.toLowerCase());
  if (!receiver) return `User or API Wallet ${destination} does not exist.`;
  if (weight > quotient(withdrawableUsd(step, account), REQUEST_PRICE)) {
    return 'Insufficient balance for withdrawal';
  }
  const price = weight * REQUEST_PRICE;
  account.cash = exact(account.cash - price, 'account cash');
  step.state.fees += BigInt(price);
  receiver.standing.reservedRequests += weight;
  return undefined;
}

function setReferrer(step: Step, account: AccountState, code: string): Refusal {
  if (!step.terms.referralCodes.has(code)) return 'Referral code not registered';
  if (account.standing.referrerCode !== null) return 'Referrer already set.';
  account.standing.referrerCode = code;
  account.standing.settings.referralDiscount = REFERRAL_DISCOUNT;
  forgetRates(account);
  return undefined;
}

function setAbstraction(account: AccountState, isPlain: boolean): Refusal {
  if (!isPlain) return 'Unified accounts are not modelled by the paper exchange.';
  account.standing.abstraction = 'disabled';
  return undefined;
}

/** Dispatches what answers no more than that it was done. */
function perform(
  step: Step,
  account: AccountState,
  action: Exclude<AccountAction, { type: 'createSubAccount' }>,
): Refusal {
  switch (action.type) {
    case 'approveAgent':
      return approveAgent(step, account, action);
    case 'subAccountTransfer':
      return subAccountTransfer(step, account, action);
    case 'subAccountSpotTransfer':
      return subAccountSpotTransfer(step, account, action);
    case 'vaultTransfer':
      return `Vault not registered: ${action.vaultAddress}`;
    case 'usdSend':
      return usdSend(step, account, action);
    case 'spotSend':
      return spotSend(step, account, action);
    case 'withdraw3':
      return withdraw(step, account, action);
    case 'usdClassTransfer':
      return usdClassTransfer(step, account, action);
    case 'sendAsset':
    case 'agentSendAsset':
      return sendAsset(step, account, action);
    case 'updateIsolatedMargin':
      return updateIsolatedMargin(step, account, action);
    case 'topUpIsolatedOnlyMargin':
      return topUpIsolatedMargin(step, account, action);
    case 'approveBuilderFee':
      return approveBuilderFee(account, action.builder, action.maxFeeRate);
    case 'setReferrer':
      return setReferrer(step, account, action.code);
    case 'reserveRequestWeight':
      return reserveRequests(step, account, action.weight, action.destination);
    case 'convertToMultiSigUser':
      return convertToMultiSig(account, action.signers);
    case 'userSetAbstraction':
    case 'agentSetAbstraction':
      return setAbstraction(account, action.abstraction === 'i');
    case 'userDexAbstraction':
      account.standing.abstraction = action.enabled ? 'dexAbstraction' : 'disabled';
      return undefined;
    case 'tokenDelegate':
      return 'Staking is not modelled by the paper exchange.';
    case 'evmUserModify':
      return undefined; // there is no other chain whose blocks could be large
    default:
      return assertNever(action);
  }
}

export function performAccountAction(
  step: Step,
  account: AccountState,
  action: AccountAction,
): ExchangeResponse {
  if (action.type === 'createSubAccount') {
    const created = createSubAccount(step, account, action.name);
    return typeof created === 'string'
      ? { status: 'err', response: created }
      : { status: 'ok', response: { type: 'createSubAccount', data: created.address } };
  }
  const refusal = perform(step, account, action);
  return refusal === undefined
    ? { status: 'ok', response: { type: 'default' } }
    : { status: 'err', response: refusal };
}
