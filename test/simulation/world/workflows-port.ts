/** Temporal's client as activities see it, over the simulated server. */
import type { VenueFacts, WorkflowsPort } from '../../../activities/ports/workflows.ts';
import { orderWorkflowId } from '../../../domain/kernel/ids.ts';
import { newOrder } from '../../../workflows/order/order.messages.ts';
import type { Server } from '../temporal/server.ts';
import type { Faults } from './faults.ts';

const RPC_MS = { least: 0.5, most: 4 } as const;

export function workflowsPort(
  server: Server,
  faults: Faults,
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
      const fault = faults.at('signal.venueFacts');
      await call();
      if (fault === 'refuseSignal') throw new Error('14 UNAVAILABLE');
      if (fault === 'duplicateSignal') server.signal(workflowId, 'venueFacts', [facts]);
      return server.signal(workflowId, 'venueFacts', [facts]);
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
