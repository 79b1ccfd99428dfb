/**
 * The trading session's contract: bar by bar, one decision round, orders started, a protective stop
 * on the venue for every open position. Its id is `session:<account>:<name>`.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { DecidedExits } from '../../domain/execution/exits.ts';
import type { OrderLeg } from '../../domain/execution/intent.ts';
import type { SizeBase } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Network } from '../../domain/kernel/ids.ts';
import type { Side } from '../../domain/market/side.ts';

export const SESSION_WORKFLOW = 'tradingSession';

/** What happens to open positions when the session stops. */
export const STOP_POLICIES = ['close', 'keep'] as const;
export type StopPolicy = (typeof STOP_POLICIES)[number];

export interface SessionConfig {
  readonly strategy: string;
  /** The user's own file that holds the strategy; the hash is over its bytes. */
  readonly strategyFile?: { readonly path: string; readonly sha256: string };
  readonly assets: readonly string[];
  readonly interval: string;
  readonly genes: Readonly<Record<string, unknown>>;
  readonly sizing: Readonly<Record<string, unknown>>;
  readonly limits: Readonly<Record<string, unknown>>;
}

export interface SessionInput {
  readonly account: AccountAddress;
  readonly network: Network;
  readonly name: string;
  /** When it was started, by the clock of whoever started it: part of every order's identity. */
  readonly startedMs: number;
  readonly config: SessionConfig;
  readonly carried?: SessionCarried;
}

export type SessionStatus = 'running' | 'paused' | 'draining' | 'stopping' | 'stopped';

/** What a run hands to the next. */
export interface SessionCarried {
  readonly status: SessionStatus;
  /** Open time of the last bar that was decided, by asset. */
  readonly lastBars: Readonly<Record<string, number>>;
  readonly bars: number;
  readonly ordersStarted: number;
  /** Numbers the stops and targets, so that each has its own identity. */
  readonly protections: number;
  readonly orders: Readonly<Record<string, SessionOrder>>;
  /** Where each asset's stop and targets belong, from the decision that opened the position. */
  readonly stopPx: Readonly<Record<string, DecidedExits>>;
  readonly lastDecisions: Readonly<Record<string, string>>;
  readonly dayStart?: DayStart;
  readonly trouble?: string;
  /** What was heard and not taken in. */
  readonly heard?: readonly HeardSignal[];
}

export type HeardSignal =
  | { readonly kind: 'bars'; readonly bars: BarsClosed }
  | { readonly kind: 'settled'; readonly settled: OrderSettled };

/** An order of the session that has not ended. */
export interface SessionOrder {
  readonly intentId: string;
  readonly asset: string;
  readonly leg: OrderLeg;
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly status: string;
}

/** The equity that daily loss is measured from: the first decision of a UTC day of market time. */
export interface DayStart {
  readonly day: number;
  readonly equityUsd: string;
}

export interface BarsClosed {
  readonly barOpenTimeMs: number;
  readonly assets: readonly string[];
}

/** A fact: these assets' bars closed. */
export const barsClosedSignal = defineSignal<[BarsClosed]>('barsClosed');

/** The same as a request that answers when the bar's decisions are made and their orders started. */
export const decideUpdate = defineUpdate<SessionView, [BarsClosed]>('decide');

export interface OrderSettled extends SessionOrder {
  readonly filledBase: string;
}

/** A fact: an order of this session changed: accepted, filled in part, or ended. */
export const orderSettledSignal = defineSignal<[OrderSettled]>('orderSettled');

/** No new entries until resumed; exits and protective stops go on. */
export const pauseUpdate = defineUpdate<SessionView>('pause');
export const resumeUpdate = defineUpdate<SessionView>('resume');
/** No new entries; ends by itself once every position is closed by its strategy or stop. */
export const drainUpdate = defineUpdate<SessionView>('drain');
/** Ends now: cancels entries, then closes or keeps positions by the policy. Answers when stopped. */
export const stopUpdate = defineUpdate<SessionView, [{ readonly positions: StopPolicy }]>('stop');

export interface SessionView {
  readonly name: string;
  readonly account: AccountAddress;
  readonly status: SessionStatus;
  readonly config: SessionConfig;
  readonly startedMs: number;
  readonly lastBarOpenTimeMs: number;
  readonly bars: number;
  readonly ordersStarted: number;
  readonly protections: number;
  readonly openOrders: readonly string[];
  /** Nothing of it is on its way: all that is open are stops and targets that rest. */
  readonly settled: boolean;
  /** The last decision round, one line per asset. */
  readonly lastDecisions: readonly { readonly asset: string; readonly summary: string }[];
  /** What went wrong last, for people; cleared by the next good bar. */
  readonly trouble?: string;
}

export const sessionStateQuery = defineQuery<SessionView>('state');
