/** How a parent, ours or one that the venue works, tells the ledger what it has come to. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ParentActivities } from '../../activities/interfaces/parent.ts';
import { LOCALLY_ONCE, lasting, UNTIL_DONE } from '../support/lasting.ts';
import type { Turn } from '../support/turns.ts';
import type { ParentEdition } from './parent.messages.ts';

type Told = Parameters<ParentActivities['recordParent']>[0];

const ordinary = proxyActivities<ParentActivities>(UNTIL_DONE).recordParent;
const local = lasting(proxyLocalActivities<ParentActivities>(LOCALLY_ONCE).recordParent, ordinary);

/** Whether a run follows the order of events from before its activities became ordinary ones. */
export const asksLocally = (edition: ParentEdition | undefined): boolean => edition === undefined;

/** @param turn how a local one gives way; see `lasting` */
export const recordParent = (
  told: Told,
  edition: ParentEdition | undefined,
  turn?: Turn,
): Promise<unknown> => (asksLocally(edition) ? local(told, turn) : ordinary(told));
