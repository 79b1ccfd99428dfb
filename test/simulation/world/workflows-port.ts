/** Temporal's client as activities see it, over the simulated server. */
import type {
  ParentsPort,
  VenueFacts,
  WorkflowsPort,
} from '../../../activities/ports/workflows.ts';
import { orderWorkflowId, parentWorkflowId } from '../../../domain/kernel/ids.ts';
import { newOrder } from '../../../workflows/order/order.messages.ts';
import type { Server } from '../temporal/server.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Faults } from './faults.ts';
import type { Processes } from './worker.ts';

const RPC_MS = { least: 0.5, most: 4 } as const;

export interface WorkflowsWorld {
  readonly scheduler: Scheduler;
  readonly processes: Processes;
  readonly server: Server;
  readonly faults: Faults;
}

/** See `ParentsPort`. */
export function parentsPort({ server }: WorkflowsWorld): ParentsPort {
  return {
    async revive(intent) {
      if (server.isDown) throw new Error('14 UNAVAILABLE');
      server.start(parentWorkflowId(intent.account, intent.intentId), { intent }, true);
    },
  };
}

export function workflowsPort(
  { scheduler, processes, server, faults }: WorkflowsWorld,
  onStreamConnected: () => void,
): WorkflowsPort {
  const call = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const answer = (): void => {
        if (server.isDown) reject(new Error('14 UNAVAILABLE'));
        else resolve();
      };
      setTimeout(answer, faults.between(RPC_MS.least, RPC_MS.most));
    });
  return {
    async startOrder(intent, { revive = false, resume } = {}) {
      await call();
      const workflowId = orderWorkflowId(intent.account, intent.intentId);
      const input = { ...newOrder(intent), ...(resume && { carried: { ...resume, version: 0 } }) };
      server.start(workflowId, input, revive);
      return workflowId;
    },
    async tellOrder(workflowId, facts: VenueFacts) {
      const { owner } = scheduler;
      const fault = faults.at('signal.venueFacts');
      if (fault === 'killBefore') processes.kill(owner);
      if (fault === 'freezeBefore') processes.freeze(owner, faults.between(2_000, 25_000));
      await call();
      if (fault === 'refuseSignal') throw new Error('14 UNAVAILABLE');
      if (fault === 'duplicateSignal') server.signal(workflowId, 'venueFacts', [facts]);
      const isHeard = server.signal(workflowId, 'venueFacts', [facts]);
      if (fault === 'killAfter') processes.kill(owner);
      if (fault === 'freezeAfter') processes.freeze(owner, faults.between(2_000, 25_000));
      // Its answer finds a worker that may be dead or asleep by now.
      await call();
      return isHeard;
    },
    async cancelOrder(workflowId, reason) {
      await call();
      return server.signal(workflowId, 'cancel', [{ reason }]);
    },
    async tellSession() {
      await call();
      return false;
    },
    async tellAccount() {
      await call();
      onStreamConnected();
      return true;
    },
    async running(ids) {
      await call();
      return new Set(ids.filter((id) => server.newest.get(id)?.status === 'running'));
    },
  };
}
