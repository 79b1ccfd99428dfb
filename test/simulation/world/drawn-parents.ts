/**
 * Parent orders of a seed: what is drawn, and what the judge asks of them and of their legs. A leg is
 * an order like any other, and is judged like one.
 */
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import { TERMINAL_STATUSES } from '../../../domain/execution/order-view.ts';
import type { OcoOrder } from '../../../domain/execution/parents/oco.ts';
import type { ParentIntent, ParentSpec } from '../../../domain/execution/parents/parent.ts';
import { isOpenParent, type ParentView } from '../../../domain/execution/parents/parent-view.ts';
import { fraction, type Px, px, type SizeBase, sizeBase } from '../../../domain/kernel/decimal.ts';
import { type AccountAddress, intentId, parentWorkflowId } from '../../../domain/kernel/ids.ts';
import type { Rng } from '../../../domain/kernel/rng.ts';
import type { Server } from '../temporal/server.ts';
import { ASSETS, MEANT_PX, pick, SIZES, STEP_PX } from './scenario.ts';

export interface PlannedParent {
  readonly atMs: number;
  readonly intent: ParentIntent;
  /** When its owner wants it gone, if ever before the end. */
  readonly cancelAfterMs?: number;
}

type Side = 'buy' | 'sell';

interface Draw {
  readonly rng: Rng;
  readonly side: Side;
  readonly size: SizeBase;
  readonly reduceOnly: boolean;
  /** A price so many steps above the first one of the seed. */
  readonly at: (steps: number) => Px;
}

/** One step further into the market is up for a buyer. */
const up = ({ side }: Draw): number => (side === 'buy' ? 1 : -1);

const order = (draw: Draw, more: Partial<OcoOrder>): OcoOrder => ({
  side: draw.side,
  type: 'LIMIT',
  sizeBase: draw.size,
  reduceOnly: draw.reduceOnly,
  ...more,
});

const KINDS: readonly ((draw: Draw) => ParentSpec)[] = [
  (draw) => {
    const { rng, side, size, at } = draw;
    const rests = rng.int(2) === 0 ? { limitPx: at(up(draw) * (rng.int(5) - 2)) } : {};
    const [stopPx, targetPx] = [at(-12 * up(draw)), at(12 * up(draw))];
    const targetBy = pick(rng, ['trigger', 'limit'] as const);
    const onCancel = pick(rng, ['close', 'leave'] as const);
    return {
      kind: 'bracket',
      side,
      sizeBase: size,
      ...rests,
      stopPx,
      targetPx,
      targetBy,
      onCancel,
    };
  },
  (draw) => {
    const limitPx = draw.at(-up(draw) * (1 + draw.rng.int(6)));
    const triggerPx = draw.at(up(draw) * (2 + draw.rng.int(8)));
    const stop = { type: 'STOP_LOSS' as const, reduceOnly: true, triggerPx };
    return { kind: 'oco', first: order(draw, { limitPx }), second: order(draw, stop) };
  },
  (draw) => {
    const { rng, side, size, reduceOnly, at } = draw;
    const [fromPx, toPx] = [at(-up(draw)), at(-up(draw) * (4 + rng.int(6)))];
    return {
      kind: 'ladder',
      side,
      sizeBase: size,
      reduceOnly,
      fromPx,
      toPx,
      rungs: 2 + rng.int(3),
    };
  },
  (draw) => {
    const { rng, side, size, reduceOnly, at } = draw;
    const shownBase = sizeBase(size === '0.05' ? '0.05' : String(Number(size) / 4));
    const limitPx = at(up(draw) * (rng.int(5) - 2));
    return { kind: 'iceberg', side, sizeBase: size, shownBase, limitPx, reduceOnly };
  },
  ({ rng, side, size, reduceOnly }) => {
    const everyMs = 5_000 + rng.int(5_000);
    const durationMs = everyMs * (2 + rng.int(3));
    return { kind: 'twap', side, sizeBase: size, reduceOnly, everyMs, durationMs };
  },
  () => ({ kind: 'closePosition' }),
  (draw) => {
    const { rng, side, size, reduceOnly, at } = draw;
    const worstPx = at(up(draw) * (6 + rng.int(8)));
    const [holdMs, durationMs] = [2_000 + rng.int(6_000), 20_000 + rng.int(30_000)];
    return { kind: 'chase', side, sizeBase: size, reduceOnly, worstPx, holdMs, durationMs };
  },
  ({ rng, side, size }) => {
    const trailFraction = fraction(pick(rng, ['0.0005', '0.001', '0.002']));
    return { kind: 'trailingStop', side, sizeBase: size, trailFraction };
  },
];

