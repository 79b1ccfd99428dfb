/** One look at the ledger, in the form in which the page's state is derived from it. Read only. */
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import type { LedgerReader } from '../../gateways/ledger/reader.ts';
import type { EquityPoint } from './equity-curve.ts';
import type { LedgerLook } from './feed.ts';
import type { DecisionLine, FillLine, LedgerFacts, OpenOrderFacts, SessionLine } from './state.ts';

type Orders = Awaited<ReturnType<LedgerReader['orders']>>;
type Sessions = Awaited<ReturnType<LedgerReader['sessions']>>;

const OPEN_ORDERS_MAX = 200;
const FILLS_SHOWN = 12;
/** A session that ended longer ago than the last few others is history, not state. */
const SESSIONS_SHOWN = 4;
/** More samples than the page draws, so that thinning keeps their extremes. */
const CURVE_SAMPLES = 5_000;
const DAY_MS = 86_400_000;

const pointOf = (point: EquityPoint): EquityPoint => ({
  atMs: point.atMs,
  equityUsd: point.equityUsd,
});

function openOrderOf({ view, workflowId, createdMs }: Orders[number]): OpenOrderFacts {
  const { intent } = view;
  return {
    intentId: intent.intentId,
    workflowId,
    asset: intent.asset,
    side: intent.side,
    type: intent.type,
    status: view.status,
    sizeBase: intent.sizeBase,
    filledBase: view.filledBase,
    ...(intent.limitPx === undefined ? {} : { limitPx: intent.limitPx }),
    ...(intent.triggerPx === undefined ? {} : { triggerPx: intent.triggerPx }),
    reduceOnly: intent.reduceOnly,
    createdMs,
  };
}

/** Fills with the workflow of their order, where one of the recent orders is theirs. */
function fillLines(
  fills: Awaited<ReturnType<LedgerReader['fills']>>,
  recent: Orders,
): readonly FillLine[] {
  const workflowOf = new Map(recent.map(({ view, workflowId }) => [view.cloid, workflowId]));
  return fills.map((fill) => {
    const workflowId = fill.cloid === undefined ? undefined : workflowOf.get(fill.cloid);
    return {
      key: `${fill.asset}:${fill.timeMs}:${fill.tid}:${fill.oid}`,
      asset: fill.asset,
      side: fill.side,
      direction: fill.direction,
      px: fill.px,
      sizeBase: fill.sizeBase,
      feeUsd: fill.feeUsd,
      closedPnlUsd: fill.closedPnlUsd,
      timeMs: fill.timeMs,
      ...(workflowId === undefined ? {} : { workflowId }),
    };
  });
}

/** The configuration is recorded as loose JSON; what is not there is shown as nothing. */
const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const wordsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [];

async function sessionLines(
  reader: LedgerReader,
  account: AccountAddress,
  sessions: Sessions,
): Promise<readonly SessionLine[]> {
  const isRunning = (session: Sessions[number]): number => (session.status === 'stopped' ? 1 : 0);
  const shown = sessions
    .toSorted((a, b) => isRunning(a) - isRunning(b) || b.updatedMs - a.updatedMs)
    .slice(0, SESSIONS_SHOWN);
  return Promise.all(
    shown.map(async (session) => {
      const assets = wordsOf(session.config.assets);
      return {
        name: session.name,
        workflowId: session.workflowId,
        status: session.status,
        strategy: wordOf(session.config.strategy),
        interval: wordOf(session.config.interval),
        assets,
        startedMs: session.startedMs,
        decisions: await lastDecisions(reader, account, session.name, assets),
      };
    }),
  );
}

/** The newest decision of each asset, in the order of the session's assets. */
async function lastDecisions(
  reader: LedgerReader,
  account: AccountAddress,
  session: string,
  assets: readonly string[],
): Promise<readonly DecisionLine[]> {
  const limit = Math.max(1, assets.length * 2);
  const records = await reader.decisions(account, session, { limit });
  return assets.flatMap((asset) => {
    const newest = records.find((record) => record.asset === asset);
    if (newest === undefined) return [];
    const summary = wordOf(newest.plan.summary) || wordOf(newest.plan.reason);
    return [{ asset, barOpenTimeMs: newest.barOpenTimeMs, summary }];
  });
}

/** Makes the look of one account. */
export function ledgerLook(reader: LedgerReader, account: AccountAddress): LedgerLook {
  let firstEquity: EquityPoint | undefined;
  return async (afterMs): Promise<LedgerFacts> => {
    const [samples, summary, positions, open, fills, sessions] = await Promise.all([
      reader.equityCurve(account, CURVE_SAMPLES, afterMs === undefined ? 0 : afterMs + 1),
      reader.summary(account),
      reader.positions(account),
      reader.orders({ account, openOnly: true, limit: OPEN_ORDERS_MAX }),
      reader.fills(account, { limit: FILLS_SHOWN }),
      reader.sessions(account),
    ]);
    const recent = await reader.orders({ account, limit: FILLS_SHOWN * 4 });
    firstEquity ??= await reader.equityAt(account, 0);
    const latestMs = summary.equity?.atMs;
    const dayStartEquity =
      latestMs === undefined
        ? undefined
        : await reader.equityAt(account, latestMs - (latestMs % DAY_MS));
    return {
      equity: samples.map(pointOf),
      ...(firstEquity === undefined ? {} : { firstEquity: pointOf(firstEquity) }),
      ...(dayStartEquity === undefined ? {} : { dayStartEquity: pointOf(dayStartEquity) }),
      notionalUsd: summary.equity?.notionalUsd ?? '0',
      fillCount: summary.fills,
      feesUsd: summary.feeUsd,
      positions: positions.map(({ position }) => position),
      openOrders: open.map(openOrderOf),
      fills: fillLines(fills, recent),
      sessions: await sessionLines(reader, account, sessions),
    };
  };
}
