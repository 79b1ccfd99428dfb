/**
 * A small world for planners: it does what a planner asks, and lets legs rest, fill, fail and be
 * cancelled as a test draws it. Exits that only reduce never execute more than there is to close.
 */

import type { OrderStatus } from '../../../../domain/execution/order-view.ts';
import type { ParentSpec } from '../../../../domain/execution/parents/parent.ts';
import { planParent } from '../../../../domain/execution/parents/parent.ts';
import type {
  LegPlan,
  LegState,
  Moves,
  ParentEnd,
  Sight,
} from '../../../../domain/execution/parents/plan.ts';
import { hasEnded, isLive } from '../../../../domain/execution/parents/plan.ts';
import { decimal, plain, px, sizeBase, ZERO } from '../../../../domain/kernel/decimal.ts';
import type { AssetSpec } from '../../../../domain/market/asset.ts';

export const BTC: AssetSpec = {
  name: 'BTC',
  index: 0,
  szDecimals: 5,
  maxLeverage: 40,
  isDelisted: false,
};

/** What may happen to the world; `leg` picks one of those that live. */
export type Happening =
  | { readonly kind: 'rest' | 'reject' | 'expire' | 'confirmCancel'; readonly leg: number }
  | { readonly kind: 'fill'; readonly leg: number; readonly percent: number }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'market'; readonly px: number };

const MAX_ROUNDS = 20;

export class ToyWorld {
  readonly spec: ParentSpec;
  legs: LegState[] = [];
  nowMs = 1_000_000;
  readonly startedMs = 1_000_000;
  markPx = 100_000;
  positionBase = ZERO;
  cancelled: string | undefined;
  end: ParentEnd | undefined;
  readonly cancelAsked = new Set<string>();
  readonly started: LegPlan[] = [];

  constructor(spec: ParentSpec, positionBase = '0') {
    this.spec = spec;
    this.positionBase = decimal(positionBase);
  }

  get sight(): Sight {
    return {
      asset: BTC,
      nowMs: this.nowMs,
      startedMs: this.startedMs,
      legs: this.legs,
      market: {
        atMs: this.nowMs,
        bidPx: px(this.markPx - 1),
        askPx: px(this.markPx + 1),
        markPx: px(this.markPx),
      },
      positionBase: sizeBase(this.positionBase),
    };
  }

  /** Looks and does what is asked, until nothing more is. */
  settle(): void {
    for (let round = 0; this.end === undefined; round += 1) {
      if (round > MAX_ROUNDS) throw new Error('the planner does not come to rest');
      const moves = planParent(this.spec, this.sight, this.cancelled);
      if (!this.obey(moves)) return;
    }
  }

  /** Whether anything changed. */
  private obey(moves: Moves): boolean {
    for (const plan of moves.start) {
      if (this.started.some(({ name }) => name === plan.name)) {
        throw new Error(`${plan.name} was started twice`);
      }
      this.started.push(plan);
      this.legs = [
        ...this.legs,
        { plan, status: 'PENDING', filledBase: sizeBase(0), startedMs: this.nowMs },
      ];
    }
    const fresh = moves.cancel.filter((name) => !this.cancelAsked.has(name));
    for (const name of fresh) this.cancelAsked.add(name);
    if (moves.end !== undefined) {
      if (this.legs.some(isLive)) throw new Error('ended with a leg that lives');
      this.end = moves.end;
    }
    return moves.start.length > 0 || fresh.length > 0 || moves.end !== undefined;
  }

  private replace(leg: LegState, status: OrderStatus, filled = leg.filledBase): void {
    const ended = hasEnded({ ...leg, status });
    const next = { ...leg, status, filledBase: filled, ...(ended ? { endedMs: this.nowMs } : {}) };
    this.legs = this.legs.map((each) => (each === leg ? next : each));
  }

  private execute(leg: LegState, percent: number): void {
    const { plan } = leg;
    const left = decimal(plan.sizeBase).minus(decimal(leg.filledBase));
    const sign = plan.side === 'buy' ? 1 : -1;
    const closable = this.positionBase.times(-sign);
    const most = plan.reduceOnly ? (closable.lt(left) ? closable : left) : left;
    if (most.lte(0)) {
      this.replace(leg, 'CANCELLED');
      return;
    }
    const part = percent >= 100 ? most : most.times(percent).div(100).toDecimalPlaces(5);
    this.positionBase = this.positionBase.plus(part.times(sign));
    const filled = decimal(leg.filledBase).plus(part);
    const takes = plan.type !== 'LIMIT' || plan.timeInForce === 'IOC';
    const isWhole = filled.eq(decimal(plan.sizeBase));
    const status = isWhole ? 'FILLED' : takes ? 'CANCELLED' : 'PARTIALLY_FILLED';
    this.replace(leg, status, sizeBase(plain(filled)));
  }

  /** Lets one thing happen, then lets the planner react. */
  happen(happening: Happening): void {
    if (happening.kind === 'clock') this.nowMs += happening.ms;
    else if (happening.kind === 'market') this.markPx = happening.px;
    else {
      const live = this.legs.filter(isLive);
      const leg = live[happening.leg % Math.max(1, live.length)];
      if (leg !== undefined) this.happenTo(leg, happening);
    }
    this.settle();
  }

  private happenTo(leg: LegState, happening: Exclude<Happening, { kind: 'clock' | 'market' }>) {
    const fresh = leg.status === 'PENDING';
    switch (happening.kind) {
      case 'rest':
        if (fresh) this.replace(leg, 'SUBMITTED');
        return;
      case 'reject':
        if (fresh) this.replace(leg, 'REJECTED');
        return;
      case 'expire':
        if (fresh) this.replace(leg, 'EXPIRED');
        return;
      case 'confirmCancel':
        if (this.cancelAsked.has(leg.plan.name)) this.replace(leg, 'CANCELLED');
        return;
      case 'fill':
        this.execute(leg, happening.percent);
    }
  }

  /** Lets every cancel be confirmed and every market order fill, as a venue does in the end. */
  calmDown(): void {
    for (let round = 0; this.end === undefined && round < 500; round += 1) {
      const live = this.legs.filter(isLive);
      const asked = live.find(({ plan }) => this.cancelAsked.has(plan.name));
      const market = live.find(({ plan }) => plan.type === 'MARKET');
      const fresh = live.find(({ status }) => status === 'PENDING');
      if (asked) this.replace(asked, 'CANCELLED');
      else if (market) this.execute(market, 100);
      else if (fresh) this.replace(fresh, 'SUBMITTED');
      else this.nowMs += 5_000;
      this.settle();
    }
  }
}
