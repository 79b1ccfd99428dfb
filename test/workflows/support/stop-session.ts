/** Stops a session whose orders nobody works for: what is on its way ends, and its stops are placed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import {
  orderSettledSignal,
  type SessionView,
  type StopPolicy,
  sessionStateQuery,
  stopUpdate,
} from '../../../workflows/trading-session/trading-session.messages.ts';
import type { tradingSession } from '../../../workflows/trading-session/trading-session.workflow.ts';
import { order, stopOrder } from './scripted-desk.ts';

type Handle = WorkflowHandle<typeof tradingSession>;

/** Only asks: its orders are the test's own business. */
export const askToStop = (handle: Handle, positions: StopPolicy): Promise<SessionView> =>
  handle.executeUpdate(stopUpdate, { args: [{ positions }] });

const LOOK_EVERY_MS = 50;

export async function stopSession(
  handle: Handle,
  positions: StopPolicy = 'keep',
): Promise<SessionView> {
  const stopping = askToStop(handle, positions);
  const told = new Set<string>();
  for (;;) {
    const stopped = await Promise.race([stopping, sleep(LOOK_EVERY_MS)]);
    if (stopped !== undefined) return stopped;
    const { openOrders } = await handle.query(sessionStateQuery);
    for (const id of openOrders.filter((each) => !told.has(each))) {
      told.add(id);
      const isStop = id.startsWith('protect/');
      const settled = isStop ? stopOrder(id) : order(id);
      const status = isStop ? 'SUBMITTED' : 'CANCELLED';
      const signal = handle.signal(orderSettledSignal, { ...settled, status, filledBase: '0' });
      // It may have ended in the meantime.
      await signal.catch((fault: unknown) => {
        if (!(fault instanceof WorkflowNotFoundError)) throw fault;
      });
    }
  }
}
