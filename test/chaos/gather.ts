/** Collects the facts of a finished run from venue, ledger and Temporal, each asked directly. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import { canonicalJson } from '../../domain/kernel/ids.ts';
import {
  clearinghouseStateSchema,
  frontendOpenOrdersSchema,
} from '../../gateways/hyperliquid/wire/info-account.ts';
import { userFillsSchema } from '../../gateways/hyperliquid/wire/info-account-history.ts';
import type {
  Execution,
  LedgerFacts,
  OrderWorkflowFact,
  ParentWorkflowFact,
  VenueFacts,
  WorkflowFact,
  WorkflowFacts,
} from './facts.ts';
import type { VenueLog } from './venue-log.ts';

/** What the venue keeps of fills and of changes of status, each (its own documented limit). */
const VENUE_KEEPS = 2_000;
const AT_ONCE = 8;

const historySchema = z.array(
  z.object({
    order: z.looseObject({
      oid: z.int(),
      coin: z.string(),
      side: z.enum(['A', 'B']),
      orderType: z.string(),
      reduceOnly: z.boolean(),
      origSz: z.string(),
      cloid: z.string().nullish(),
    }),
    status: z.string(),
    statusTimestamp: z.int(),
  }),
);

/** Asks the venue's `/info`. */
export async function askVenue<Schema extends z.ZodType>(
  url: string,
  question: Readonly<Record<string, unknown>>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const answer = await fetch(`${url}/info`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
  return schema.parse(await answer.json());
}

const sideOf = (side: 'A' | 'B'): 'buy' | 'sell' => (side === 'B' ? 'buy' : 'sell');

export async function gatherVenue(url: string, user: string, log: VenueLog): Promise<VenueFacts> {
  const [history, fills, open, state] = await Promise.all([
    askVenue(url, { type: 'historicalOrders', user }, historySchema),
    askVenue(url, { type: 'userFills', user }, userFillsSchema),
    askVenue(url, { type: 'frontendOpenOrders', user }, frontendOpenOrdersSchema),
    askVenue(url, { type: 'clearinghouseState', user }, clearinghouseStateSchema),
  ]);
  const { sent, isGapless } = log.read();
  return {
    sent,
    isComplete: isGapless && history.length < VENUE_KEEPS && fills.length < VENUE_KEEPS,
    changes: history.toReversed().map(({ order, status, statusTimestamp }) => ({
      oid: order.oid,
      cloid: order.cloid ?? undefined,
      coin: order.coin,
      status,
      atMs: statusTimestamp,
      side: sideOf(order.side),
      stopSize: order.reduceOnly && order.orderType.startsWith('Stop') ? order.origSz : '0',
    })),
    fills: fills.map((fill) => ({
      tid: fill.tid,
      oid: fill.oid,
      cloid: fill.cloid ?? undefined,
      coin: fill.coin,
      side: sideOf(fill.side),
      sizeBase: fill.sz,
      px: fill.px,
      timeMs: fill.time,
    })),
    positions: Object.fromEntries(
      state.assetPositions.map(({ position }) => [position.coin, position.szi]),
    ),
    openCloids: open.map((order) => order.cloid ?? undefined),
  };
}

type Row = Readonly<Record<string, unknown>>;

const text = (row: Row, key: string): string => String(row[key]);
const optional = (row: Row, key: string): string | undefined =>
  row[key] === null ? undefined : String(row[key]);

const executionOf = (row: Row): Execution => ({
  tid: Number(row.tid),
  oid: Number(row.oid),
  cloid: optional(row, 'cloid'),
  coin: text(row, 'asset'),
  side: row.side === 'buy' ? 'buy' : 'sell',
  sizeBase: text(row, 'size_base'),
  px: text(row, 'px'),
  timeMs: Number(row.time_ms),
});

/** What only keeps the place of an envelope that must never be is none. */
const ENVELOPES = "select * from envelopes where action ->> 'type' <> 'sealed'";

const FOREIGN = `
select distinct difference ->> 'subject' as subject
  from reconciliations, jsonb_array_elements(statement -> 'differences') as difference
 where difference ->> 'kind' = 'foreignOrder'`;

export async function gatherLedger(pool: Pool): Promise<LedgerFacts> {
  const rows = async (sql: string): Promise<readonly Row[]> => (await pool.query<Row>(sql)).rows;
  const decided = await rows('select distinct decided_ms from decisions order by decided_ms');
  return {
    envelopes: (await rows(ENVELOPES)).map((row) => ({
      cloid: text(row, 'cloid'),
      intentId: text(row, 'intent_id'),
      epoch: Number(row.epoch),
      nonce: Number(row.nonce),
      expiresAfterMs: Number(row.expires_after_ms),
      action: canonicalJson(row.action),
      sends: Number(row.sends),
    })),
    orders: (await rows('select * from orders')).map((row) => ({
      intentId: text(row, 'intent_id'),
      workflowId: text(row, 'workflow_id'),
      session: optional(row, 'session'),
      parent: optional(row, 'parent'),
      status: text(row, 'status'),
      filledBase: text(row, 'filled_base'),
      cloid: optional(row, 'cloid'),
    })),
    parents: (await rows('select intent_id, status from parents')).map((row) => ({
      intentId: text(row, 'intent_id'),
      status: text(row, 'status'),
    })),
    steps: (await rows('select * from order_steps order by at_ms, position')).map((row) => ({
      intentId: text(row, 'intent_id'),
      atMs: Number(row.at_ms),
      what: text(row, 'what'),
      detail: row.detail as Readonly<Record<string, unknown>>,
    })),
    fills: (await rows('select * from fills')).map(executionOf),
    decidedMs: decided.map((row) => Number(row.decided_ms)),
    foreignReported: (await rows(FOREIGN)).map((row) => text(row, 'subject')),
  };
}

/** Maps with a few at a time. */
async function mapFew<In, Out>(
  items: readonly In[],
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}

interface Run {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedMs: number;
  readonly closedMs: number | undefined;
  readonly status: string;
}

async function executions(client: Client, type: string): Promise<Map<string, Run[]>> {
  const found = new Map<string, Run[]>();
  for await (const info of client.workflow.list({ query: `WorkflowType = '${type}'` })) {
    const { workflowId, runId } = info;
    const run = {
      workflowId,
      runId,
      startedMs: info.startTime.getTime(),
      closedMs: info.closeTime?.getTime(),
      status: info.status.name,
    };
    found.set(workflowId, [...(found.get(workflowId) ?? []), run]);
  }
  for (const runs of found.values()) runs.sort((a, b) => a.startedMs - b.startedMs);
  return found;
}

/** Is given each run's history, and keeps what is evidence of something. */
export type KeepHistory = (run: RunRead, history: History) => void;
export interface RunRead extends Run {
  /** Of its failed tasks. */
  readonly codeFaults: readonly string[];
}
type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

interface HistoryFacts {
  readonly codeFaults: readonly string[];
  readonly firstPid: number | undefined;
}

/**
 * Causes by which the server fails a task without our code having thrown: a signal came as the
 * workflow ended; a timer fired in the task in which an update made it moot (SDK 1.24 cancels it all
 * the same, and the next attempt passes); it lost the update that the task answers, e.g. because it was restarted;
 * an operator terminated or reset it.
 * Source: temporal.api.enums.v1.WorkflowTaskFailedCause.
 */
const NOT_OURS: readonly unknown[] = [1, 5, 17, 20, 30];

/** A worker that dies or a server that restarts lets tasks time out; code that throws fails them. */
async function historyOf(client: Client, keep: KeepHistory, run: Run): Promise<HistoryFacts> {
  const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  const events = history.events ?? [];
  const failed = events.flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
  const codeFaults = failed
    .filter(({ cause }) => !NOT_OURS.includes(cause))
    .map(({ failure, cause }) => failure?.message ?? `cause ${cause}`);
  keep({ ...run, codeFaults }, history);
  const first = events.find((event) => event.workflowTaskCompletedEventAttributes);
  const identity = first?.workflowTaskCompletedEventAttributes?.identity ?? '';
  const [, pid] = /^(\d+)@/.exec(identity) ?? [];
  return { codeFaults, firstPid: pid === undefined ? undefined : Number(pid) };
}

async function factOf(
  client: Client,
  keep: KeepHistory,
  runs: readonly Run[],
): Promise<WorkflowFact & { readonly firstPid: number | undefined }> {
  const histories = await Promise.all(runs.map((run) => historyOf(client, keep, run)));
  const closed = runs.map(({ closedMs }) => closedMs);
  const isOpen = closed.some((closedMs) => closedMs === undefined);
  return {
    workflowId: runs[0]?.workflowId ?? '',
    startedMs: runs[0]?.startedMs ?? 0,
    runs: runs.map(({ status }) => status),
    closedMs: isOpen ? undefined : Math.max(...closed.map((closedMs) => closedMs ?? 0)),
    codeFaults: histories.flatMap(({ codeFaults }) => codeFaults),
    firstPid: histories[0]?.firstPid,
  };
}

const intentOf = (workflowId: string): string => workflowId.split(':').slice(2).join(':');

/** Of each run that completed, oldest first. */
async function resultsOf<View>(client: Client, runs: readonly Run[]): Promise<View[]> {
  const completed = runs.filter(({ status }) => status === 'COMPLETED');
  return Promise.all(
    completed.map(
      ({ workflowId, runId }) =>
        client.workflow
          .getHandle(workflowId, runId, { followRuns: false })
          .result() as Promise<View>,
    ),
  );
}

async function orderFactOf(
  client: Client,
  keep: KeepHistory,
  runs: readonly Run[],
): Promise<OrderWorkflowFact> {
  const fact = await factOf(client, keep, runs);
  const ends = await resultsOf<OrderView>(client, runs);
  const result = fact.runs.at(-1) === 'COMPLETED' ? ends.at(-1) : undefined;
  return { ...fact, intentId: intentOf(fact.workflowId), result, ends };
}

async function parentFactOf(
  client: Client,
  keep: KeepHistory,
  runs: readonly Run[],
): Promise<ParentWorkflowFact> {
  const { firstPid: _pid, ...fact } = await factOf(client, keep, runs);
  const result = (await resultsOf<ParentView>(client, runs)).at(-1);
  return { ...fact, intentId: intentOf(fact.workflowId), result };
}

/** The one workflow of a type that a run has. */
async function onlyOf(client: Client, keep: KeepHistory, type: string): Promise<WorkflowFact> {
  const [runs] = [...(await executions(client, type)).values()];
  if (runs === undefined) throw new Error(`no workflow of type ${type} was ever started`);
  return factOf(client, keep, runs);
}

export async function gatherWorkflows(client: Client, keep: KeepHistory): Promise<WorkflowFacts> {
  const orders = [...(await executions(client, 'order')).values()];
  const parents = [...(await executions(client, 'parent')).values()];
  return {
    orders: await mapFew(orders, (runs) => orderFactOf(client, keep, runs)),
    parents: await mapFew(parents, (runs) => parentFactOf(client, keep, runs)),
    session: await onlyOf(client, keep, 'tradingSession'),
    account: await onlyOf(client, keep, 'account'),
  };
}
