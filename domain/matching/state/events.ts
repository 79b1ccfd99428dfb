/**
 * Events that are written down as rows and rendered when somebody looks: most are never looked at.
 * To a reader they are the plain data that `VenueEvent` says, also as JSON.
 */

import type { Fill, OrderUpdate, PublicTrade } from '../contract/venue-records.ts';
import { updateOf } from './order-rows.ts';
import type { OrderRow } from './state.ts';
import type { Terms } from './terms.ts';
import { type FillRow, fillOf, type TradeRow, tradeOf } from './trade-rows.ts';

export class OrderEvent {
  readonly kind = 'order';
  readonly account: string;
  readonly #row: OrderRow;
  #update: OrderUpdate | undefined;

  constructor(account: string, row: OrderRow) {
    this.account = account;
    this.#row = row;
  }

  get update(): OrderUpdate {
    this.#update ??= updateOf(this.#row);
    return this.#update;
  }

  toJSON(): object {
    return { kind: this.kind, account: this.account, update: this.update };
  }
}

export class FillEvent {
  readonly kind = 'fill';
  readonly account: string;
  readonly #terms: Terms;
  readonly #row: FillRow;
  #fill: Fill | undefined;

  constructor(account: string, terms: Terms, row: FillRow) {
    this.account = account;
    this.#terms = terms;
    this.#row = row;
  }

  get fill(): Fill {
    this.#fill ??= fillOf(this.#terms, this.#row);
    return this.#fill;
  }

  toJSON(): object {
    return { kind: this.kind, account: this.account, fill: this.fill };
  }
}

export class TradeEvent {
  readonly kind = 'trade';
  readonly #terms: Terms;
  readonly #row: TradeRow;
  #trade: PublicTrade | undefined;

  constructor(terms: Terms, row: TradeRow) {
    this.#terms = terms;
    this.#row = row;
  }

  get trade(): PublicTrade {
    this.#trade ??= tradeOf(this.#terms, this.#row);
    return this.#trade;
  }

  toJSON(): object {
    return { kind: this.kind, trade: this.trade };
  }
}
