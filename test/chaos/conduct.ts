/** Carries a plan of faults out, each at its time, and keeps record of what was really done. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DoneFault } from './facts.ts';
import type { Arena } from './faults/arena.ts';
import { applyOf } from './faults/arsenal.ts';
import type { PlannedFault } from './plan/fault-plan.ts';

export interface Conducted {
  readonly done: readonly DoneFault[];
  /** What could not be done, and why. */
  readonly missed: readonly string[];
}

/** Faults overlap: each has its own time, whatever else goes on. Resolves when all are over. */
export async function conduct(
  arena: Arena,
  plan: readonly PlannedFault[],
  say: (line: string) => void,
): Promise<Conducted> {
  const startedMs = Date.now();
  const done: DoneFault[] = [];
  const missed: string[] = [];
  const carryOut = async (fault: PlannedFault): Promise<void> => {
    await sleep(Math.max(0, startedMs + fault.atMs - Date.now()));
    const { kind, target } = fault;
    const atMs = Date.now();
    try {
      await applyOf(fault)(arena, fault);
      done.push({ kind, target, atMs, untilMs: Date.now() });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      missed.push(`${kind} ${target}: ${reason}`);
      say(`fault ${fault.number} not done: ${kind} ${target}: ${reason}`);
    }
  };
  await Promise.all(plan.map(carryOut));
  return { done, missed };
}
