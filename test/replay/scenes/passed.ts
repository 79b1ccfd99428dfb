/**
 * An order whose first send is lost, and of whose nonce the venue is past when it is sent again: many
 * later actions went between.
 */
import { join } from 'node:path';
import { deploymentTag, deriveCloid, orderWorkflowId } from '../../../domain/kernel/ids.ts';
import { venueAdmin } from '../../chaos/world/venue-admin.ts';
import { eventually } from '../../workflows/support/eventually.ts';
import { resting, type Scene } from './stage.ts';

/** More than the nonces that the venue keeps of a signer. */
const ACTIONS = 130;

export const PASSED_SCENES: Readonly<Record<string, Scene>> = {
  async 'order-nonce-passed'(stage) {
    const { account, dataDir, parts } = stage;
    const intent = resting(stage, 'rec-passed');
    const admin = venueAdmin(join(dataDir, 'paper'));
    await admin.add([
      { kind: 'serverError', id: 'lost', status: 503, count: 1, match: { type: 'order' } },
      // It is sent again when a look has not found it.
      { kind: 'serverError', id: 'blind', status: 503, match: { type: 'orderStatus' } },
    ]);
    await parts.workflows.startOrder(intent);
    await eventually(async () => (await admin.injected()).get('lost') === 1);
    const cloid = deriveCloid({ tag: deploymentTag('nobody'), ...intent, epoch: 0 });
    // One by one: those that come together would share an action.
    for (let action = 0; action < ACTIONS; action += 1) {
      await parts.activities.cancelOnVenue({ asset: intent.asset, cloid });
    }
    await admin.remove('blind');
    const workflowId = orderWorkflowId(account, intent.intentId);
    const handle = stage.client.workflow.getHandle(workflowId);
    await handle.result();
    return handle;
  },
};
