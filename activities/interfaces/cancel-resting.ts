/** What the account workflow may ask for many orders at once. Types over domain, nothing else. */
import type { AccountAddress } from '../../domain/kernel/ids.ts';

/** Which orders: all of the account's, or those of an asset, of a session, or of both. */
export interface RestingChoice {
  readonly asset?: string;
  readonly session?: string;
}

export interface CancelRestingRequest extends RestingChoice {
  readonly account: AccountAddress;
}

/** How many the venue took out of the market, and how many may still rest. */
export interface RestingCancelled {
  readonly cancelled: number;
  readonly left: number;
}

export interface CancelRestingActivities {
  /**
   * Takes our resting orders out of the market, as many in one action as weigh one. A parent's legs
   * are left to it. Safe to repeat. It is a short cut: each order still has to be asked for its end,
   * since one that is on its way, or is just being amended, rests nowhere now.
   */
  cancelResting(request: CancelRestingRequest): Promise<RestingCancelled>;
}
