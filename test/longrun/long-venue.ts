/**
 * A venue that lives as long as a test wants: the matching engine of the paper exchange over a seeded
 * market, asked and answering in texts of the wire. Its clock is the test server's.
 */
import { sizeBase } from '../../domain/kernel/decimal.ts';
import type { Rng } from '../../domain/kernel/rng.ts';
import { createRng } from '../../domain/kernel/rng.ts';
import type { Candle } from '../../domain/market/candles.ts';
import type { VenueAction } from '../../domain/matching/contract/venue-actions.ts';
import type { VenueEvent } from '../../domain/matching/contract/venue-events.ts';
import type { Level, MarketUpdate } from '../../domain/matching/contract/venue-inputs.ts';
import type { Venue } from '../../domain/matching/contract/venue-interface.ts';
import type {
  Fill,
  FundingPayment,
  OrderUpdate,
} from '../../domain/matching/contract/venue-records.ts';
import { createVenue } from '../../domain/matching/venue.ts';

export const HOUR_MS = 3_600_000;
export const ASSETS = [
  { name: 'BTC', index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false, marginTableId: 40 },
  { name: 'ETH', index: 1, szDecimals: 4, maxLeverage: 25, isDelisted: false, marginTableId: 25 },
  { name: 'SOL', index: 2, szDecimals: 2, maxLeverage: 20, isDelisted: false, marginTableId: 20 },
] as const;

const START_PX = [100_000, 4_000, 150] as const;
/** Decimals of prices that stay within five significant figures. */
const PX_DECIMALS = [0, 1, 2] as const;
const DEPOSIT_USD = '400000';
/** Prices within an hour, the last of which is the hour's close. */
const STEPS = 4;
const STEP_SIGMA = 0.003;
/** The market leans back to its start, so that a year neither ruins nor enriches the account. */
const PULL = 0.002;
const WARM_UP_BARS = 700;
const LEVEL_SIZE = '50';
const HOURLY_RATE = '0.0000125';

/** What subscribers are told, in the wire's words. */
export interface Frames {
  readonly orders: readonly OrderUpdate[];
  readonly fills: readonly Fill[];
}

export interface Question {
  readonly type: string;
  readonly oid?: string;
  readonly startTime?: number;
}

export interface Posted {
  readonly action: VenueAction;
  readonly nonce: number;
  readonly expiresAfter?: number;
}

/** What a decision reads of the market; the reader mints the snapshot. */
export interface MarketTexts {
  readonly bars: readonly Candle[];
  readonly midPx: string;
  readonly asOfMs: number;
}

/** Records at or after a moment; they are asked for from their end. */
function since<Row extends { readonly time: number }>(
  rows: readonly Row[],
  startMs: number,
): Row[] {
  let from = rows.length;
  while (from > 0 && (rows[from - 1]?.time ?? 0) >= startMs) from -= 1;
  return rows.slice(from);
}

export class LongVenue {
  readonly venue: Venue;
  readonly fills: Fill[] = [];
  readonly payments: FundingPayment[] = [];
  /** What the venue's clock shows; moved by whoever drives the test. */
  nowMs: number;
  onFrames: (frames: Frames) => void = () => undefined;
  accepted = 0;
  private readonly account: string;
  private readonly barHours: number;
  private readonly rng: Rng;
  private readonly mids: number[] = [...START_PX];
  private readonly bars: Candle[][] = ASSETS.map(() => []);

  /** @param barHours how long a bar is */
  constructor(account: string, seed: number, nowMs: number, barHours: number) {
    this.account = account;
    this.barHours = barHours;
    this.rng = createRng(seed);
    this.nowMs = nowMs;
    this.venue = createVenue({ universe: [...ASSETS], marginTables: {}, seed });
    this.venue.apply({ kind: 'deposit', atMs: nowMs, account, usd: DEPOSIT_USD });
    const { barMs } = this;
    const firstMs = Math.floor(nowMs / barMs) * barMs - WARM_UP_BARS * barMs;
    for (let bar = 0; bar < WARM_UP_BARS; bar += 1) this.formBar(firstMs + bar * barMs);
    this.move();
  }

  get barMs(): number {
    return this.barHours * HOUR_MS;
  }

  /** Forms one bar of each asset. @returns the prices on the way, by step and asset */
  private formBar(openTimeMs: number): readonly (readonly number[])[] {
    const opens = [...this.mids];
    const path = Array.from({ length: STEPS * this.barHours }, () => this.step());
    ASSETS.forEach((_asset, index) => {
      const seen = [opens[index] ?? 0, ...path.map((prices) => prices[index] ?? 0)];
      const [open, close] = [seen[0] ?? 0, seen.at(-1) ?? 0];
      const bars = this.bars[index] ?? [];
      const [high, low] = [Math.max(...seen), Math.min(...seen)];
      bars.push({ openTimeMs, open, high, low, close, volumeBase: 100 });
      if (bars.length > 2 * WARM_UP_BARS) bars.splice(0, WARM_UP_BARS);
    });
    return path;
  }

