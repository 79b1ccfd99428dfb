/**
 * The venue behind the fake transport: the matching engine of the paper exchange, asked and
 * answering in texts of the wire. The one file that knows `domain/matching`. Keeps its own log of
 * what it accepted, for the judge.
 */
import type { Rng } from '../../../domain/kernel/rng.ts';
import type { VenueAction } from '../../../domain/matching/contract/venue-actions.ts';
import type { VenueEvent } from '../../../domain/matching/contract/venue-events.ts';
import type {
  Level,
  MarketUpdate,
  OutsideTrade,
} from '../../../domain/matching/contract/venue-inputs.ts';
import type { Venue } from '../../../domain/matching/contract/venue-interface.ts';
import type { Fill, OrderUpdate } from '../../../domain/matching/contract/venue-records.ts';
import type { MarketView } from '../../../domain/matching/contract/venue-views.ts';
import { createVenue } from '../../../domain/matching/venue.ts';
import type { ExposureCeilings } from '../../../domain/risk/reservation.ts';
import { sealOf } from '../shims/seal.ts';
import { exposuresOf } from './exposures.ts';

export const ASSETS = [
  { name: 'BTC', index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false, marginTableId: 40 },
  { name: 'ETH', index: 1, szDecimals: 4, maxLeverage: 25, isDelisted: false, marginTableId: 25 },
] as const;

const COINS = ASSETS.map(({ name }) => name);
const START_PX = [100_000, 4_000] as const;
const STEP_PX = [20, 1] as const;
const LEVEL_SIZE = [0.4, 8] as const;
/** About 20 USD: too small to matter to any limit. */
const HAND_SIZE = ['0.0002', '0.005'] as const;
/** Another signer's nonces are not ours; with one signer they are kept apart by the time. */
const HAND_NONCE_MS = 30_000_000;
/** The venue's own limit to an answer. */
const MOST_ROWS = 2_000;
const DEPOSIT_USD = '100000000';

/** An order that the venue took on, by whom it was sent. */
export interface Acceptance {
  readonly origin: string;
  readonly cloid: string;
  readonly oid: number;
  readonly atMs: number;
  readonly nonce: number;
}

/** An execution as it is when its text has been read: nobody can change it. */
export type WireRow = Readonly<{ time: number }>;

/**
 * What an answer carries: its text, or rows that were text once. The executions of an account are
 * asked for so often that to write and to read the same ones again would be half of all texts.
 */
export type Body = string | readonly WireRow[];

export interface Frame {
  readonly channel: 'orderUpdates' | 'userFills' | 'bbo';
  readonly data: unknown;
}

/** Prices move between the moment that an order is judged at and the one that it is taken on at. */
const MOVE_TOLERANCE = 1.02;

type Ordered = Extract<VenueAction, { type: 'order' }>['orders'][number];

interface Posted {
  readonly action: VenueAction;
  readonly nonce: number;
  readonly expiresAfter?: number;
  readonly signature: { readonly r: string; readonly s: string };
}

interface Question {
  readonly type: string;
  readonly oid?: string;
  readonly startTime?: number;
  readonly coin?: string;
}

export class VenueDesk {
  readonly venue: Venue;
  readonly acceptances: Acceptance[] = [];
  readonly fills: Fill[] = [];
  /** The same by order. */
  readonly fillsOf = new Map<number, Fill[]>();
  /** Cancels that came before their order. */
  overtakings = 0;
  /** Orders that were taken on while an earlier one of the same intent was live. */
  readonly overlaps: string[] = [];
  /** Orders that were taken on beyond the account's limits. */
  readonly excesses: string[] = [];
  isPostOnly = false;
  handTrades = 0;
  private readonly missed = new Set<string>();
  private readonly account: string;
  private readonly ceilings: ExposureCeilings;
  private readonly rng: Rng;
  private readonly mids: number[] = [...START_PX];
  private frames: Frame[] = [];
  private readonly markets = new Map<string, MarketView>();
  private readonly rows: WireRow[] = [];

  constructor(account: string, seed: number, rng: Rng, atMs: number, ceilings: ExposureCeilings) {
    this.account = account;
    this.ceilings = ceilings;
    this.rng = rng;
    this.venue = createVenue({ universe: [...ASSETS], marginTables: {}, seed });
    this.venue.apply({ kind: 'deposit', atMs, account, usd: DEPOSIT_USD });
    this.move(atMs);
  }

  /** What there is to tell subscribers since the last time. */
  takeFrames(): readonly Frame[] {
    const { frames } = this;
    this.frames = [];
    return frames;
  }

  /** The outside market moves a little, and sometimes trades with what rests. */
  move(atMs: number): void {
    const updates = ASSETS.map(({ name }, index) => this.update(name, index));
    this.hear(this.venue.apply({ kind: 'market', atMs, marketTimeMs: atMs, updates }).events);
    for (const { name } of ASSETS) this.frames.push({ channel: 'bbo', data: this.quote(name) });
  }

