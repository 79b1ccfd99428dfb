/**
 * What the venue must provide. Implemented by `gateways/hyperliquid`; paper, testnet and mainnet
 * differ by URL alone. Every answer is validated before it gets here: no NaN, no unknown shape.
 */
import type { LeverageTerms, OrderIntent } from '../../domain/execution/intent.ts';
import type { FillFact, VenueStatusFact } from '../../domain/execution/order-facts.ts';
import type { Px, SizeBase, Usd } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid } from '../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { Envelope } from './envelope.ts';

/** What one send of an envelope came to. `unknown` means: it may have landed. */
export type SendOutcome =
  | {
      readonly kind: 'accepted';
      readonly status: VenueStatusFact;
      /** What was executed at once, by the venue's reply. */
      readonly executedBase: SizeBase;
    }
  | {
      readonly kind: 'rejected' | 'unknown';
      readonly reason: string;
      /** The venue is past the envelope's nonce: whatever became of earlier sends, no later one can land. */
      readonly noncePassed?: true;
    };

/** What a cancel came to. Only `cancelled` is proof; everything else needs a look-up. */
export type CancelOutcome =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'notOpen'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** One order as the venue shows it. */
export interface VenueOrder {
  readonly oid: number;
  readonly cloid?: Cloid;
  readonly asset: string;
  readonly side: 'buy' | 'sell';
  readonly limitPx: Px;
  readonly triggerPx?: Px;
  readonly isTrigger: boolean;
  readonly reduceOnly: boolean;
  readonly remainingBase: SizeBase;
  readonly originalBase: SizeBase;
  readonly placedMs: number;
}

/** One execution of the account, with what the ledger keeps of it. */
export interface VenueFill extends FillFact {
  readonly asset: string;
  readonly side: 'buy' | 'sell';
  readonly cloid?: Cloid;
  readonly direction: string;
  readonly startPositionBase: SizeBase;
  readonly feeToken: string;
  readonly hash: string;
  /** The venue's TWAP that it is a slice of; such a fill has no cloid. */
  readonly twapId?: number;
}

export interface VenueOrderStatus {
  readonly cloid?: Cloid;
  readonly asset: string;
  readonly fact: VenueStatusFact;
}

export interface VenuePosition {
  readonly asset: string;
  /** Signed: negative is short. */
  readonly sizeBase: SizeBase;
  readonly entryPx: Px;
  readonly valueUsd: Usd;
  readonly unrealizedPnlUsd: Usd;
  readonly marginUsedUsd: Usd;
  readonly liquidationPx?: Px;
  readonly leverage: number;
}

export interface VenueAccount {
  readonly equityUsd: Usd;
  readonly notionalUsd: Usd;
  readonly marginUsedUsd: Usd;
  readonly withdrawableUsd: Usd;
  readonly positions: readonly VenuePosition[];
  readonly asOfMs: number;
}

export interface FundingPayment {
  readonly timeMs: number;
  readonly asset: string;
  readonly amountUsd: Usd;
  readonly sizeBase: SizeBase;
  readonly ratePerHour: string;
}

export interface AccountStreamHandlers {
  /** Called after every (re)connect, once all subscriptions are confirmed. */
  readonly onConnected: () => void;
  readonly onStatuses: (statuses: readonly VenueOrderStatus[]) => void;
  readonly onFills: (fills: readonly VenueFill[]) => void;
}

export interface VenuePort {
  /**
   * All perpetuals by name; cached.
   * @param wanted read again when this one is missing, unless that was tried a moment ago
   */
  assets(wanted?: string): Promise<ReadonlyMap<string, AssetSpec>>;
  /** The venue's clock, by its last answer plus elapsed local time. */
  exchangeTimeMs(): Promise<number>;
  /** The wire action for an intent; market orders get a limit price at the collar's edge. */
  orderAction(
    intent: OrderIntent,
    asset: AssetSpec,
    cloid: Cloid,
    referencePx: Px,
  ): Readonly<Record<string, unknown>>;
  /** Signs and sends exactly the stored envelope. Never throws for what the network does. */
  send(envelope: Envelope): Promise<SendOutcome>;
  /** Uses up the envelope's nonce, so that it can never land any more. */
  burnNonce(envelope: Envelope): Promise<'burnt' | 'unknown'>;
  cancel(asset: string, cloid: Cloid, nonce: number): Promise<CancelOutcome>;
  /**
   * Sets leverage and margin mode of an asset; doing it twice changes nothing.
   * @returns the venue's words when it refuses
   * @throws VenueUnreachable when the outcome is not known
   */
  setLeverage(asset: AssetSpec, terms: LeverageTerms, nonce: number): Promise<string | undefined>;
  /** `undefined` when the venue does not know the cloid (not yet a proof of absence). */
  orderStatus(account: AccountAddress, cloid: Cloid): Promise<VenueOrderStatus | undefined>;
  openOrders(account: AccountAddress): Promise<readonly VenueOrder[]>;
  /** Executions at or after the time, oldest first, paged until none is missing. */
  fillsSince(account: AccountAddress, sinceMs: number): Promise<readonly VenueFill[]>;
  fundingSince(account: AccountAddress, sinceMs: number): Promise<readonly FundingPayment[]>;
  account(account: AccountAddress): Promise<VenueAccount>;
  /** Runs until the signal aborts; reconnects by itself; rejects when it cannot. */
  streamAccount(
    account: AccountAddress,
    handlers: AccountStreamHandlers,
    signal: AbortSignal,
  ): Promise<void>;
}