  private step(): readonly number[] {
    START_PX.forEach((startPx, index) => {
      const { rng } = this;
      const mid = this.mids[index] ?? startPx;
      // Twelve uniform numbers less six are as good as a normal one here.
      const normal = Array.from({ length: 12 }, () => rng.next()).reduce((a, b) => a + b, -6);
      const drift = PULL * Math.log(startPx / mid);
      const next = mid * Math.exp(drift + STEP_SIGMA * normal);
      this.mids[index] = Number(next.toFixed(PX_DECIMALS[index]));
    });
    return [...this.mids];
  }

  private market(coin: string, index: number, mid: number): MarketUpdate {
    const tick = 10 ** -(PX_DECIMALS[index] ?? 0);
    const side = (sign: number): Level[] =>
      [1, 2, 3].map((level) => ({
        px: (mid + sign * level * tick).toFixed(PX_DECIMALS[index]),
        sz: LEVEL_SIZE,
      }));
    const markPx = mid.toFixed(PX_DECIMALS[index]);
    return { coin, bids: side(-1), asks: side(1), markPx, oraclePx: markPx, trades: [] };
  }

  private move(prices: readonly number[] = this.mids, atMs = this.nowMs): void {
    const updates = ASSETS.map(({ name }, index) => this.market(name, index, prices[index] ?? 0));
    this.tell(this.venue.apply({ kind: 'market', atMs, marketTimeMs: atMs, updates }).events);
  }

  /**
   * A bar's prices meet what rests, hour by hour, and each hour's funding is paid. All of it is told now.
   * @returns the bar's open time
   */
  closeBar(): number {
    const { barMs, barHours, nowMs } = this;
    const openTimeMs = Math.floor(nowMs / barMs) * barMs - barMs;
    const path = this.formBar(openTimeMs);
    for (let hour = 1; hour <= barHours; hour += 1) {
      const atMs = hour === barHours ? nowMs : openTimeMs + hour * HOUR_MS;
      const prices = path.slice((hour - 1) * STEPS, hour * STEPS);
      for (const each of prices) this.move(each, atMs);
      this.payFunding(prices.at(-1) ?? [], atMs);
    }
    return openTimeMs;
  }

  private payFunding(prices: readonly number[], atMs: number): void {
    const rates = ASSETS.map(({ name: coin }, index) => ({
      coin,
      rate: HOURLY_RATE,
      oraclePx: (prices[index] ?? 0).toFixed(PX_DECIMALS[index]),
    }));
    this.tell(this.venue.apply({ kind: 'funding', atMs, rates }).events);
  }

  private tell(events: readonly VenueEvent[]): void {
    const orders: OrderUpdate[] = [];
    const fills: Fill[] = [];
    for (const event of events) {
      if (event.kind === 'order') orders.push(event.update);
      if (event.kind === 'fill') fills.push(event.fill);
      if (event.kind === 'funding') this.payments.push(event.payment);
    }
    this.fills.push(...fills);
    if (orders.length + fills.length > 0) this.onFrames({ orders, fills });
  }

  exchange({ action, nonce, expiresAfter }: Posted): unknown {
    const { response, events } = this.venue.apply({
      kind: 'action',
      atMs: this.nowMs,
      signer: this.account,
      nonce,
      ...(expiresAfter === undefined ? {} : { expiresAfter }),
      action,
    });
    if (action.type === 'order' && response?.status === 'ok') this.accepted += 1;
    this.tell(events);
    return response;
  }

  /** Closed bars after one, and the price now. */
  marketOf(asset: string, afterOpenMs = 0): MarketTexts {
    const index = ASSETS.findIndex(({ name }) => name === asset);
    const bars = this.bars[index] ?? [];
    let from = bars.length;
    while (from > 0 && (bars[from - 1]?.openTimeMs ?? 0) > afterOpenMs) from -= 1;
    const midPx = (this.mids[index] ?? 0).toFixed(PX_DECIMALS[index]);
    return { bars: bars.slice(from), midPx, asOfMs: this.nowMs };
  }

  info({ type, oid, startTime = 0 }: Question): unknown {
    const { venue, account } = this;
    switch (type) {
      case 'meta':
        return { universe: ASSETS };
      case 'orderStatus': {
        const order = venue.orderByCloid(account, oid ?? '');
        return order === undefined ? { status: 'unknownOid' } : { status: 'order', order };
      }
      case 'frontendOpenOrders':
        return venue.openOrders(account);
      case 'userFillsByTime':
        return since(this.fills, startTime).slice(0, 2_000);
      case 'userFunding':
        return since(this.payments, startTime).slice(0, 500);
      case 'clearinghouseState':
        return { ...venue.accountSummary(account), time: this.nowMs };
      default:
        throw new Error(`the venue was asked for ${type}`);
    }
  }

  /** Signed position by asset, as the venue holds it. */
  positions(): ReadonlyMap<string, string> {
    const { assetPositions } = this.venue.accountSummary(this.account);
    return new Map(assetPositions.map(({ position }) => [position.coin, sizeBase(position.szi)]));
  }
}
