/** Which parent order somebody means, by intent key or workflow id; ordinary orders are none. */
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import { isOpenParent, type ParentView } from '../../domain/execution/parents/parent-view.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { isIntentId } from '../../domain/kernel/ids.ts';
import { CliFailure } from './failure.ts';
import type { World } from './world.ts';

export interface FoundParent {
  readonly workflowId: string;
  readonly view: ParentView;
  /** Whether the view comes from the running workflow rather than from the ledger. */
  readonly isLive: boolean;
}

const WORKFLOW_ID = /^parent:0x[0-9a-f]{40}:(.+)$/;

/** What the ledger has must be readable while Temporal or the workers are down. */
async function askLive(world: World, workflowId: string): Promise<ParentView | undefined> {
  try {
    return await (await world.workflows()).parentState(workflowId);
  } catch (error) {
    if (!(error instanceof CliFailure) || error.exit !== EXIT.unreachable) throw error;
    world.stderr.write(`${error.message}; this is what the ledger has\n`);
    return undefined;
  }
}

/** Undefined when the ledger knows no parent by that name: it is recorded before its first leg. */
export async function findParent(world: World, id: string): Promise<FoundParent | undefined> {
  const key = WORKFLOW_ID.exec(id)?.[1] ?? id;
  if (!isIntentId(key)) return undefined;
  const { account } = await world.target();
  const row = await (await world.ledger()).parent(account, key);
  if (row === undefined) return undefined;
  const { workflowId, view } = row;
  if (!isOpenParent(view.status)) return { workflowId, view, isLive: false };
  const live = await askLive(world, workflowId);
  return { workflowId, view: live ?? view, isLive: live !== undefined };
}

/** How the parent ended, if the ledger was told. */
export async function toldParentEnd(
  world: World,
  { account, intentId }: ParentIntent,
): Promise<ParentView | undefined> {
  const row = await (await world.ledger()).parent(account, intentId);
  return row === undefined || isOpenParent(row.view.status) ? undefined : row.view;
}
