/**
 * The trading session's contract: bar by bar, one decision round, orders started, a protective stop
 * on the venue for every open position. Its id is `session:<account>:<name>`.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AccountAddress, Network } from '../../domain/kernel/ids.ts';

export const SESSION_WORKFLOW = 'tradingSession';

/** What happens to open positions when the session stops. */
export const STOP_POLICIES = ['close', 'keep'] as const;
export type StopPolicy = (typeof STOP_POLICIES)[number];

export interface SessionConfig {
  readonly strategy: string;
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
  readonly config: SessionConfig;
  readonly carried?: SessionCarried;
}

export type SessionStatus = 'running' | 'paused' | 'draining' | 'stopping' | 'stopped';

/** What a run hands to the next. */
export interface SessionCarried {
  readonly status: SessionStatus;
  readonly startedMs: number;
  readonly lastBarOpenTimeMs: number;
  readonly bars: number;
  readonly ordersStarted: number;
  /** Numbers the protective stops, so that each has its own identity. */
  readonly protections: number;
  readonly dayStart?: DayStart;
  readonly stopPolicy?: StopPolicy;
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

/** A fact: an order of this session ended or was filled in part. */
export const orderSettledSignal =
  defineSignal<[{ readonly intentId: string; readonly asset: string; readonly status: string }]>(
    'orderSettled',
  );

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
  /** The last decision round, one line per asset. */
  readonly lastDecisions: readonly { readonly asset: string; readonly summary: string }[];
  /** What went wrong last, for people; cleared by the next good bar. */
  readonly trouble?: string;
}

export const sessionStateQuery = defineQuery<SessionView>('state');
