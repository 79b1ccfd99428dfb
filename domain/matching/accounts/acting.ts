/**
 * Who acts for whom: from the recovered signer of an action to the account it is about.
 *
 * An agent's address acts for its principal, also when it has an account of its own; only what a
 * wallet signs as text is always about the signer's own account, so that no agent moves money out.
 */

import type { MultiSigAction, VenueAction } from '../contract/venue-actions.ts';
import type { VenueInput } from '../contract/venue-inputs.ts';
import type { AccountState, Step, VenueState } from '../state/state.ts';
import { USER_SIGNED_TYPES } from './account-actions.ts';
import { principalOf } from './agents.ts';
import { multiSigAccount } from './multi-sig.ts';

type ActionInput = Extract<VenueInput, { kind: 'action' }>;
export type SingleAction = Exclude<VenueAction, MultiSigAction>;

export interface Acting {
  readonly account: AccountState;
  /** What is to be done: of a multi-sig action, the inner one. */
  readonly action: SingleAction;
}

/** The account that a signer acts for, if there is one. */
export function accountFor(state: VenueState, signer: string, atMs: number): string | undefined {
  const principal = principalOf(state, signer, atMs);
  if (principal !== undefined) return principal;
  return state.accounts.has(signer) ? signer : undefined;
}

/** The sub-account that an account addresses, or undefined when it is not its own. */
export function ownSubAccount(
  state: VenueState,
  account: AccountState,
  address: string,
): AccountState | undefined {
  const found = state.accounts.get(address.toLowerCase());
  return found?.standing.master === account.address ? found : undefined;
}

/** Whether the account has anything, or a sub-account of it has, from which it can be taken back. */
export function hasFunds(state: VenueState, account: AccountState): boolean {
  if (account.cash > 0 || account.spotUsd > 0 || account.positions.size > 0) return true;
  return account.standing.subAccounts.some((address) => {
    const sub = state.accounts.get(address);
    return sub !== undefined && hasFunds(state, sub);
  });
}

function addressed(step: Step, account: AccountState, vaultAddress: string | undefined) {
  if (vaultAddress === undefined) return account;
  return (
    ownSubAccount(step.state, account, vaultAddress) ?? `Vault not registered: ${vaultAddress}`
  );
}

function principal(step: Step, signer: string, action: SingleAction): AccountState | string {
  const isUserSigned = USER_SIGNED_TYPES.has(action.type);
  const address = isUserSigned ? signer : accountFor(step.state, signer, step.atMs);
  const account = address === undefined ? undefined : step.state.accounts.get(address);
  if (!account) {
    return isUserSigned
      ? `Must deposit before performing actions. User: ${signer}`
      : `User or API Wallet ${signer} does not exist.`;
  }
  if (account.standing.multiSig && address === signer) {
    return `Account ${signer} is a multi-sig user: its owners must sign.`;
  }
  return account;
}

/** Whose action it is and what it is, or the refusal of one that is nobody's. */
export function actingFor(step: Step, input: ActionInput): Acting | string {
  const { action: outer, signer, owners = [] } = input;
  const action = outer.type === 'multiSig' ? outer.payload.action : outer;
  const owner =
    outer.type === 'multiSig'
      ? multiSigAccount(step, outer, signer, owners)
      : principal(step, signer, action);
  if (typeof owner === 'string') return owner;
  if (input.vaultAddress !== undefined && USER_SIGNED_TYPES.has(action.type)) {
    return 'User-signed actions do not support vaultAddress.';
  }
  const account = addressed(step, owner, input.vaultAddress);
  return typeof account === 'string' ? account : { account, action };
}
