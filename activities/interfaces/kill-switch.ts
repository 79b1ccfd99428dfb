/** What the account workflow may ask of the kill switch. Types over domain, nothing else. */
import type { AccountAddress } from '../../domain/kernel/ids.ts';

export interface HaltEntriesRequest {
  readonly account: AccountAddress;
  readonly reason: string;
  /** Also take the entries that rest on the venue out of the market; what reduces stays. */
  readonly cancelEntries: boolean;
}

/** What became of the entries that rested on the venue. */
export interface EntriesCancelled {
  readonly cancelled: number;
  /** Cloids of those that still rest, as far as the venue's last answer tells. */
  readonly left: readonly string[];
}

/** What became of the venue's own TWAPs that may add to a position. */
export interface TwapsCancelled {
  readonly cancelled: number;
  /** Ids of those that still run, as far as the venue's last answer tells. */
  readonly left: readonly number[];
  /** Ids of those that run, and whose they are only the ledger could tell: it did not answer. */
  readonly unknown?: readonly number[];
}

export interface KillSwitchActivities {
  /** Halts entries; safe to repeat. Only the command line lifts a halt. */
  haltEntries(request: HaltEntriesRequest): Promise<EntriesCancelled | undefined>;
}
