/**
 * Accounts that several keys own: who the owners are, and whether enough of them signed.
 * Recovers no signatures. The venue's refusals are not recorded; the texts here are ours.
 */

import type { MultiSigAction } from '../contract/venue-actions.ts';
import type { AccountState, Step } from '../state/state.ts';
import type { MultiSigView } from './account-views.ts';
import { principalOf } from './agents.ts';

/** Source: the venue's documentation, "Multi-sig". */
const MOST_OWNERS = 10;
const ADDRESS = /^0x[0-9a-f]{40}$/;

function readSigners(text: string): MultiSigView | null | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value === null) return null;
  if (typeof value !== 'object' || !('authorizedUsers' in value) || !('threshold' in value)) {
    return undefined;
  }
  const { authorizedUsers: listed, threshold } = value;
  if (!Array.isArray(listed) || listed.length > MOST_OWNERS) return undefined;
  const owners = listed.map((owner) => String(owner).toLowerCase());
  const isLegal = owners.every((owner) => ADDRESS.test(owner));
  if (!isLegal || new Set(owners).size !== owners.length) return undefined;
  if (typeof threshold !== 'number' || !Number.isInteger(threshold)) return undefined;
  if (threshold < 1 || threshold > owners.length) return undefined;
  return { authorizedUsers: owners.sort(), threshold };
}

/** Makes the account one of several owners, or its own again. Returns a refusal or undefined. */
export function convertToMultiSig(account: AccountState, signers: string): string | undefined {
  const read = readSigners(signers);
  if (read === undefined) {
    return `Invalid multi-sig signers: must be 1 to ${MOST_OWNERS} different addresses and a threshold of at most their number`;
  }
  if (read?.authorizedUsers.includes(account.address)) {
    return 'Invalid multi-sig signers: an account cannot be its own owner';
  }
  account.standing.multiSig = read;
  return undefined;
}

/** The account of several owners that enough of them act for, or a refusal. */
export function multiSigAccount(
  step: Step,
  action: MultiSigAction,
  signer: string,
  owners: readonly string[],
): AccountState | string {
  const { multiSigUser } = action.payload;
  const account = step.state.accounts.get(multiSigUser);
  const multiSig = account?.standing.multiSig;
  if (!account || !multiSig) return `Multi-sig user ${multiSigUser} does not exist.`;
  const isOwner = (address: string): boolean => multiSig.authorizedUsers.includes(address);
  if (!isOwner(signer) && !isOwner(principalOf(step.state, signer, step.atMs) ?? '')) {
    return `Multi-sig outer signer ${signer} is not authorized.`;
  }
  const signed = new Set(owners.filter(isOwner)).size;
  if (signed < multiSig.threshold) {
    return `Multi-sig threshold not met: ${signed} < ${multiSig.threshold}`;
  }
  return account;
}
