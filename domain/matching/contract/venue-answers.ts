/**
 * How the venue answers an action, in the shapes of the wire's `/exchange` endpoint.
 */

export type OrderStatusEntry =
  | { readonly resting: { readonly oid: number; readonly cloid?: string } }
  | {
      readonly filled: {
        readonly totalSz: string;
        readonly avgPx: string;
        readonly oid: number;
        readonly cloid?: string;
      };
    }
  | { readonly error: string }
  /** A child whose parent has not filled yet, and one that waits for its price. */
  | 'waitingForFill'
  | 'waitingForTrigger';

export type TwapStatusEntry =
  | { readonly running: { readonly twapId: number } }
  | { readonly error: string };

export type CancelStatusEntry = 'success' | { readonly error: string };

export type ExchangeResponse =
  | {
      readonly status: 'ok';
      readonly response:
        | {
            readonly type: 'order';
            readonly data: { readonly statuses: readonly OrderStatusEntry[] };
          }
        | {
            readonly type: 'cancel';
            readonly data: { readonly statuses: readonly CancelStatusEntry[] };
          }
        | {
            readonly type: 'createSubAccount';
            /** The new account's address. */
            readonly data: string;
          }
        | { readonly type: 'twapOrder'; readonly data: { readonly status: TwapStatusEntry } }
        | { readonly type: 'twapCancel'; readonly data: { readonly status: CancelStatusEntry } }
        | { readonly type: 'default' };
    }
  | { readonly status: 'err'; readonly response: string };
