/**
 * Orders typed by hand, many and of every kind: placed the way `perpetua order place` does it, some
 * under one key twice, some amended, some cancelled by signal or by update. A client that gets no
 * answer asks again under the same key.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { CancelAnswer, Workflows } from '../../../client/cli/world.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { isOpenParent } from '../../../domain/execution/parents/parent-view.ts';
import { decimal } from '../../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import { intentId, orderWorkflowId, parentWorkflowId } from '../../../domain/kernel/ids.ts';
import { createRng, type Rng, seedOf } from '../../../domain/kernel/rng.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { metaSchema } from '../../../gateways/hyperliquid/wire/info-market.ts';
import { askVenue } from '../gather.ts';
import { type DrawnOrder, drawOrder, type Market, type Script } from './draw-orders.ts';
import { type DrawnParent, drawParent } from './draw-parents.ts';
import { insist, insistWhileOpen } from './insist.ts';

const SUBMIT_TIMEOUT_MS = 8_000;
const OPEN: readonly string[] = ['SUBMITTED', 'PARTIALLY_FILLED'];
/** Every so manieth order is a parent. */
const PARENT_EVERY = 11;

const midsSchema = z.record(z.string(), z.string());

export interface TrafficOptions {
  readonly seed: number;
  readonly account: AccountAddress;
  readonly venueUrl: string;
  readonly assets: readonly string[];
  readonly workflows: Workflows;
  readonly orders: number;
  /** How long it takes to ask for all of them. */
  readonly lastingMs: number;
}

export interface Traffic {
  /** Resolves when the next order is being started, or when none comes any more. */
  nextStart(): Promise<void>;
  /** Intent keys that were asked for, parents' among them. */
  readonly asked: readonly string[];
  /** Workflow ids of orders that rest, as far as their clients know. */
  resting(): readonly string[];
  /** Workflow ids of orders that have ended. */
  ended(): readonly string[];
  /** Workflow ids of parents that work. */
  working(): readonly string[];
  intentOf(workflowId: string): OrderIntent | undefined;
  /** Resolves when every order was asked for. */
  allAsked(): Promise<void>;
  /** Waits until every client has got its answer. @throws the first refusal */
  answered(): Promise<void>;
}

type Known = 'asked' | 'resting' | 'ended';

class Stream implements Traffic {
  readonly asked: string[] = [];
  readonly #options: TrafficOptions;
  readonly #rng: Rng;
  readonly #clients: Promise<void>[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #orders = new Map<string, { readonly intent: OrderIntent; known: Known }>();
  readonly #parents = new Map<string, boolean>();
  #assets: readonly AssetSpec[] = [];
  #mids: Readonly<Record<string, string>> = {};
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
    const done = this.asked.length >= this.#options.orders;
    return done ? Promise.resolve() : new Promise((resolve) => this.#waiting.add(resolve));
  }

