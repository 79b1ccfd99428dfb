/**
 * Sub-accounts: separate in margin, orders and positions, owned by one master. Opens them; moving
 * money is transfers.ts.
 */
import { sha256Hex } from '../../kernel/ids.ts';
import { plainText } from '../state/fixed-point.ts';
import { type AccountState, emptyAccount, type Step, type VenueState } from '../state/state.ts';
import { emptyStanding } from './account-standing.ts';
import type { SubAccountView } from './account-views.ts';

/** Source: the venue's documentation, "Sub-accounts". */
const MOST_SUB_ACCOUNTS = 10;
const LONGEST_NAME = 16;
const ADDRESS_DIGITS = 40;
const CENT = 10_000n;

/** USD with at most two decimals, cut off. */
const centsText = (usd: bigint): string => plainText((usd / CENT) * CENT);

function refusal(step: Step, master: AccountState, name: string): string | undefined {
  const required = step.terms.subAccountVolume;
  if (master.volumeUsd < required) {
    return (
      'Cannot create sub-accounts until enough volume traded. ' +
      `Required: $${plainText(required)}. Traded: $${centsText(master.volumeUsd)}.`
    );
  }
  // These texts are not recorded.
  if (master.standing.master !== null) return 'Sub-accounts cannot create sub-accounts.';
  if (name === '' || name.length > LONGEST_NAME) {
    return `Sub-account name must have 1 to ${LONGEST_NAME} characters.`;
  }
  if (master.standing.subAccounts.length >= MOST_SUB_ACCOUNTS) {
    return `Too many sub-accounts. Limit is ${MOST_SUB_ACCOUNTS}`;
  }
  return undefined;
}

/** Money may have been sent to the address before anybody opened it: then the next is taken. */
function freeAddress(state: VenueState, master: AccountState): string {
  for (let n = master.standing.subAccounts.length; ; n += 1) {
    const digest = sha256Hex(`sub-account|${master.address}|${n}`);
    const address = `0x${digest.slice(0, ADDRESS_DIGITS)}`;
    if (!state.accounts.has(address)) return address;
  }
}

/** Opens a sub-account; its address follows from the master's and its number. */
export function createSubAccount(
  step: Step,
  master: AccountState,
  name: string,
): { readonly address: string } | string {
  const refused = refusal(step, master, name);
  if (refused !== undefined) return refused;
  const { subAccounts } = master.standing;
  const address = freeAddress(step.state, master);
  step.state.accounts.set(address, emptyAccount(address, emptyStanding(master.address, name)));
  subAccounts.push(address);
  return { address };
}

/** Oldest first. */
export function subAccountsOf(state: VenueState, master: string): SubAccountView[] {
  const addresses = state.accounts.get(master)?.standing.subAccounts ?? [];
  return addresses.map((address) => ({
    name: state.accounts.get(address)?.standing.name ?? '',
    subAccountUser: address,
    master,
  }));
}