  private update(coin: string, index: number): MarketUpdate {
    const { rng } = this;
    const stepPx = STEP_PX[index] ?? 1;
    const mid = (this.mids[index] ?? 0) + (rng.int(9) - 4) * stepPx;
    this.mids[index] = mid;
    const size = (): string => ((LEVEL_SIZE[index] ?? 1) * (0.1 + rng.next())).toFixed(4);
    const side = (sign: number): Level[] =>
      [1, 2, 3].map((level) => ({ px: String(mid + sign * level * stepPx), sz: size() }));
    const trades: OutsideTrade[] = [];
    if (rng.next() < 0.5) {
      const isSell = rng.next() < 0.5;
      const px = String(mid + (isSell ? -1 : 1) * (1 + rng.int(3)) * stepPx);
      trades.push({ px, sz: size(), side: isSell ? 'A' : 'B' });
    }
    const markPx = String(mid);
    return { coin, bids: side(-1), asks: side(1), markPx, oraclePx: markPx, trades };
  }

  midOf(index: number): number {
    return this.mids[index] ?? 0;
  }

  /** The market as it stands until the next thing happens. */
  private marketOf(coin: string): MarketView | undefined {
    const known = this.markets.get(coin);
    if (known !== undefined) return known;
    const market = this.venue.market(coin);
    if (market !== undefined) this.markets.set(coin, market);
    return market;
  }

  quote(coin: string): unknown {
    const market = this.marketOf(coin);
    const best = [market?.bids[0] ?? null, market?.asks[0] ?? null];
    return { coin, time: market?.atMs ?? 0, bbo: best };
  }

  context(coin: string) {
    const market = this.marketOf(coin);
    const [markPx, oraclePx, midPx] = [market?.markPx, market?.oraclePx, market?.midPx ?? null];
    return {
      coin,
      ctx: {
        funding: '0.0',
        openInterest: market?.openInterest ?? '0.0',
        prevDayPx: markPx,
        dayNtlVlm: '0.0',
        premium: null,
        oraclePx,
        markPx,
        midPx,
        impactPxs: null,
      },
    };
  }

  /** The body that answers a request, as of now; reads as of `lagMs` ago. */
  post(path: string, text: string, origin: string, atMs: number, lagMs = 0): Body {
    const body = JSON.parse(text) as Posted & Question;
    if (path === 'exchange') return JSON.stringify(this.act(body, origin, atMs));
    if (body.type === 'userFillsByTime') return this.rowsSince(body.startTime, atMs - lagMs);
    return JSON.stringify(this.read(body, atMs, lagMs));
  }

  /** Executions from a time on, as far as the read side knows them. */
  private rowsSince(startTime = 0, asOfMs: number): readonly WireRow[] {
    return this.rows.filter(({ time }) => time >= startTime && time <= asOfMs).slice(0, MOST_ROWS);
  }

  /**
   * The owner trades on the venue's own page: two small orders of one moment that fill at once. No
   * workflow knows of them, so only the account's stream and its gap fill can bring them to the ledger.
   */
  tradeByHand(rng: Rng, atMs: number): void {
    const asset = rng.int(ASSETS.length);
    const isBuy = rng.next() < 0.5;
    const stepPx = (STEP_PX[asset] ?? 1) * (isBuy ? 3 : -3);
    const order = {
      a: asset,
      b: isBuy,
      p: String((this.mids[asset] ?? 0) + stepPx),
      s: HAND_SIZE[asset] ?? '0.01',
      r: false,
      t: { limit: { tif: 'Ioc' } },
    } as const;
    this.handTrades += 1;
    const action = { type: 'order', orders: [order, order], grouping: 'na' } as const;
    this.perform(action, Math.floor(atMs) + HAND_NONCE_MS + this.handTrades, undefined, atMs);
  }

  /** Uses up a nonce before its owner does. */
  collide(text: string, atMs: number): void {
    const { nonce } = JSON.parse(text) as Posted;
    this.perform({ type: 'noop' }, nonce, undefined, atMs);
  }

  private act({ action, nonce, expiresAfter, signature }: Posted, origin: string, atMs: number) {
    if (signature.r !== sealOf(action, nonce, expiresAfter)) {
      return { status: 'err', response: `User or API Wallet ${signature.r} does not exist.` };
    }
    if (this.isPostOnly && action.type === 'order' && JSON.stringify(action).indexOf('"Alo"') < 0) {
      // Assumed of the venue, as in `domain/matching`: a refusal uses the nonce up.
      this.perform({ type: 'noop' }, nonce, expiresAfter, atMs);
      const response = 'Only post-only orders allowed immediately after network upgrade';
      return { status: 'err', response };
    }
    this.watchOvertaking(action);
    const response = this.perform(action, nonce, expiresAfter, atMs);
    if (action.type !== 'order' || response?.status !== 'ok') return response;
    if (response.response.type !== 'order') return response;
    response.response.data.statuses.forEach((status, index) => {
      if (typeof status === 'string' || 'error' in status) return;
      const { oid } = 'resting' in status ? status.resting : status.filled;
      const cloid = action.orders[index]?.c ?? '';
      this.watchOverlap(origin, oid);
      this.watchLimits(origin, action.orders[index]);
      this.acceptances.push({ origin, cloid, oid, atMs, nonce });
    });
    return response;
  }

