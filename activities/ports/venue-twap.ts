/** What a TWAP that the venue works asks of the venue and of the ledger. */
import type { VenueTwapSpec } from '../../domain/execution/parents/venue-twap.ts';
import type { VenueTwap } from '../../domain/execution/venue-twap/twap-facts.ts';
import type { AccountAddress, IntentId } from '../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { Envelope } from './envelope.ts';
import type { CancelOutcome } from './venue.ts';

/** What a send came to. `unknown` is doubt: it may have been taken. */
export type TwapSendOutcome =
  | { readonly kind: 'running'; readonly twapId: number }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface VenueTwapPort {
  twapAction(asset: AssetSpec, spec: VenueTwapSpec): Readonly<Record<string, unknown>>;
  /** Signs and sends exactly the stored envelope. Never throws for what the network does. */
  sendTwap(envelope: Envelope): Promise<TwapSendOutcome>;
  /**
   * All TWAPs of the account that the venue remembers, each as it stands, with those whose id it does
   * not tell left out. @throws VenueUnreachable, VenueDataCorrupt, RateLimited
   */
  twaps(account: AccountAddress): Promise<readonly VenueTwap[]>;
  /** Those that run, at half the weight. @throws as `twaps` */
  runningTwaps(account: AccountAddress): Promise<readonly VenueTwap[]>;
  /** Never throws for what the network does. */
  cancelTwap(asset: AssetSpec, twapId: number, nonce: number): Promise<CancelOutcome>;
}

export interface TwapLedgerPort {
  /**
   * Makes the parent the one that is on its way to the venue on this asset; false while another one,
   * recorded and open, whose id is not known, is.
   */
  takeTwapLane(account: AccountAddress, asset: string, intentId: IntentId): Promise<boolean>;
  /** Of the ids those that belong to a parent of the account, ended or not. */
  ourTwaps(account: AccountAddress, twapIds: readonly number[]): Promise<ReadonlySet<number>>;
  /** Of the ids those that belong to other parents of the account. */
  twapsOfOthers(
    account: AccountAddress,
    intentId: IntentId,
    twapIds: readonly number[],
  ): Promise<ReadonlySet<number>>;
}
