/**
 * Orders in memory for the parent workflow's activities: legs that rest, fill and end as the test
 * says, and tell their parent or keep silent. It refuses a second start of a name with another plan.
 */
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { Admission, ParentActivities } from '../../../activities/interfaces/parent.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { OrderStatus } from '../../../domain/execution/order-view.ts';
import { TERMINAL_STATUSES } from '../../../domain/execution/order-view.ts';
import type { LegNews } from '../../../domain/execution/parents/leg-news.ts';
import {
  legIntent,
  type ParentIntent,
  type ParentSpec,
} from '../../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../../domain/execution/parents/parent-view.ts';
import { isReached, type MarketSight, type Watch } from '../../../domain/execution/parents/plan.ts';
import { px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { intentId } from '../../../domain/kernel/ids.ts';
import { legChangedSignal } from '../../../workflows/parent/parent.messages.ts';
import { ACCOUNT } from './scripted-venue.ts';

const BTC = { name: 'BTC', index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false } as const;

export const parentIntent = (id: string, spec: ParentSpec): ParentIntent => ({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId(id),
  strategy: 'manual',
  asset: 'BTC',
  spec,
});

export class ScriptedLegs {
  readonly wanted: ParentIntent;
  readonly legs = new Map<string, LegNews>();
  readonly recorded: ParentView[] = [];
  readonly watches: Watch[] = [];
  /** How often a watch has looked at the market. */
  looks = 0;
  markPx = 100_000;
  positionBase = '0';
  admission: Admission = { kind: 'admitted', asset: BTC, legs: [] };
  /** While true every dealing fails as if the worker had died in it. */
  away = false;
  /** Legs that are asked to cancel do so at once. */
  obedient = true;
  /** Cancels and starts that reach nobody: what was asked is done, but nobody says so. */
  silent = false;
  /** Activities that fail after they took effect, as when their worker dies before it answers. */
  readonly diesAfter = new Set<keyof ParentActivities>();
  starts = 0;
  cancelsAsked: string[] = [];
  private version = 1;
  private readonly handle: () => WorkflowHandle;

  constructor(wanted: ParentIntent, handle: () => WorkflowHandle) {
    this.wanted = wanted;
    this.handle = handle;
  }

  private reach(): void {
    if (this.away) throw new Error('connect ECONNREFUSED');
  }

  private die(name: keyof ParentActivities): void {
    if (this.diesAfter.delete(name)) throw new Error('the worker died');
  }

  private get market(): MarketSight {
    const [bidPx, askPx] = [px(this.markPx - 1), px(this.markPx + 1)];
    return { atMs: 0, bidPx, askPx, markPx: px(this.markPx) };
  }

  /** The names of legs that have not ended. */
  get live(): readonly string[] {
    return [...this.legs]
      .filter(([, { status }]) => !TERMINAL_STATUSES.includes(status))
      .map(([name]) => name);
  }

  leg(name: string): LegNews {
    const leg = this.legs.get(name);
    if (leg === undefined) throw new Error(`leg ${name} was not started`);
    return leg;
  }

  /** What a leg became; told to nobody. */
  set(name: string, status: OrderStatus, filled?: string): LegNews {
    const before = this.leg(name);
    this.version += 1;
    const filledBase = filled === undefined ? before.filledBase : sizeBase(filled);
    const news: LegNews = { ...before, status, filledBase, version: this.version };
    this.legs.set(name, news);
    return news;
  }

  /** The leg changes and tells its parent. */
  async tell(name: string, status: OrderStatus, filled?: string): Promise<void> {
    await this.handle().signal(legChangedSignal, this.set(name, status, filled));
  }

  fill(name: string): Promise<void> {
    return this.tell(name, 'FILLED', this.leg(name).intent.sizeBase);
  }

  private start(intent: OrderIntent): void {
    const name = intent.intentId.slice(this.wanted.intentId.length + 1);
    const known = this.legs.get(name);
    if (known !== undefined && JSON.stringify(known.intent) !== JSON.stringify(intent)) {
      throw new Error(`${name} was started twice, with another plan`);
    }
    if (known !== undefined) return;
    this.starts += 1;
    const filledBase = sizeBase(0);
    this.legs.set(name, { intent, status: 'PENDING', filledBase, version: 1, startedMs: 0 });
  }

  private async cancel(id: string): Promise<void> {
    const name = id.slice(this.wanted.intentId.length + 1);
    this.cancelsAsked.push(name);
    if (!this.obedient || !this.live.includes(name)) return;
    if (this.silent) this.set(name, 'CANCELLED');
    else await this.tell(name, 'CANCELLED');
  }

  private async watch(watch: Watch): Promise<MarketSight> {
    this.watches.push(watch);
    const context = Context.current();
    while (!isReached(watch, this.market)) {
      this.looks += 1;
      context.heartbeat();
      await context.sleep(20);
    }
    return this.market;
  }

  activities(): ParentActivities {
    return {
      admitParent: async () => {
        this.reach();
        return this.admission;
      },
      startLegs: async ({ parent, legs }) => {
        this.reach();
        for (const plan of legs) this.start(legIntent(parent, plan));
        this.die('startLegs');
      },
      cancelLegs: async ({ intentIds }) => {
        this.reach();
        for (const id of intentIds) await this.cancel(id);
        this.die('cancelLegs');
      },
      readLegs: async ({ intentIds }) => {
        this.reach();
        const named = intentIds && new Set<string>(intentIds);
        return [...this.legs.values()].filter(
          ({ intent, status }) =>
            (named?.has(intent.intentId) ?? true) || !TERMINAL_STATUSES.includes(status),
        );
      },
      lookAround: async () => {
        this.reach();
        return { market: this.market, positionBase: sizeBase(this.positionBase) };
      },
      watchMarket: ({ watch }) => this.watch(watch),
      recordParent: async ({ view }) => {
        this.reach();
        this.recorded.push(view);
      },
    };
  }
}
