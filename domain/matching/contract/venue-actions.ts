/**
 * What an account may ask for: signed actions, with Hyperliquid's wire keys (a, b, p, s, r, t, c).
 * Numbers that are text are plain decimals. Nothing here parses JSON or recovers signers.
 */
import type { AccountAction } from '../accounts/account-actions.ts';

export type Tif = 'Gtc' | 'Ioc' | 'Alo' | 'FrontendMarket';

export type WireOrderType =
  | { readonly limit: { readonly tif: Tif } }
  | {
      readonly trigger: {
        readonly isMarket: boolean;
        readonly triggerPx: string;
        readonly tpsl: 'tp' | 'sl';
      };
    };

export interface WireOrder {
  readonly a: number;
  readonly b: boolean;
  readonly p: string;
  readonly s: string;
  readonly r: boolean;
  readonly t: WireOrderType;
  readonly c?: string;
}

/** An action of an account that several keys own; who signed `action` is with the input. */
export interface MultiSigAction {
  readonly type: 'multiSig';
  readonly payload: {
    readonly multiSigUser: string;
    readonly outerSigner: string;
    readonly action: Exclude<VenueAction, MultiSigAction>;
  };
}

/** A priority fee (`p`) is accepted and not modelled: nothing competes within one input. */
export type Grouping = 'na' | 'normalTpsl' | 'positionTpsl' | { readonly p: number };

/** What is to be replaced, by order id or client order id, and by what. */
export interface Modification {
  readonly oid: number | string;
  readonly order: WireOrder;
}

/** A TWAP: size `s` over `m` minutes, `t` at random times. */
export interface WireTwap {
  readonly a: number;
  readonly b: boolean;
  readonly s: string;
  readonly r: boolean;
  readonly m: number;
  readonly t: boolean;
}

/** The mark price that starts a TWAP (above or below it) and the one that ends it. */
export interface WireTwapDetails {
  readonly t: { readonly p: string; readonly a: boolean } | null;
  readonly s: string | null;
}

export type VenueAction =
  | {
      readonly type: 'order';
      readonly orders: readonly WireOrder[];
      /** Who built the client, and their fee in tenths of a basis point. */
      readonly builder?: { readonly b: string; readonly f: number };
      readonly grouping: Grouping;
    }
  | {
      readonly type: 'cancel';
      readonly cancels: readonly { readonly a: number; readonly o: number }[];
      /** Fast: not for trigger orders. */
      readonly f?: true;
    }
  | {
      readonly type: 'cancelByCloid';
      readonly cancels: readonly { readonly asset: number; readonly cloid: string }[];
      readonly f?: true;
    }
  /** `a` (always place): the new order is placed even if there is nothing to cancel. */
  | ({ readonly type: 'modify'; readonly a?: true } & Modification)
  | {
      readonly type: 'batchModify';
      readonly modifies: readonly Modification[];
      readonly a?: true;
    }
  /** Without a time it takes back what was scheduled. */
  | { readonly type: 'scheduleCancel'; readonly time?: number }
  | { readonly type: 'twapOrder'; readonly twap: WireTwap; readonly details?: WireTwapDetails }
  | { readonly type: 'twapCancel'; readonly a: number; readonly t: number }
  | {
      readonly type: 'updateLeverage';
      readonly asset: number;
      readonly isCross: boolean;
      readonly leverage: number;
    }
  | AccountAction
  | MultiSigAction
  | { readonly type: 'noop' };
