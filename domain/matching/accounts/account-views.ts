/**
 * What may be read of an account besides its margin: who acts for it, its sub-accounts, its fees.
 * Numbers that are text are wire text, as in venue-records.ts; rates are fractions of notional.
 */
import type { LedgerUpdate } from '../state/ledger-records.ts';

/** An agent, as `extraAgents` shows it. */
export interface AgentView {
  readonly name: string;
  readonly address: string;
  /** ms since 1970. */
  readonly validUntil: number;
}

/** Exactly `userRole`. */
export type UserRole =
  | { readonly role: 'missing' | 'user' }
  | { readonly role: 'agent'; readonly data: { readonly user: string } }
  | { readonly role: 'subAccount'; readonly data: { readonly master: string } };

export interface SubAccountView {
  readonly name: string;
  readonly subAccountUser: string;
  readonly master: string;
}

/** Exactly `userToMultiSigSigners`. */
export interface MultiSigView {
  readonly authorizedUsers: readonly string[];
  readonly threshold: number;
}

/** What `userFees` says of the account itself; the schedule is the configuration's. */
export interface FeesView {
  /** Oldest first, at most the last 15 days; a day without trades has no row. */
  readonly dailyUserVlm: readonly {
    /** UTC, `2026-01-31`. */
    readonly date: string;
    readonly userCross: string;
    readonly userAdd: string;
    readonly exchange: string;
  }[];
  /** Of the tier and with the staking discount, before the referral's. */
  readonly userCrossRate: string;
  readonly userAddRate: string;
  readonly activeReferralDiscount: string;
  readonly activeStakingDiscount: string;
}

export type Abstraction = 'default' | 'disabled' | 'dexAbstraction';

/** What may be read of accounts beyond orders and margin. Unknown accounts read as empty ones. */
export interface AccountReads {
  /**
   * The account that a signer may act for at the time (its own or its principal's), or the
   * sub-account of it that is addressed; undefined when there is none.
   */
  accountFor(signer: string, atMs: number, vaultAddress?: string): string | undefined;
  /** Exactly `extraAgents`. */
  extraAgents(account: string): readonly AgentView[];
  /** The agent without a name. */
  mainAgent(account: string): AgentView | undefined;
  userRole(address: string): UserRole;
  /** Oldest first. */
  subAccounts(master: string): readonly SubAccountView[];
  multiSigSigners(account: string): MultiSigView | null;
  userAbstraction(account: string): Abstraction;
  /** USDC outside of the perpetuals. */
  spotBalance(account: string): string;
  /** Exactly `userNonFundingLedgerUpdates`: newest 2000, newest first. */
  ledgerUpdates(account: string): readonly LedgerUpdate[];
  userFees(account: string): FeesView;
  /** Exactly `maxBuilderFee`: tenths of a basis point, 0 when not approved. */
  maxBuilderFee(account: string, builder: string): number;
  approvedBuilders(account: string): readonly string[];
  /** The code that the account entered. */
  referrerCode(account: string): string | null;
  /** Requests bought by `reserveRequestWeight`, ever. */
  reservedRequestWeight(account: string): number;
}
