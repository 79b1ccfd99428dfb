/** What the simulated server is made with. */
import type { Rng } from '../../../domain/kernel/rng.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Faults } from '../world/faults.ts';
import type { Processes } from '../world/worker.ts';

export type Main = (input: never) => Promise<unknown>;

export interface ServerParts {
  readonly scheduler: Scheduler;
  readonly rng: Rng;
  readonly faults: Faults;
  readonly processes: Processes;
  /** The code of each workflow, by its id. */
  readonly mainOf: (workflowId: string) => Main;
  /** Told of what can never be right, e.g. a replay that differs. */
  readonly onBroken: (workflowId: string, what: string) => void;
}
