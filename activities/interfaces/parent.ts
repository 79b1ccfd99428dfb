/** What the parent workflow may ask of the world. Types over domain, nothing else. */
import type { Denial } from '../../domain/execution/order-facts.ts';
import type { LegNews } from '../../domain/execution/parents/leg-news.ts';
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import type { LegPlan, MarketSight, Watch } from '../../domain/execution/parents/plan.ts';
import type { SizeBase } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, IntentId } from '../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';

export type Admission =
  | { readonly kind: 'denied'; readonly denial: Denial }
  | {
      readonly kind: 'admitted';
      readonly asset: AssetSpec;
      /** What an earlier run of the same parent left: it is followed, never denied. */
      readonly legs: readonly LegNews[];
      /** When the first run began, if there was one. */
      readonly startedMs?: number;
    };

export interface Surroundings {
  readonly market: MarketSight;
  /** The account's signed position in the asset, where it was asked for. */
  readonly positionBase?: SizeBase;
}

export interface ParentActivities {
  /** Judges the parent as a whole, by the venue's rules and the account's limits. */
  admitParent(request: { readonly intent: ParentIntent }): Promise<Admission>;
  /** Starts the orders of legs. Doing it twice changes nothing. */
  startLegs(request: {
    readonly parent: ParentIntent;
    readonly legs: readonly LegPlan[];
  }): Promise<void>;
  /** Asks the orders to cancel; those that have ended need no asking. */
  cancelLegs(request: {
    readonly account: AccountAddress;
    readonly intentIds: readonly IntentId[];
    readonly reason: string;
  }): Promise<void>;
  /** What the ledger has of the parent's open legs and of those that are named; by default of all. */
  readLegs(request: {
    readonly account: AccountAddress;
    readonly parent: IntentId;
    readonly intentIds?: readonly IntentId[];
  }): Promise<readonly LegNews[]>;
  lookAround(request: {
    readonly account: AccountAddress;
    readonly asset: string;
    readonly wantsPosition: boolean;
  }): Promise<Surroundings>;
  /** Heartbeats until the market gets to where somebody waits for it; answers how it looked then. */
  watchMarket(request: { readonly asset: string; readonly watch: Watch }): Promise<MarketSight>;
  recordParent(request: {
    readonly view: ParentView;
    readonly workflowId: string;
    readonly version: number;
    readonly atMs: number;
  }): Promise<void>;
}
