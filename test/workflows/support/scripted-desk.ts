/**
 * A trading desk in memory for the session workflow's activities: positions, stops and decisions that
 * the test sets, and a record of what the session asked for.
 */
import { Context } from '@temporalio/activity';
import type {
  DecideRequest,
  DecideResult,
  ProtectRequest,
  ProtectResult,
  SessionActivities,
  StartedOrder,
} from '../../../activities/interfaces/session.ts';
import { px, sizeBase } from '../../../domain/kernel/decimal.ts';

export const order = (intentId: string, fields: Partial<StartedOrder> = {}): StartedOrder => ({
  intentId,
  asset: 'BTC',
  leg: 'entry',
  side: 'buy',
  sizeBase: sizeBase('0.01'),
  ...fields,
});

/** An order that protects a long position. */
export const stopOrder = (intentId: string, fields: Partial<StartedOrder> = {}): StartedOrder =>
  order(intentId, { leg: 'protect', side: 'sell', ...fields });

/** How often a look by itself is tried at once. */
const PROTECT_ATTEMPTS = 2;

export class ScriptedDesk {
  readonly decided: DecideRequest[] = [];
  readonly protectedWith: ProtectRequest[] = [];
  /** Protective stops, in the order in which they were started. */
  readonly stops: string[] = [];
  readonly cancelled: string[] = [];
  readonly deferredStarted: string[] = [];
  readonly statuses: string[] = [];
  /** Orders of the session that the ledger knows of, and the session perhaps not. */
  ledgerOrders: StartedOrder[] = [];
  closes = 0;
  /** Assets with an open position. */
  open: string[] = [];
  /** What looks see of positions with targets. */
  seen: NonNullable<ProtectResult['exits']> | undefined;
  /** Protective stops are started for open positions that have none. */
  decision: Partial<DecideResult> = {};
  failNextDecision = false;
  /** The look that goes with a bar fails. */
  failNextLook = false;
  /** The next look by itself fails, however often it is tried. */
  failNextProtect = false;
  /** Waited for before the next bar is decided. */
  beforeDecision: (() => Promise<void>) | undefined;
  watching = 0;
  private failures = 0;

  private protect(request: ProtectRequest): ProtectResult {
    this.protectedWith.push(request);
    const open = request.assets.filter((asset) => this.open.includes(asset));
    const bare = open.filter((asset) => !request.orders.some((held) => held.asset === asset));
    const started = bare.map((asset, index) =>
      stopOrder(`protect/${request.nextNumber + index}`, { asset }),
    );
    this.stops.push(...started.map(({ intentId }) => intentId));
    return { started, open, ...(this.seen === undefined ? {} : { exits: this.seen }) };
  }

  activities(): SessionActivities {
    return {
      watchBars: async () => {
        this.watching += 1;
        const context = Context.current();
        const beat = setInterval(() => context.heartbeat(), 200);
        try {
          await context.cancelled;
        } finally {
          clearInterval(beat);
        }
      },
      decideBars: async (request) => {
        this.decided.push(request);
        const before = this.beforeDecision;
        this.beforeDecision = undefined;
        await before?.();
        if (this.failNextDecision) {
          this.failNextDecision = this.decided.length % 2 === 1;
          throw new Error('the venue is away');
        }
        const { decision } = this;
        this.decision = {};
        const { session, rules, look } = request;
        const looks = look !== undefined && !this.failNextLook;
        this.failNextLook = false;
        const looked = looks && this.protect({ session, strategy: rules.strategy, ...look });
        return {
          dayStart: request.dayStart ?? { day: 20_000, equityUsd: '10000' },
          started: [],
          deferred: [],
          stopPx: {},
          summaries: { BTC: 'nothing: flat' },
          ...(looked ? { looked } : {}),
          ...decision,
        };
      },
      startDeferred: async ({ deferred }) => {
        this.deferredStarted.push(`${deferred.decisionId}#${deferred.step}`);
        return order(`${deferred.decisionId}/open`, { side: 'sell' });
      },
      protectPositions: async (request) => {
        if (this.failNextProtect) {
          this.failures += 1;
          this.failNextProtect = this.failures % PROTECT_ATTEMPTS !== 0;
          throw new Error('the venue is away');
        }
        return this.protect(request);
      },
      closePositions: async ({ attempt }) => {
        this.closes += 1;
        const started = this.open.map((asset) =>
          order(`stop/${attempt}/${asset}`, { asset, leg: 'exit', side: 'sell' }),
        );
        return started;
      },
      openOrders: async () => this.ledgerOrders,
      cancelOrders: async ({ intentIds }) => {
        this.cancelled.push(...intentIds);
      },
      recordSession: async ({ status }) => {
        this.statuses.push(status);
      },
    };
  }
}

export const STOP_PX = px('90000');