/** @param withinMs all of them come within this time of the start */
export function drawParents(
  rng: Rng,
  account: AccountAddress,
  parents: number,
  withinMs: number,
): readonly PlannedParent[] {
  return Array.from({ length: parents }, (_, index) => {
    const asset = rng.int(ASSETS.length);
    const at = (steps: number): Px => px((MEANT_PX[asset] ?? 0) + steps * (STEP_PX[asset] ?? 1));
    const draw: Draw = {
      rng,
      side: pick(rng, ['buy', 'sell'] as const),
      size: pick(rng, SIZES[asset] ?? []) as SizeBase,
      reduceOnly: rng.int(4) === 0,
      at,
    };
    const intent: ParentIntent = {
      network: 'paper',
      account,
      intentId: intentId(`p${index}`),
      strategy: 'sim',
      asset: ASSETS[asset] ?? 'BTC',
      spec: pick(rng, KINDS)(draw),
    };
    const isUnwanted = rng.int(3) === 0;
    const atMs = rng.next() * withinMs;
    return { atMs, intent, ...(isUnwanted ? { cancelAfterMs: rng.int(60_000) } : {}) };
  });
}

/** The intents of all legs that were ever started, as they were started first. */
export function legsOf(server: Server, { intent }: PlannedParent): readonly OrderIntent[] {
  const legs = new Map<string, OrderIntent>();
  for (const { workflowId, startJson } of server.runs) {
    if (!workflowId.includes(`:${intent.intentId}/`) || legs.has(workflowId)) continue;
    legs.set(workflowId, (JSON.parse(startJson) as { intent: OrderIntent }).intent);
  }
  return [...legs.values()];
}

/** Whether nothing is left to wait for, but for a run that an operator ended before it began. */
export function isParentOver(
  server: Server,
  { intent }: PlannedParent,
  view: ParentView | undefined,
): boolean {
  const run = server.newest.get(parentWorkflowId(intent.account, intent.intentId));
  if (run === undefined || run.status === 'running') return run === undefined;
  return run.status !== 'terminated' || view === undefined || !isOpenParent(view.status);
}

export interface JudgedLeg {
  readonly name: string;
  readonly status: string;
  readonly filledBase: string;
  /** When anything of it was stored first. */
  readonly storedMs: number | undefined;
}

/** @param legs what the ledger says of the parent's orders */
export function judgeParent(
  server: Server,
  planned: PlannedParent,
  recorded: ParentView | undefined,
  legs: readonly JudgedLeg[],
): readonly string[] {
  const { intent } = planned;
  const found: string[] = [];
  const run = server.newest.get(parentWorkflowId(intent.account, intent.intentId));
  for (const { name, status } of legs) {
    const isOver = (TERMINAL_STATUSES as readonly string[]).includes(status);
    if (!isOver) found.push(`I2 leg ${name} is left behind: ${status}`);
  }
  if (run?.status === 'completed' && run.resultJson !== undefined) {
    const view = JSON.parse(run.resultJson) as ParentView;
    if (isOpenParent(view.status)) found.push(`I7 ended as ${view.status}`);
    if (recorded?.status !== view.status) {
      found.push(`I3 the ledger says ${recorded?.status}, not ${view.status}`);
    }
    for (const { plan, filledBase, foldsUpTo } of view.legs) {
      const row = legs.find(({ name }) => name === plan.name);
      if (foldsUpTo !== undefined || row?.filledBase === filledBase) continue;
      found.push(`I3 leg ${plan.name} filled ${row?.filledBase}, its parent knows ${filledBase}`);
    }
    const known = new Set(view.legs.map(({ plan }) => plan.name));
    const isFolded = view.legs.some(({ foldsUpTo }) => foldsUpTo !== undefined);
    // Legs that a lost run had just started, and that nothing was stored of when it was ended by an
    // operator, are the sweeper's.
    const lostMs = server.runs
      .filter(({ workflowId, status }) => workflowId === run.workflowId && status === 'terminated')
      .map(({ endedMs = 0 }) => endedMs);
    const isSweepers = ({ storedMs = 0 }: JudgedLeg): boolean =>
      lostMs.some((endedMs) => storedMs > endedMs);
    const unknown = legs.filter((leg) => !known.has(leg.name) && !isSweepers(leg));
    if (unknown.length > 0 && !isFolded) found.push(`I2 ${unknown.length} legs it does not know`);
  } else if (run?.status !== 'terminated' || (recorded && isOpenParent(recorded.status))) {
    found.push(`I7 the workflow is ${run?.status ?? 'missing'}`);
  }
  return found.map((text) => `${intent.intentId} ${intent.spec.kind}: ${text}`);
}
