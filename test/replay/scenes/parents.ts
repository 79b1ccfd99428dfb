/** A history of every kind of parent, the venue's own TWAP among them. */
import type { WorkflowHandle } from '@temporalio/client';
import type { ParentIntent, ParentSpec } from '../../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../../domain/execution/parents/parent-view.ts';
import { fraction, type Px, px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { intentId, parentWorkflowId } from '../../../domain/kernel/ids.ts';
import {
  cancelSignal,
  cancelUpdate,
  newParent,
  PARENT_WORKFLOW,
  parentStateQuery,
  startedUpdate,
} from '../../../workflows/parent/parent.messages.ts';
import { orderSearchAttributes } from '../../../workflows/support/search-attributes.ts';
import {
  isVenueTwap,
  VENUE_TWAP_WORKFLOW,
} from '../../../workflows/venue-twap/venue-twap.messages.ts';
import { eventually } from '../../workflows/support/eventually.ts';
import { hold, type Scene, type Stage, size, unlessEnded } from './stage.ts';

const WITHIN_MS = 30_000;
const near = ({ mid }: Stage, part: number): Px => px(Math.round(mid * part));

async function begun(stage: Stage, key: string, spec: ParentSpec): Promise<WorkflowHandle> {
  const { account, client, endpoints } = stage;
  const intent: ParentIntent = {
    network: 'paper',
    account,
    intentId: intentId(key),
    strategy: 'manual',
    asset: 'BTC',
    spec,
    approvalDigest: 'recorded',
  };
  const type = isVenueTwap(intent) ? VENUE_TWAP_WORKFLOW : PARENT_WORKFLOW;
  const handle = await client.workflow.start(type, {
    workflowId: parentWorkflowId(account, intent.intentId),
    taskQueue: endpoints.taskQueue,
    args: [newParent(intent)],
    typedSearchAttributes: orderSearchAttributes(intent),
  });
  await unlessEnded(handle.executeUpdate(startedUpdate));
  return handle;
}

async function ended(stage: Stage, key: string, spec: ParentSpec): Promise<WorkflowHandle> {
  const handle = await begun(stage, key, spec);
  await handle.result();
  return handle;
}

async function cancelled(handle: WorkflowHandle): Promise<WorkflowHandle> {
  await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'recorded' }] });
  return handle;
}

const shows = (handle: WorkflowHandle, rule: (view: ParentView) => boolean): Promise<void> =>
  eventually(async () => rule(await handle.query(parentStateQuery)), WITHIN_MS);

/** Until these legs rest on the venue. */
const rest = (handle: WorkflowHandle, ...names: string[]): Promise<void> =>
  shows(handle, ({ legs }) =>
    names.every((name) =>
      legs.some(({ plan, status }) => plan.name === name && status === 'SUBMITTED'),
    ),
  );

/** Their activities are ordinary ones: edition 2. Those of edition 1 have no scene any more. */
export const PARENT_SCENES: Readonly<Record<string, Scene>> = {
  async 'parent-unsplit-bracket'(stage) {
    const handle = await begun(stage, 'rec-bracket', {
      kind: 'bracket',
      side: 'buy',
      sizeBase: size,
      stopPx: near(stage, 0.8),
      targetPx: near(stage, 1.2),
    });
    await rest(handle, 'stop-0', 'target-0');
    return cancelled(handle);
  },
  'parent-unsplit-chase': (stage) =>
    ended(stage, 'rec-chase', {
      kind: 'chase',
      side: 'buy',
      sizeBase: size,
      reduceOnly: false,
      worstPx: near(stage, 1.02),
      holdMs: 1_000,
      durationMs: 8_000,
    }),
  async 'parent-unsplit-close-position'(stage) {
    await hold(stage, 'rec-held', '0.02');
    return ended(stage, 'rec-close', { kind: 'closePosition' });
  },
  'parent-unsplit-iceberg': (stage) =>
    ended(stage, 'rec-iceberg', {
      kind: 'iceberg',
      side: 'buy',
      sizeBase: sizeBase('0.02'),
      shownBase: size,
      limitPx: near(stage, 1.02),
      reduceOnly: false,
    }),
  /** Cancelled by a signal; the others by an update. */
  async 'parent-unsplit-ladder'(stage) {
    const handle = await begun(stage, 'rec-ladder', {
      kind: 'ladder',
      side: 'buy',
      fromPx: near(stage, 0.8),
      toPx: near(stage, 0.7),
      sizeBase: sizeBase('0.03'),
      rungs: 3,
      reduceOnly: false,
    });
    await handle.signal(cancelSignal, { reason: 'recorded' });
    await handle.result();
    return handle;
  },
  async 'parent-unsplit-oco'(stage) {
    const order = { side: 'buy', type: 'LIMIT', sizeBase: size, reduceOnly: false } as const;
    const handle = await begun(stage, 'rec-oco', {
      kind: 'oco',
      first: { ...order, limitPx: near(stage, 0.8) },
      second: { ...order, limitPx: near(stage, 0.7) },
    });
    await rest(handle, 'first', 'second');
    return cancelled(handle);
  },
  async 'parent-unsplit-trail'(stage) {
    await hold(stage, 'rec-guarded', '0.02');
    const handle = await begun(stage, 'rec-trail', {
      kind: 'trailingStop',
      side: 'sell',
      sizeBase: sizeBase('0.02'),
      trailFraction: fraction('0.2'),
    });
    await rest(handle, 'stop-0');
    return cancelled(handle);
  },
  'parent-unsplit-twap': (stage) =>
    ended(stage, 'rec-twap', {
      kind: 'twap',
      side: 'buy',
      sizeBase: sizeBase('0.02'),
      reduceOnly: false,
      durationMs: 10_000,
      everyMs: 5_000,
    }),
  async 'venue-twap-unsplit'(stage) {
    const handle = await begun(stage, 'rec-venue-twap', {
      kind: 'venueTwap',
      side: 'buy',
      sizeBase: sizeBase('0.11'),
      reduceOnly: false,
      durationMs: 300_000,
      randomize: false,
    });
    await shows(handle, ({ venueTwap }) => venueTwap?.twapId !== undefined);
    return cancelled(handle);
  },
};