  private watchOverlap(origin: string, oid: number): void {
    for (const earlier of this.acceptances) {
      if (earlier.origin !== origin) continue;
      const status = this.venue.orderByOid(this.account, earlier.oid)?.status;
      if (status === 'open') this.overlaps.push(`I1 ${origin}: ${oid} beside ${earlier.oid}`);
    }
  }

  /** I6: what is held and what rests, of the side that an order adds to and of all assets together. */
  private watchLimits(origin: string, order: Ordered | undefined): void {
    if (order === undefined || order.r) return;
    const exposures = exposuresOf(this.venue, this.account, COINS, this.mids);
    const own = exposures[order.a];
    const sideUsd = order.b ? own?.longUsd : own?.shortUsd;
    const grossUsd = exposures.reduce(
      (sum, each) => sum + Math.max(each.longUsd, each.shortUsd),
      0,
    );
    const { assetUsd, grossUsd: mostUsd } = this.ceilings;
    const found = [
      ['its side', sideUsd ?? 0, Number(assetUsd)],
      ['all assets', grossUsd, Number(mostUsd)],
    ] as const;
    for (const [what, usd, limitUsd] of found) {
      const text = `I6 ${origin}: ${what} came to ${usd.toFixed()} USD of ${limitUsd}`;
      if (usd > limitUsd * MOVE_TOLERANCE) this.excesses.push(text);
    }
  }

  private watchOvertaking(action: VenueAction): void {
    if (action.type === 'cancelByCloid') {
      for (const { cloid } of action.cancels) {
        if (this.venue.orderByCloid(this.account, cloid) === undefined) this.missed.add(cloid);
      }
    }
    if (action.type !== 'order') return;
    for (const { c } of action.orders) if (c && this.missed.has(c)) this.overtakings += 1;
  }

  private perform(
    action: VenueAction,
    nonce: number,
    expiresAfter: number | undefined,
    atMs: number,
  ) {
    const { response, events } = this.venue.apply({
      kind: 'action',
      atMs,
      signer: this.account,
      nonce,
      ...(expiresAfter === undefined ? {} : { expiresAfter }),
      action,
    });
    this.hear(events);
    return response;
  }

  private hear(events: readonly VenueEvent[]): void {
    const orders: OrderUpdate[] = [];
    const fills: Fill[] = [];
    for (const event of events) {
      if (event.kind === 'order') orders.push(event.update);
      if (event.kind === 'fill') fills.push(event.fill);
    }
    this.markets.clear();
    this.fills.push(...fills);
    for (const fill of fills) {
      this.rows.push(Object.freeze(JSON.parse(JSON.stringify(fill)) as WireRow));
      const { oid } = fill;
      const ofOrder = this.fillsOf.get(oid) ?? [];
      ofOrder.push(fill);
      this.fillsOf.set(oid, ofOrder);
    }
    if (fills.length > 0) this.frames.push({ channel: 'userFills', data: this.fillsFrame(fills) });
    if (orders.length > 0) this.frames.push({ channel: 'orderUpdates', data: orders });
  }

  private fillsFrame(fills: readonly Fill[]) {
    return { user: this.account, fills };
  }

  snapshotOfFills(): unknown {
    return { user: this.account, isSnapshot: true, fills: this.fills.slice(-50) };
  }

  private book(coin: string): unknown {
    const market = this.marketOf(coin);
    const levels = [market?.bids ?? [], market?.asks ?? []];
    return { coin, time: market?.atMs ?? 0, levels };
  }

  private read({ type, oid, coin }: Question, atMs: number, lagMs: number): unknown {
    const { venue, account } = this;
    const asOfMs = atMs - lagMs;
    switch (type) {
      case 'orderStatus': {
        const order = venue.orderByCloid(account, oid ?? '');
        const isSeen = order !== undefined && order.order.timestamp <= asOfMs;
        return isSeen ? { status: 'order', order } : { status: 'unknownOid' };
      }
      case 'frontendOpenOrders':
        return venue.openOrders(account).filter(({ timestamp }) => timestamp <= asOfMs);
      case 'exchangeStatus':
        return { time: atMs, specialStatuses: null };
      case 'meta':
        return { universe: ASSETS };
      case 'allMids':
        return Object.fromEntries(ASSETS.map(({ name }) => [name, this.marketOf(name)?.midPx]));
      case 'l2Book':
        return this.book(coin ?? '');
      case 'metaAndAssetCtxs':
        return [{ universe: ASSETS }, ASSETS.map(({ name }) => this.context(name).ctx)];
      case 'clearinghouseState':
        return { ...venue.accountSummary(account), time: atMs };
      case 'userFunding':
        return [];
      default:
        throw new Error(`the desk was asked for ${type}`);
    }
  }
}
