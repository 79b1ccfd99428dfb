/**
 * What is left of an order that was held up, on one page: a local activity that outlives the workflow
 * task that began it, and somebody who asks meanwhile.
 */
import {
  condition,
  defineUpdate,
  proxyLocalActivities,
  proxySinks,
  type Sinks,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { inTurn } from '../../../workflows/support/turns.ts';

interface HeldUpActivities {
  linger(request?: undefined): Promise<void>;
}

const { linger } = proxyLocalActivities<HeldUpActivities>({ startToCloseTimeout: '8s' });

export interface HeldUpSinks extends Sinks {
  scene: { asked(): void };
}

const { scene } = proxySinks<HeldUpSinks>();

export const askUpdate = defineUpdate<string>('ask');

async function heldUp(wait: () => Promise<void>): Promise<void> {
  setHandler(askUpdate, async () => {
    scene.asked();
    await condition(() => true);
    return 'here';
  });
  await wait();
  // A command right behind the activity's end: on replay it comes before the answer to the update.
  await sleep(1);
}

export const unguarded = (): Promise<void> => heldUp(linger);
export const guarded = (): Promise<void> => heldUp(() => inTurn(linger)(undefined));
