/** What strikes from outside at drawn moments: operators, the host, the venue's and Temporal's owners. */
import { sizeBase } from '../../../domain/kernel/decimal.ts';
import { orderWorkflowId, parentWorkflowId } from '../../../domain/kernel/ids.ts';
import type { Rng } from '../../../domain/kernel/rng.ts';
import { newOrder } from '../../../workflows/order/order.messages.ts';
import type { Server } from '../temporal/server.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { PlannedParent } from './drawn-parents.ts';
import { CELLS } from './fault-table.ts';
import type { Faults } from './faults.ts';
import type { Network } from './network.ts';
import type { Planned } from './scenario.ts';
import type { Processes } from './worker.ts';

export interface OperatorParts {
  readonly scheduler: Scheduler;
  readonly rng: Rng;
  readonly faults: Faults;
  readonly processes: Processes;
  readonly server: Server;
  readonly network: Network;
  readonly scenario: readonly Planned[];
  readonly parents: readonly PlannedParent[];
}

const BOUNDARIES = [
  'operator.workflow',
  'operator.workflow',
  'operator.workflow',
  'host.time',
  'host.processes',
  'host.venue',
  'host.temporal',
] as const;
const FLOOD_SIGNALS = 60;

/** A parent that runs, every now and then; its legs are met as orders. */
function drawnParent({ rng, server, parents }: OperatorParts): string | undefined {
  const ids = parents.map(({ intent }) => parentWorkflowId(intent.account, intent.intentId));
  const open = ids.filter((id) => server.isRunning(id));
  return rng.int(4) === 0 ? open[rng.int(Math.max(1, open.length))] : undefined;
}

/** Strikes once; false when there was nothing to strike. */
function strike(parts: OperatorParts, kind: string): boolean {
  const { scheduler, rng, faults, processes, server, network, scenario } = parts;
  const idOf = ({ intent }: Planned) => orderWorkflowId(intent.account, intent.intentId);
  const open = scenario.filter((planned) => server.isRunning(idOf(planned)));
  const drawn = open[rng.int(Math.max(1, open.length))] ?? scenario[rng.int(scenario.length)];
  const id = idOf(drawn as Planned);
  const { nowMs } = scheduler;
  switch (kind) {
    case 'terminate':
      return server.terminate(drawnParent(parts) ?? id);
    case 'reset':
      return server.reset(drawnParent(parts) ?? id);
    case 'duplicateStart': {
      // One that has ended as often as one that runs, and that past every check.
      const over = scenario.filter((planned) => {
        const id = idOf(planned);
        return server.newest.has(id) && !server.isRunning(id);
      });
      const ended = rng.int(2) === 0 ? over[rng.int(Math.max(1, over.length))] : undefined;
      const twice = ended ?? (drawn as Planned);
      server.start(idOf(twice), newOrder(twice.intent), ended !== undefined);
      return server.newest.get(idOf(twice)) !== undefined;
    }
    case 'signalFlood': {
      const facts = [{ statuses: [], fills: [] }];
      for (let sent = 1; sent < FLOOD_SIGNALS; sent += 1) server.signal(id, 'venueFacts', facts);
      return server.signal(id, 'venueFacts', facts);
    }
    case 'stepClock': {
      const { slots } = processes;
      const process = slots[rng.int(slots.length)];
      if (process !== undefined)
        process.clockOffsetMs = Math.floor(faults.between(-90_000, 90_000));
      return process !== undefined;
    }
    case 'killAll':
      for (const process of [...processes.slots]) processes.kill(process);
      return true;
    case 'swapAll':
      for (const process of processes.slots) server.swapCode(process);
      return true;
    case 'maintenance':
      network.maintenanceUntilMs = nowMs + faults.between(2_000, 40_000);
      return true;
    case 'serverDown':
      server.downUntilMs = nowMs + faults.between(500, 20_000);
      return true;
    default:
      throw new Error(`no fault ${kind}`);
  }
}

/** Only a run that is lost after its order was amended asks for all executions of the account. */
export const AFTER_AMENDMENT = 'ledger.fillsOf';
/** How often that is done to an order in a seed that is to hit this boundary, and how soon. */
const AMENDED_STRIKES = 20;
const AMENDED_WITHIN_MS = 70_000;

/** An order is amended, and an operator ends or resets it when it may go on under its next name. */
function loseAmended({ scheduler, rng, faults, server, scenario }: OperatorParts): void {
  const open = scenario
    .filter(({ intent: { timeInForce } }) => timeInForce === 'GTC' || timeInForce === 'ALO')
    .map(({ intent }) => orderWorkflowId(intent.account, intent.intentId))
    .filter((id) => server.isRunning(id));
  const id = open[rng.int(Math.max(1, open.length))];
  if (id === undefined || server.isDown) return;
  server.update(id, 'amend', [{ sizeBase: sizeBase(3 + rng.int(40)) }]);
  const kind = rng.int(3) === 0 ? 'reset' : 'terminate';
  scheduler.outside(faults.between(1_000, 15_000), () => {
    if (faults.striking && server[kind](id)) faults.hit(kind, 'operator.workflow');
  });
}

/** Plans the strikes of a seed. */
export function planStrikes(parts: OperatorParts, strikes: number, withinMs: number): void {
  const { scheduler, rng, faults } = parts;
  const plan = (kind: string, boundary: string): void => {
    scheduler.outside(rng.next() * withinMs, () => {
      if (faults.striking && strike(parts, kind)) faults.hit(kind, boundary);
    });
  };
  for (let index = 0; index < strikes; index += 1) {
    const boundary = BOUNDARIES[rng.int(BOUNDARIES.length)] as string;
    const kinds = CELLS.get(boundary) ?? [];
    plan(kinds[rng.int(kinds.length)] as string, boundary);
  }
  const { fault, boundary } = faults.own;
  for (let index = 0; boundary === AFTER_AMENDMENT && index < AMENDED_STRIKES; index += 1) {
    scheduler.outside(rng.next() * AMENDED_WITHIN_MS, () => loseAmended(parts));
  }
  if ((BOUNDARIES as readonly string[]).includes(boundary)) plan(fault, boundary);
}