  resting = (): readonly string[] => this.#of('resting');
  ended = (): readonly string[] => this.#of('ended');
  working = (): readonly string[] =>
    [...this.#parents].filter(([, works]) => works).map(([workflowId]) => workflowId);

  intentOf(workflowId: string): OrderIntent | undefined {
    return this.#orders.get(workflowId)?.intent;
  }

  allAsked(): Promise<void> {
    return this.#loop;
  }

  async answered(): Promise<void> {
    await this.#loop;
    await Promise.all(this.#clients);
  }

  #of(wanted: Known): readonly string[] {
    return [...this.#orders]
      .filter(([, { known }]) => known === wanted)
      .map(([workflowId]) => workflowId);
  }

  async #look(): Promise<void> {
    this.#mids = await askVenue(this.#options.venueUrl, { type: 'allMids' }, midsSchema);
  }

  async #run(): Promise<void> {
    const { orders, lastingMs, account, seed } = this.#options;
    const market: Market = {
      assets: this.#assets,
      midOf: ({ name }) => decimal(this.#mids[name] ?? '1'),
    };
    const startedMs = Date.now();
    const dueMs = (index: number): number =>
      startedMs + ((index + this.#rng.next()) / orders) * lastingMs;
    for (let index = 0; index < orders; index += 1) {
      await sleep(Math.max(0, dueMs(index) - Date.now()));
      // Without an answer the last prices must do: an order may as well be priced a bit off.
      if (index % 4 === 0) void this.#look().catch(() => undefined);
      const key = intentId(`chaos-${seed}-${index}`);
      this.asked.push(key);
      const isParent = index % PARENT_EVERY === PARENT_EVERY - 1;
      const work = isParent
        ? this.#parent(drawParent(this.#rng, market, account, key, (index + 1) / PARENT_EVERY - 1))
        : this.#order(drawOrder(this.#rng, market, account, key));
      // Whoever waits for the answers is told; until then a refusal is nobody's.
      const named = work.catch((fault: Error) => {
        throw new Error(`${key}: ${fault.message}`, { cause: fault });
      });
      named.catch(() => undefined);
      this.#clients.push(named);
      this.#wake();
    }
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  async #order({ intent, script }: DrawnOrder): Promise<void> {
    const { workflows } = this.#options;
    const workflowId = orderWorkflowId(intent.account, intent.intentId);
    const entry: { readonly intent: OrderIntent; known: Known } = { intent, known: 'asked' };
    this.#orders.set(workflowId, entry);
    const see = (view: OrderView | undefined): void => {
      const isOpen = view !== undefined && OPEN.includes(view.status);
      if (entry.known !== 'ended') entry.known = isOpen ? 'resting' : 'ended';
    };
    const submit = () => workflows.submitOrder(intent, SUBMIT_TIMEOUT_MS);
    const submitted = this.#submit(submit, script).then(see);
    const amended = this.#amend(workflowId, script, submitted);
    const ask = () => workflows.cancelOrder(workflowId, 'drawn', SUBMIT_TIMEOUT_MS);
    await Promise.all([submitted, amended, this.#cancel(workflowId, script, submitted, ask)]);
    if (script.cancelAfterMs !== undefined) entry.known = 'ended';
  }

  async #parent({ intent, script }: DrawnParent): Promise<void> {
    const { workflows } = this.#options;
    const workflowId = parentWorkflowId(intent.account, intent.intentId);
    const submit = () => workflows.submitParent(intent, SUBMIT_TIMEOUT_MS);
    const submitted = this.#submit(submit, script).then((view) => {
      this.#parents.set(workflowId, view !== undefined && isOpenParent(view.status));
    });
    const ask = () => workflows.cancelParent(workflowId, 'drawn', SUBMIT_TIMEOUT_MS);
    await Promise.all([submitted, this.#cancel(workflowId, script, submitted, ask)]);
    if (script.cancelAfterMs !== undefined) this.#parents.set(workflowId, false);
  }

  async #submit<View>(submit: () => Promise<View>, { isTwice }: Script): Promise<View | undefined> {
    const again = isTwice ? [insistWhileOpen(submit)] : [];
    const [first] = await Promise.all([insistWhileOpen(submit), ...again]);
    return first;
  }

  async #amend(workflowId: string, script: Script, submitted: Promise<void>): Promise<void> {
    if (script.amendments.length === 0) return;
    await submitted;
    for (const { afterMs, change } of script.amendments) {
      await sleep(afterMs);
      await insist(() => this.#options.workflows.amendOrder(workflowId, change, SUBMIT_TIMEOUT_MS));
    }
  }

  async #cancel(
    workflowId: string,
    { cancelAfterMs, bySignal }: Script,
    submitted: Promise<void>,
    ask: () => Promise<CancelAnswer<unknown>>,
  ): Promise<void> {
    if (cancelAfterMs === undefined) return;
    // Now and then the cancel comes before the answer to the order.
    await Promise.race([submitted, sleep(cancelAfterMs)]);
    await sleep(cancelAfterMs / 2);
    await insistWhileOpen<unknown>(() =>
      bySignal ? this.#options.workflows.requestCancel(workflowId, 'drawn') : ask(),
    );
  }
}

export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const stream = new Stream(options);
  await stream.start();
  return stream;
}
