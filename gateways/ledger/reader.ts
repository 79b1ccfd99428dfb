/**
 * The read side of the ledger, for the command line and the dashboard. It only selects: nothing that
 * a user looks at can change what is stored. Money is plain decimal text, times are epoch ms.
 */
import type { Pool } from 'pg';
import type { DecisionRecord, ParentRow, SessionRow } from '../../activities/ports/ledger.ts';
import type { FundingPayment, VenueFill, VenuePosition } from '../../activities/ports/venue.ts';
import type { OrderStatus, OrderView } from '../../domain/execution/order-view.ts';
import type { OrderEvidence } from '../../domain/execution/quality/order-quality.ts';
import { type Usd, usd } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, IntentId } from '../../domain/kernel/ids.ts';
import { type OrderStory, readOrderStory } from './order-story.ts';
import { findParent, listParents } from './parents.ts';
import {
  type MeasuredOrder,
  type QualityFilter,
  readQuality,
  readTwapEvidence,
} from './quality-reader.ts';
import {
  fillOf,
  fundingOf,
  integerOf,
  objectOf,
  optionalTextOf,
  positionOf,
  type Row,
  textOf,
} from './rows.ts';
import { decisionOf } from './sessions.ts';

export interface OrderFilter {
  readonly account?: AccountAddress;
  readonly session?: string;
  readonly asset?: string;
  /** Only legs of this parent order. */
  readonly parent?: IntentId;
  readonly status?: OrderStatus;
  /** Only orders that are not terminal. */
  readonly openOnly?: boolean;
  /** Only orders last changed before this moment, to page backwards. */
  readonly beforeMs?: number;
  /** 100 when absent. */
  readonly limit?: number;
}

export interface ParentFilter {
  readonly account: AccountAddress;
  readonly session?: string;
  readonly asset?: string;
  readonly openOnly?: boolean;
  /** 100 when absent. */
  readonly limit?: number;
}

