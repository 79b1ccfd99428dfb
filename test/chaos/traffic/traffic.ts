/**
 * Orders typed by hand, many and of every kind, for as long as the run lasts: placed the way
 * `perpetua order place` does it, some under one key twice, some cancelled by signal or by update.
 * A client that gets no answer asks again under the same key.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Workflows } from '../../client/cli/world.ts';
import type { OrderIntent, OrderType, TimeInForce } from '../../domain/execution/intent.ts';
import type { Decimal, Px } from '../../domain/kernel/decimal.ts';
import { decimal, decimalFromFloat } from '../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { intentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { createRng, type Rng, seedOf } from '../../domain/kernel/rng.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import { roundPrice, roundSizeDown } from '../../domain/market/asset.ts';
import type { Side } from '../../domain/market/side.ts';
import { metaSchema } from '../../gateways/hyperliquid/wire/info-market.ts';
import { askVenue } from './gather.ts';

interface Kind {
  readonly type: OrderType;
  readonly timeInForce?: TimeInForce;
  /** Distance of the price from the mid, towards the order's own side, in basis points. */
  readonly awayBps?: readonly [number, number];
  readonly rests: boolean;
}

const KINDS: readonly Kind[] = [
  { type: 'MARKET', rests: false },
  { type: 'MARKET', rests: false },
  { type: 'LIMIT', timeInForce: 'GTC', awayBps: [0, 8], rests: true },
  { type: 'LIMIT', timeInForce: 'GTC', awayBps: [300, 600], rests: true },
  { type: 'LIMIT', timeInForce: 'IOC', awayBps: [-30, 10], rests: false },
  { type: 'LIMIT', timeInForce: 'ALO', awayBps: [-2, 10], rests: true },
  { type: 'STOP_LOSS', awayBps: [2, 60], rests: true },
  { type: 'TAKE_PROFIT', awayBps: [2, 60], rests: true },
];

const PAUSE_MS = [250, 900] as const;
const NOTIONAL_USD = [20, 400] as const;
const SUBMIT_TIMEOUT_MS = 8_000;
const TRY_AGAIN_MS = 400;
/** After this long a client gives up; the run then fails for it. */
const GIVE_UP_MS = 120_000;

const midsSchema = z.record(z.string(), z.string());

export interface TrafficOptions {
  readonly seed: number;
  readonly account: AccountAddress;
  readonly venueUrl: string;
  readonly assets: readonly string[];
  readonly workflows: Workflows;
}

export interface Traffic {
  /** Resolves when the next order is being started. */
  nextStart(): Promise<void>;
  /** The intent keys so far. */
  readonly asked: readonly string[];
  /** Ends the stream and waits until every client has got its answer. @throws the first refusal */
  stop(): Promise<void>;
}

const between = (rng: Rng, [low, high]: readonly [number, number]): number =>
  low + rng.next() * (high - low);

const pick = <Item>(rng: Rng, items: readonly Item[]): Item => {
  const item = items[rng.int(items.length)];
  if (item === undefined) throw new RangeError('nothing to draw from');
  return item;
};

function priceOf(asset: AssetSpec, mid: Decimal, side: Side, bps: number): Px {
  const sign = side === 'buy' ? -1 : 1;
  return roundPrice(asset, mid.times(decimalFromFloat(1 + (sign * bps) / 10_000)));
}

/** A stop sells below the market and takes profit above it; bought back, the other way round. */
function triggerOf(asset: AssetSpec, mid: Decimal, side: Side, kind: Kind, bps: number): Px {
  const towards: Side = side === 'sell' ? 'buy' : 'sell';
  return priceOf(asset, mid, kind.type === 'STOP_LOSS' ? towards : side, bps);
}

