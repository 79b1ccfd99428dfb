/**
 * Brings stops and targets of a backtest's positions in line with what is held, as a session does after
 * every fill: `planExits` until it wants nothing more.
 */
import {
  type DecidedExits,
  exitsAfterLook,
  planExits,
  type TargetStart,
} from '../../execution/exits.ts';
import type { PricedIntent } from '../../execution/order-terms.ts';
import type { Px } from '../../kernel/decimal.ts';
import { px } from '../../kernel/decimal.ts';
import type { OrderRequest } from '../../risk/order-request.ts';
import type { ExitCause } from './trade-book.ts';
import type { VenueDesk } from './venue-desk.ts';

/** It converges in a few looks; more means that the venue keeps refusing. */
const MOST_LOOKS = 5;

const MARKET = { type: 'MARKET' } as const;
const orderOf = ({ side, sizeBase }: Pick<TargetStart, 'side' | 'sizeBase'>) =>
  ({ side, sizeBase, reduceOnly: true }) as const;

export interface ExitHost {
  /** An order is sent now, for this cause. */
  sends(cause: ExitCause): void;
  refuse(why: string): void;
  /** Nothing of the asset is left to look at. */
  isContent(asset: string): void;
}

export class ExitKeeper {
  readonly #desk: VenueDesk;
  readonly #host: ExitHost;
  readonly #decided = new Map<string, DecidedExits>();
  /** Assets with a target that the venue refused. */
  readonly #lacking = new Set<string>();

  constructor(desk: VenueDesk, host: ExitHost) {
    this.#desk = desk;
    this.#host = host;
  }

  /** What the decision that opens a position leaves for its exits. */
  decide(asset: string, { exits, stopPx }: OrderRequest): void {
    const decided = exits ?? stopPx;
    if (decided !== undefined) this.#decided.set(asset, decided);
  }

  /** Whether the asset lacks a target that is to be tried again. */
  isLacking(asset: string): boolean {
    return this.#lacking.has(asset);
  }

  protect(asset: string, atMs: number): void {
    this.#lacking.delete(asset);
    const tried = new Set<Px>();
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      if (!this.#look(asset, atMs, tried)) continue;
      this.#host.isContent(asset);
      return;
    }
    if (typeof this.#decided.get(asset) === 'object') this.#lacking.add(asset);
  }

  /**
   * One look at the asset; whether it was the last one needed.
   * @param tried targets that were sent: each once, since the stop protects; the next bar tries again
   */
  #look(asset: string, atMs: number, tried: Set<Px>): boolean {
    const spec = this.#desk.assetOf(asset);
    const holding = this.#desk.holding(asset);
    const known = this.#decided.get(asset);
    const { stop, targets, cancel, terms } = planExits(
      spec,
      holding,
      known,
      this.#desk.exits(asset),
    );
    const decided = terms && exitsAfterLook(known, terms);
    if (decided !== undefined) this.#decided.set(asset, decided);
    if (cancel.length > 0) this.#desk.cancel(cancel.map(Number), asset, atMs);
    if (holding === undefined) {
      this.#decided.delete(asset);
      return true;
    }
    const fresh = targets.filter(({ targetPx }) => !tried.has(targetPx));
    if (stop === undefined && fresh.length === 0) {
      if (targets.length > 0) this.#lacking.add(asset);
      // What was cancelled may have made room for its successor.
      return terms === undefined || cancel.length === 0;
    }
    if (stop !== undefined) {
      const kind = stop.atOnce ? MARKET : ({ type: 'STOP_LOSS', triggerPx: stop.stopPx } as const);
      this.#send(asset, 'stop', { ...orderOf(stop), ...kind }, holding.markPx, atMs);
    }
    for (const target of fresh) {
      const { atOnce, targetPx } = target;
      tried.add(targetPx);
      const kind = atOnce ? MARKET : ({ type: 'TAKE_PROFIT', triggerPx: targetPx } as const);
      this.#send(asset, 'target', { ...orderOf(target), ...kind }, holding.markPx, atMs);
    }
    return false;
  }

  #send(asset: string, cause: ExitCause, intent: PricedIntent, markPx: Px, atMs: number): void {
    this.#host.sends(cause);
    const referencePx = px(this.#desk.prices(asset)?.midPx ?? markPx);
    const placed = this.#desk.place(asset, intent, referencePx, atMs);
    if (placed.kind === 'refused') this.#host.refuse(`venue: ${placed.words}`);
  }
}
