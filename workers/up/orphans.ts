/** Ends what a killed supervisor left running: only processes that are provably the ones it started. */
import { isStillRunning } from '../../config/process-probe.ts';
import type { ProcessRecord, RuntimeState } from '../../config/runtime-state.ts';

const STOP_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** Ends the recorded children that still run, the last started first; returns their names. */
export async function stopOrphans(
  state: RuntimeState,
  stopWithinMs = STOP_WITHIN_MS,
): Promise<readonly string[]> {
  const orphans = state.processes.toReversed().filter(isStillRunning);
  for (const orphan of orphans) await stopOrphan(orphan, stopWithinMs);
  return orphans.map((orphan) => orphan.name);
}

async function stopOrphan(orphan: ProcessRecord, stopWithinMs: number): Promise<void> {
  send(orphan, 'SIGTERM');
  const deadlineMs = Date.now() + stopWithinMs;
  while (isStillRunning(orphan) && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  while (isStillRunning(orphan)) {
    send(orphan, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function send(orphan: ProcessRecord, signal: NodeJS.Signals): void {
  try {
    process.kill(orphan.pid, signal);
  } catch (error) {
    // ESRCH: it ended on its own between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
