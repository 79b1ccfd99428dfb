/**
 * Chooses the universe of now once. A venue that does not answer is asked for as long as the choice is
 * worth something; then the run fails, the last universe stands, and the schedule shows it.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { UniverseActivities, UniverseChosen } from '../../activities/interfaces/universe.ts';
import type { UniverseInput } from './universe.messages.ts';

const { chooseUniverse } = proxyActivities<UniverseActivities>({
  // Sixty markets weigh about as much as the venue allows in three minutes.
  startToCloseTimeout: '15m',
  scheduleToCloseTimeout: '45m',
  heartbeatTimeout: '90s',
  retry: { initialInterval: '2s', maximumInterval: '1m' },
});

export async function universe({ size, looked }: UniverseInput): Promise<UniverseChosen> {
  return chooseUniverse({ size, looked });
}