class Stream implements Traffic {
  readonly asked: string[] = [];
  readonly #options: TrafficOptions;
  readonly #rng: Rng;
  readonly #clients: Promise<void>[] = [];
  readonly #waiting = new Set<() => void>();
  #assets: readonly AssetSpec[] = [];
  #mids: Readonly<Record<string, string>> = {};
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#rng = createRng(seedOf('traffic', options.seed));
  }

  async start(): Promise<void> {
    const { venueUrl, assets } = this.#options;
    const { universe } = await askVenue(venueUrl, { type: 'meta' }, metaSchema);
    this.#assets = universe
      .map((asset, index) => ({ ...asset, index, isDelisted: false }))
      .filter(({ name }) => assets.includes(name));
    await this.#look();
    this.#loop = this.#run();
  }

  nextStart(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    await Promise.all(this.#clients);
  }

  async #look(): Promise<void> {
    this.#mids = await askVenue(this.#options.venueUrl, { type: 'allMids' }, midsSchema);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      await sleep(between(this.#rng, PAUSE_MS));
      // Without an answer the last prices must do: an order may as well be priced a bit off.
      await this.#look().catch(() => undefined);
      const kind = pick(this.#rng, KINDS);
      this.#clients.push(this.#client(this.#draw(kind), kind));
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    }
  }

  #draw(kind: Kind): OrderIntent {
    const rng = this.#rng;
    const asset = pick(rng, this.#assets);
    const mid = decimal(this.#mids[asset.name] ?? '1');
    const side = pick<Side>(rng, ['buy', 'sell']);
    const usd = decimalFromFloat(between(rng, NOTIONAL_USD));
    const bps = kind.awayBps === undefined ? 0 : between(rng, kind.awayBps);
    const isTrigger = kind.type === 'STOP_LOSS' || kind.type === 'TAKE_PROFIT';
    const size = roundSizeDown(asset, usd.div(mid));
    const key = intentId(`chaos-${this.#options.seed}-${this.asked.length}`);
    this.asked.push(key);
    return {
      network: 'paper',
      account: this.#options.account,
      intentId: key,
      strategy: 'manual',
      leg: 'main',
      asset: asset.name,
      side,
      type: kind.type,
      sizeBase: decimal(size).isZero() ? roundSizeDown(asset, decimal(1)) : size,
      reduceOnly: isTrigger,
      ...(kind.type === 'LIMIT' ? { limitPx: priceOf(asset, mid, side, bps) } : {}),
      ...(kind.timeInForce === undefined ? {} : { timeInForce: kind.timeInForce }),
      ...(isTrigger ? { triggerPx: triggerOf(asset, mid, side, kind, bps) } : {}),
    };
  }

  async #client(intent: OrderIntent, kind: Kind): Promise<void> {
    const { workflows } = this.#options;
    const isTwice = this.#rng.next() < 0.2;
    const cancelAfterMs =
      kind.rests && this.#rng.next() < 0.6 ? this.#rng.next() * 6_000 : undefined;
    const bySignal = this.#rng.next() < 0.5;
    const submit = () => workflows.submitOrder(intent, SUBMIT_TIMEOUT_MS);
    const submitted = Promise.all([insist(submit), ...(isTwice ? [insist(submit)] : [])]);
    if (cancelAfterMs === undefined) {
      await submitted;
      return;
    }
    // Now and then the cancel comes before the answer to the order.
    await Promise.race([submitted, sleep(cancelAfterMs)]);
    await sleep(cancelAfterMs / 2);
    const workflowId = orderWorkflowId(intent.account, intent.intentId);
    await insist<unknown>(() =>
      bySignal
        ? workflows.requestCancel(workflowId, 'drawn')
        : workflows.cancelOrder(workflowId, 'drawn', SUBMIT_TIMEOUT_MS),
    );
    await submitted;
  }
}

/** Asks until there is an answer. @throws what came last when there is none for long */
export async function insist<Value>(ask: () => Promise<Value>): Promise<Value> {
  const deadlineMs = Date.now() + GIVE_UP_MS;
  for (;;) {
    try {
      return await ask();
    } catch (fault) {
      if (Date.now() > deadlineMs) throw fault;
      await sleep(TRY_AGAIN_MS);
    }
  }
}

export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const stream = new Stream(options);
  await stream.start();
  return stream;
}
