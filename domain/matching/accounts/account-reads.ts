/**
 * Reads accounts the way `/info` shows them, beyond orders and margin. Computes, never changes.
 */

import type { Books } from '../margin/margin.ts';
import { wireText } from '../state/fixed-point.ts';
import { newestFirst } from '../state/order-records.ts';
import { type AccountState, emptyAccount } from '../state/state.ts';
import type { AccountReads } from './account-views.ts';
import { accountFor, ownSubAccount } from './acting.ts';
import { agentViews, roleOf } from './agents.ts';
import { feesView } from './fees.ts';
import { subAccountsOf } from './sub-accounts.ts';

export function accountReads(books: Books): AccountReads {
  const { state } = books;
  const account = (address: string): AccountState =>
    state.accounts.get(address) ?? emptyAccount(address);
  const standing = (address: string) => account(address).standing;
  const agents = (address: string) => agentViews(state, address, state.atMs);
  return {
    accountFor: (signer, atMs, vaultAddress) => {
      const address = accountFor(state, signer, atMs);
      if (address === undefined || vaultAddress === undefined) return address;
      return ownSubAccount(state, account(address), vaultAddress)?.address;
    },
    extraAgents: (address) => agents(address).filter(({ name }) => name !== ''),
    mainAgent: (address) => agents(address).find(({ name }) => name === ''),
    userRole: (address) => roleOf(state, address, state.atMs),
    subAccounts: (master) => subAccountsOf(state, master),
    multiSigSigners: (address) => standing(address).multiSig,
    userAbstraction: (address) => standing(address).abstraction,
    spotBalance: (address) => wireText(account(address).spotUsd),
    ledgerUpdates: (address) => newestFirst(account(address).ledger),
    userFees: (address) => feesView(books, account(address)),
    maxBuilderFee: (address, builder) => standing(address).builders.get(builder) ?? 0,
    approvedBuilders: (address) => [...standing(address).builders.keys()],
    referrerCode: (address) => standing(address).referrerCode,
    reservedRequestWeight: (address) => standing(address).reservedRequests,
  };
}
