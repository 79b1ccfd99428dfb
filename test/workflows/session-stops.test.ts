/** How a session ends: when nothing of it is on its way to the venue any more. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StartedOrder } from '../../activities/interfaces/session.ts';
import type { SessionView } from '../../workflows/trading-session/trading-session.messages.ts';
import {
  decideUpdate,
  orderSettledSignal,
  sessionStateQuery,
} from '../../workflows/trading-session/trading-session.messages.ts';
import { eventually } from './support/eventually.ts';
import { type Rig, startRig } from './support/rig.ts';
import { order, ScriptedDesk, stopOrder } from './support/scripted-desk.ts';
import { bar, type Handle, playSession } from './support/session-scene.ts';
import { askToStop } from './support/stop-session.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(Object.keys(new ScriptedDesk().activities()));
}, 120_000);
afterAll(() => rig.close());

const view = (handle: Handle): Promise<SessionView> => handle.query(sessionStateQuery);

describe('a session that stops', () => {
  const tell = (handle: Handle, started: StartedOrder, status: string) =>
    handle.signal(orderSettledSignal, { ...started, status, filledBase: '0' });

  test('waits for its entries as long as they can be sent, and cancels them again', async () => {
    await playSession(rig, 'stop-late-entry', async (desk, handle) => {
      desk.decision = { started: [order('entry-1')] };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      const stopping = askToStop(handle, 'keep');
      // What is waited for between two cancels takes its time: the stream holds up the clock.
      await eventually(async () => desk.cancelled.length === 2, 30_000);
      expect(new Set(desk.cancelled)).toEqual(new Set(['entry-1']));
      expect((await view(handle)).status).toBe('stopping');
      await tell(handle, order('entry-1'), 'CANCELLED');
      expect((await stopping).status).toBe('stopped');
    });
  });

  test('cancels an entry that it hears of only now', async () => {
    await playSession(rig, 'stop-unknown-entry', async (desk, handle) => {
      desk.decision = { started: [order('entry-1')] };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      const stopping = askToStop(handle, 'close');
      await eventually(async () => desk.cancelled.includes('entry-1'));
      await tell(handle, order('entry-2'), 'SUBMITTED');
      await tell(handle, order('entry-1'), 'CANCELLED');
      await eventually(async () => desk.cancelled.includes('entry-2'));
      expect(desk.closes).toBe(0);
      await tell(handle, order('entry-2'), 'CANCELLED');
      expect((await stopping).openOrders).toEqual([]);
    });
  });

  test('asks the ledger for entries that were started behind its back, once it takes no more', async () => {
    await playSession(rig, 'stop-ledger-entry', async (desk, handle) => {
      desk.ledgerOrders = [order('entry-9'), stopOrder('protect/3')];
      const stopping = askToStop(handle, 'keep');
      await eventually(async () => desk.cancelled.length > 0);
      expect(desk.cancelled).toEqual(['entry-9']);
      expect(desk.statuses.at(-1)).toBe('stopping');
      await tell(handle, order('entry-9'), 'CANCELLED');
      expect((await stopping).openOrders).toEqual([]);
      expect(desk.statuses.at(-1)).toBe('stopped');
    });
  });

  test('waits until the stop that it leaves behind is on the venue', async () => {
    await playSession(rig, 'stop-unplaced-stop', async (desk, handle) => {
      const protect = stopOrder('protect/0');
      await eventually(async () => desk.protectedWith.length === 1);
      desk.open = ['BTC'];
      const stopping = askToStop(handle, 'keep');
      await eventually(async () => desk.stops.length === 1);
      expect((await view(handle)).status).toBe('stopping');
      await tell(handle, protect, 'REJECTED');
      await eventually(async () => desk.stops.length === 2);
      await tell(handle, { ...protect, intentId: 'protect/1' }, 'SUBMITTED');
      expect((await stopping).openOrders).toEqual(['protect/1']);
    });
  });
});
