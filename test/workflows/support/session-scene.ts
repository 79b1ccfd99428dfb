/** A session on the rig, beside a scripted desk. */
import type { WorkflowHandle } from '@temporalio/client';
import { sessionWorkflowId } from '../../../domain/kernel/ids.ts';
import type { SessionInput } from '../../../workflows/trading-session/trading-session.messages.ts';
import type { tradingSession } from '../../../workflows/trading-session/trading-session.workflow.ts';
import type { Rig } from './rig.ts';
import { ScriptedDesk } from './scripted-desk.ts';
import { ACCOUNT } from './scripted-venue.ts';

export type Handle = WorkflowHandle<typeof tradingSession>;

const BAR_MS = 1_746_372_780_000;
export const bar = (index: number) => ({
  barOpenTimeMs: BAR_MS + index * 60_000,
  assets: ['BTC'],
});

export const sessionInput = (name: string): SessionInput => ({
  account: ACCOUNT,
  network: 'paper',
  name,
  startedMs: 1_795_000_000_000,
  config: {
    strategy: 'ema-crossover',
    assets: ['BTC'],
    interval: '1m',
    genes: {},
    sizing: {},
    limits: {},
  },
});

/** Starts a session, plays the scene, waits for the session's end and replays it. */
export async function playSession(
  rig: Rig,
  name: string,
  scene: (desk: ScriptedDesk, handle: Handle) => Promise<void>,
): Promise<void> {
  const desk = new ScriptedDesk();
  const workflowId = sessionWorkflowId(ACCOUNT, name);
  await rig.play(workflowId, desk.activities(), async () => {
    const handle: Handle = await rig.env.client.workflow.start<typeof tradingSession>(
      'tradingSession',
      {
        workflowId,
        taskQueue: rig.taskQueue,
        args: [sessionInput(name)],
      },
    );
    await scene(desk, handle);
  });
}