export interface OrderRow {
  readonly intentId: IntentId;
  readonly account: AccountAddress;
  readonly workflowId: string;
  readonly session?: string;
  readonly view: OrderView;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface Page {
  /** Only what happened before this moment. */
  readonly beforeMs?: number;
  /** 100 when absent. */
  readonly limit?: number;
}

export interface EquityPoint {
  readonly atMs: number;
  readonly equityUsd: Usd;
  readonly notionalUsd: Usd;
  readonly marginUsedUsd: Usd;
  readonly withdrawableUsd: Usd;
}

export interface PositionsRow {
  readonly asOfMs: number;
  readonly position: VenuePosition;
}

export interface SessionListing extends SessionRow {
  readonly startedMs: number;
}

export interface Reconciliation {
  readonly atMs: number;
  readonly statement: Readonly<Record<string, unknown>>;
}

export interface AccountSummary {
  readonly ordersByStatus: Readonly<Record<string, number>>;
  readonly fills: number;
  readonly feeUsd: Usd;
  readonly closedPnlUsd: Usd;
  readonly fundingUsd: Usd;
  readonly equity?: EquityPoint;
}

export interface LedgerReader {
  /** Most recently changed first. */
  orders(filter?: OrderFilter): Promise<readonly OrderRow[]>;
  /** Everything about one order, by intent key, cloid, venue order id or workflow id. */
  order(reference: string, account?: AccountAddress): Promise<OrderStory | undefined>;
  /** Parent orders, most recently changed first. */
  parents(filter: ParentFilter): Promise<readonly ParentRow[]>;
  parent(account: AccountAddress, intentId: IntentId): Promise<ParentRow | undefined>;
  /** Newest first. */
  fills(account: AccountAddress, page?: Page): Promise<readonly VenueFill[]>;
  positions(account: AccountAddress): Promise<readonly PositionsRow[]>;
  /** Oldest first, at most `points` samples: the last one of each of `points` equal spans. */
  equityCurve(
    account: AccountAddress,
    points: number,
    sinceMs?: number,
  ): Promise<readonly EquityPoint[]>;
  /** The first sample at or after the moment. */
  equityAt(account: AccountAddress, atMs: number): Promise<EquityPoint | undefined>;
  sessions(account?: AccountAddress): Promise<readonly SessionListing[]>;
  /** Newest first. */
  decisions(
    account: AccountAddress,
    session: string,
    page?: Page,
  ): Promise<readonly DecisionRecord[]>;
  lastReconciliation(account: AccountAddress): Promise<Reconciliation | undefined>;
  /** Newest first. */
  funding(account: AccountAddress, page?: Page): Promise<readonly FundingPayment[]>;
  /** How well orders were executed, the newest first. */
  quality(filter: QualityFilter): Promise<readonly MeasuredOrder[]>;
  /** What is known of the execution of a TWAP that the venue works; undefined of other parents. */
  twapEvidence(parent: ParentRow): Promise<OrderEvidence | undefined>;
  /** Counts and sums over everything the ledger has of the account. */
  summary(account: AccountAddress): Promise<AccountSummary>;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 10_000;

const limitOf = (page: Page | undefined): number =>
  Math.max(1, Math.min(page?.limit ?? LIMIT_DEFAULT, LIMIT_MAX));

/** The pool stays the caller's: whoever opened it ends it. */
export function createLedgerReader(pool: Pool): LedgerReader {
  const select = async (sql: string, values: readonly unknown[]): Promise<readonly Row[]> =>
    (await pool.query<Row>(sql, [...values])).rows;
  const pageOf = (table: 'fills' | 'funding', account: AccountAddress, page?: Page) =>
    select(
      `select * from ${table} where account = $1 and ($2::bigint is null or time_ms < $2)
       order by time_ms desc, asset limit $3`,
      [account, page?.beforeMs ?? null, limitOf(page)],
    );
  return {
    orders: async (filter) => (await selectOrders(select, filter ?? {})).map(orderRowOf),
    order: (reference, account) => readOrderStory(pool, reference, account),
    parents: (filter) => listParents(pool, { ...filter, limit: limitOf(filter) }),
    parent: (account, intentId) => findParent(pool, account, intentId),
    fills: async (account, page) => (await pageOf('fills', account, page)).map(fillOf),
    funding: async (account, page) => (await pageOf('funding', account, page)).map(fundingOf),
    positions: async (account) => {
      const rows = await select('select * from positions where account = $1 order by asset', [
        account,
      ]);
      return rows.map((row) => ({
        asOfMs: integerOf(row, 'as_of_ms'),
        position: positionOf(row),
      }));
    },
    equityCurve: async (account, points, sinceMs) =>
      (await select(EQUITY_CURVE, [account, points, sinceMs ?? 0])).map(equityPointOf),
    equityAt: async (account, atMs) => {
      const [row] = await select(
        'select * from equity where account = $1 and at_ms >= $2 order by at_ms limit 1',
        [account, atMs],
      );
      return row && equityPointOf(row);
    },
    sessions: async (account) => {
      const rows = await select(
        'select * from sessions where $1::text is null or account = $1 order by account, name',
        [account ?? null],
      );
      return rows.map(sessionOf);
    },
    decisions: async (account, session, page) => {
      const rows = await select(
        `select * from decisions where account = $1 and session = $2
           and ($3::bigint is null or decided_ms < $3)
         order by decided_ms desc, asset limit $4`,
        [account, session, page?.beforeMs ?? null, limitOf(page)],
      );
      return rows.map(decisionOf);
    },
    lastReconciliation: async (account) => {
      const [row] = await select(
        'select * from reconciliations where account = $1 order by at_ms desc limit 1',
        [account],
      );
      return row && { atMs: integerOf(row, 'at_ms'), statement: objectOf(row, 'statement') };
    },
    quality: (filter) => readQuality(pool, filter),
    twapEvidence: (parent) => readTwapEvidence(pool, parent),
    summary: (account) => summaryOf(select, account),
  };
}

type Select = (sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

function selectOrders(select: Select, filter: OrderFilter): Promise<readonly Row[]> {
  return select(
    `select * from orders
      where ($1::text is null or account = $1) and ($2::text is null or session = $2)
        and ($3::text is null or asset = $3) and ($4::text is null or status = $4)
        and (not $5::boolean or is_open) and ($6::bigint is null or updated_ms < $6)
        and ($8::text is null or parent = $8)
      order by updated_ms desc, intent_id limit $7`,
    [
      filter.account ?? null,
      filter.session ?? null,
      filter.asset ?? null,
      filter.status ?? null,
      filter.openOnly ?? false,
      filter.beforeMs ?? null,
      limitOf(filter),
      filter.parent ?? null,
    ],
  );
}

const EQUITY_CURVE = `
with samples as (
  select * from equity where account = $1 and at_ms >= $3::bigint
), span as (
  select min(at_ms) as first_ms, max(at_ms) as last_ms from samples
), bucketed as (
  select samples.*, ((at_ms - first_ms) * $2::bigint) / (last_ms - first_ms + 1) as bucket
  from samples, span
)
select distinct on (bucket) * from bucketed order by bucket, at_ms desc`;

function equityPointOf(row: Row): EquityPoint {
  return {
    atMs: integerOf(row, 'at_ms'),
    equityUsd: usd(textOf(row, 'equity_usd')),
    notionalUsd: usd(textOf(row, 'notional_usd')),
    marginUsedUsd: usd(textOf(row, 'margin_used_usd')),
    withdrawableUsd: usd(textOf(row, 'withdrawable_usd')),
  };
}

function orderRowOf(row: Row): OrderRow {
  const session = optionalTextOf(row, 'session');
  return {
    intentId: textOf(row, 'intent_id') as IntentId,
    account: textOf(row, 'account') as AccountAddress,
    workflowId: textOf(row, 'workflow_id'),
    ...(session === undefined ? {} : { session }),
    view: objectOf(row, 'view') as unknown as OrderView,
    createdMs: integerOf(row, 'created_ms'),
    updatedMs: integerOf(row, 'updated_ms'),
  };
}

function sessionOf(row: Row): SessionListing {
  return {
    account: textOf(row, 'account') as AccountAddress,
    name: textOf(row, 'name'),
    workflowId: textOf(row, 'workflow_id'),
    status: textOf(row, 'status') as SessionRow['status'],
    config: objectOf(row, 'config'),
    startedMs: integerOf(row, 'started_ms'),
    updatedMs: integerOf(row, 'updated_ms'),
  };
}

async function summaryOf(select: Select, account: AccountAddress): Promise<AccountSummary> {
  const statuses = await select(
    'select status, count(*) as orders from orders where account = $1 group by status',
    [account],
  );
  const [sums] = await select(
    `select count(*) as fills, coalesce(sum(fee_usd), 0)::text as fee_usd,
            coalesce(sum(closed_pnl_usd), 0)::text as closed_pnl_usd,
            (select coalesce(sum(amount_usd), 0)::text from funding where account = $1)
              as funding_usd
       from fills where account = $1`,
    [account],
  );
  const [newest] = await select(
    'select * from equity where account = $1 order by at_ms desc limit 1',
    [account],
  );
  const row = sums ?? {};
  return {
    ordersByStatus: Object.fromEntries(
      statuses.map((status) => [textOf(status, 'status'), integerOf(status, 'orders')]),
    ),
    fills: integerOf(row, 'fills'),
    feeUsd: usd(textOf(row, 'fee_usd')),
    closedPnlUsd: usd(textOf(row, 'closed_pnl_usd')),
    fundingUsd: usd(textOf(row, 'funding_usd')),
    ...(newest === undefined ? {} : { equity: equityPointOf(newest) }),
  };
}
