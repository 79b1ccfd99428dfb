/**
 * What `perpetua halt` and `perpetua resume` do, without Temporal and, if need be, without the
 * ledger: the halt is in force before anything else is tried, whatever becomes of that.
 */

import { cancelTwaps } from '../../activities/cancel-twaps.ts';
import { type Flattened, flattenPositions } from '../../activities/flatten-positions.ts';
import type { EntriesCancelled, TwapsCancelled } from '../../activities/interfaces/kill-switch.ts';
import { cancelEntries } from '../../activities/kill-switch.activities.ts';
import { VenueUnreachable } from '../../activities/ports/errors.ts';
import { type Halt, haltFile, liftHalt, tripHalt } from '../../config/halt-file.ts';
import type { Network } from '../../domain/kernel/ids.ts';
import type { EmergencyLane } from '../emergency-lane.ts';

export interface HaltRequest {
  readonly dataDir: string;
  readonly network: Network;
  readonly reason: string;
  readonly cancelEntries: boolean;
  readonly flatten: boolean;
  readonly nowMs: number;
  /** Opened only if orders or positions are to be touched. */
  readonly openLane: () => EmergencyLane;
}

export interface HaltReport {
  readonly halted: true;
  readonly halt: Halt;
  readonly file: string;
  readonly entries?: EntriesCancelled;
  /** The venue's own TWAPs. */
  readonly twaps?: TwapsCancelled;
  readonly positions?: Flattened;
  /** Why the venue could not be told; the halt is in force all the same. */
  readonly problem?: string;
  readonly isUnreachable?: true;
}

const ACTED_BY = 'command line';

/** Halts, then cancels, then flattens. Never throws for what venue or ledger do. */
export async function halt(request: HaltRequest): Promise<HaltReport> {
  const { dataDir, reason, nowMs, network } = request;
  const inForce = tripHalt(dataDir, { reason, by: ACTED_BY, sinceMs: nowMs });
  const report: HaltReport = { halted: true, halt: inForce, file: haltFile(dataDir) };
  if (!request.cancelEntries && !request.flatten) return report;
  let done: Pick<HaltReport, 'entries' | 'twaps' | 'positions'> = {};
  try {
    const lane = request.openLane();
    try {
      done = { entries: await cancelEntries(lane, lane.account, `halted: ${reason}`) };
      // Whose position it is that is closed does not matter, so nor does whose TWAP would open it again.
      const whose = request.flatten ? 'all' : 'ours';
      done = { ...done, twaps: await cancelTwaps(lane, lane.account, whose) };
      if (!request.flatten) return { ...report, ...done };
      const positions = await flattenPositions(lane, network, lane.account);
      return { ...report, ...done, positions };
    } finally {
      await lane.close();
    }
  } catch (fault) {
    const problem = fault instanceof Error ? fault.message : String(fault);
    return {
      ...report,
      ...done,
      problem,
      ...(fault instanceof VenueUnreachable ? { isUnreachable: true } : {}),
    };
  }
}

export interface ResumeReport {
  readonly halted: false;
  /** What was in force until now, if anything. */
  readonly lifted?: Halt;
}

export function resume(dataDir: string): ResumeReport {
  const lifted = liftHalt(dataDir);
  return { halted: false, ...(lifted === undefined ? {} : { lifted }) };
}
