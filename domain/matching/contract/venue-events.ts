/**
 * What applying an input gives: the answer to an action, and everything that happened, in order.
 */
import type { LedgerUpdate } from '../state/ledger-records.ts';
import type { ExchangeResponse } from './venue-answers.ts';
import type {
  Fill,
  FundingPayment,
  OrderUpdate,
  PublicTrade,
  TwapHistoryEntry,
} from './venue-records.ts';

export type VenueEvent =
  | { readonly kind: 'order'; readonly account: string; readonly update: OrderUpdate }
  | { readonly kind: 'fill'; readonly account: string; readonly fill: Fill }
  | { readonly kind: 'funding'; readonly account: string; readonly payment: FundingPayment }
  | {
      /** A row of the account's ledger; a deposit has both this and `deposit`. */
      readonly kind: 'ledger';
      readonly account: string;
      readonly update: LedgerUpdate;
    }
  | {
      readonly kind: 'deposit';
      readonly account: string;
      readonly usdc: string;
      readonly time: number;
    }
  | {
      readonly kind: 'liquidation';
      /** The liquidated account. */
      readonly account: string;
      readonly time: number;
      readonly lid: number;
      readonly method: 'market' | 'backstop';
      readonly liquidatedNtlPos: string;
      readonly accountValue: string;
    }
  | { readonly kind: 'twap'; readonly account: string; readonly entry: TwapHistoryEntry }
  | { readonly kind: 'trade'; readonly trade: PublicTrade };

export interface VenueOutput {
  /** Only for actions. */
  readonly response?: ExchangeResponse;
  /** In the order in which they happened. */
  readonly events: readonly VenueEvent[];
}
