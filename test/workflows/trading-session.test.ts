/** The trading session against a scripted desk, on a server that skips time. Every run is replayed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { HeldExits } from '../../domain/execution/exits.ts';
import { fraction, px, sizeBase } from '../../domain/kernel/decimal.ts';
import type { SessionView } from '../../workflows/trading-session/trading-session.messages.ts';
import {
  barsClosedSignal,
  decideUpdate,
  drainUpdate,
  orderSettledSignal,
  pauseUpdate,
  resumeUpdate,
  sessionStateQuery,
} from '../../workflows/trading-session/trading-session.messages.ts';
import { eventually } from './support/eventually.ts';
import type { Rig } from './support/rig.ts';
import { startRig } from './support/rig.ts';
import { order, ScriptedDesk, STOP_PX, stopOrder } from './support/scripted-desk.ts';
import { bar, type Handle, playSession } from './support/session-scene.ts';
import { askToStop, stopSession } from './support/stop-session.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(Object.keys(new ScriptedDesk().activities()));
}, 120_000);
afterAll(() => rig.close());

const play = (name: string, scene: Parameters<typeof playSession>[2]): Promise<void> =>
  playSession(rig, name, scene);

const settled = (handle: Handle, intentId: string, status: string, filledBase: string) =>
  handle.signal(orderSettledSignal, { ...order(intentId), status, filledBase });

const view = (handle: Handle): Promise<SessionView> => handle.query(sessionStateQuery);

describe('bars', () => {
  test('each closed bar is decided once, however often it is told', async () => {
    await play('bars-once', async (desk, handle) => {
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      await handle.signal(barsClosedSignal, bar(0));
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      await handle.signal(barsClosedSignal, bar(0));
      expect(desk.decided.map((request) => request.barOpenTimeMs)).toEqual([
        bar(0).barOpenTimeMs,
        bar(1).barOpenTimeMs,
      ]);
      expect((await view(handle)).bars).toBe(2);
      await stopSession(handle);
    });
  });

  test('a bar that cannot be decided is reported and the next one is decided', async () => {
    await play('bars-trouble', async (desk, handle) => {
      desk.failNextDecision = true;
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      expect((await view(handle)).trouble).toContain('the venue is away');
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      expect(await view(handle)).not.toHaveProperty('trouble');
      await stopSession(handle);
    });
  });

  test('the equity that daily loss is measured from is carried from bar to bar', async () => {
    await play('bars-day', async (desk, handle) => {
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      expect(desk.decided[1]?.dayStart).toEqual({ day: 20_000, equityUsd: '10000' });
      await stopSession(handle);
    });
  });
});

describe('what is heard while the session is at work', () => {
  /** The decision of bar 0 takes until this is called. */
  const whileDeciding = async (
    desk: ScriptedDesk,
    handle: Handle,
    meanwhile: () => Promise<void>,
  ): Promise<void> => {
    const heard = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    desk.beforeDecision = () => {
      begun.resolve();
      return heard.promise;
    };
    await handle.signal(barsClosedSignal, bar(0));
    await begun.promise;
    await meanwhile();
    heard.resolve();
  };

  test('a bar that is overtaken is left out of the decisions', async () => {
    await play('overtaken', async (desk, handle) => {
      await whileDeciding(desk, handle, async () => {
        await handle.signal(barsClosedSignal, bar(1));
        await handle.signal(barsClosedSignal, bar(2));
      });
      await eventually(async () => desk.decided.length === 3);
      expect(desk.decided.map(({ superseded }) => superseded)).toEqual([
        undefined,
        ['BTC'],
        undefined,
      ]);
      await stopSession(handle);
    });
  });

  test('every order that ends is taken in, and their positions are looked at', async () => {
    await play('all-heard', async (desk, handle) => {
      desk.decision = { started: [order('entry-1'), order('entry-2')] };
      await whileDeciding(desk, handle, async () => {
        await settled(handle, 'entry-1', 'CANCELLED', '0');
        await settled(handle, 'entry-2', 'FILLED', '0.01');
        desk.open = ['BTC'];
      });
      await eventually(async () => (await view(handle)).openOrders.join() === 'protect/0');
      await stopSession(handle);
    });
  });

  test('a bar that is told while the session winds down is answered, and not decided', async () => {
    await play('late-bar', async (desk, handle) => {
      desk.decision = { started: [order('entry-1')] };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      const stopping = askToStop(handle, 'keep');
      await eventually(async () => desk.cancelled.includes('entry-1'));
      const late = handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      await settled(handle, 'entry-1', 'CANCELLED', '0');
      expect((await late).status).toBe('stopped');
      expect((await stopping).status).toBe('stopped');
      expect(desk.decided).toHaveLength(1);
    });
  });
});

describe('looks', () => {
  test('wait for the end of a rest, which begins when one has failed', async () => {
    await play('rests', async (desk, handle) => {
      await eventually(async () => desk.protectedWith.length === 1);
      desk.open = ['BTC'];
      desk.failNextProtect = true;
      await settled(handle, 'stray', 'CANCELLED', '0');
      await eventually(async () => (await view(handle)).trouble !== undefined);
      expect(desk.stops).toEqual([]);
      await rig.env.sleep('2 seconds');
      expect(desk.stops).toEqual(['protect/0']);
      await stopSession(handle);
    });
  });
});

describe('the look that goes with a bar', () => {
  test('is one activity with its decisions, and starts the stop that a position lacks', async () => {
    await play('look-with-bar', async (desk, handle) => {
      await eventually(async () => desk.protectedWith.length === 1);
      desk.open = ['BTC'];
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      expect((await view(handle)).openOrders).toEqual(['protect/0']);
      const looks = desk.protectedWith.length;
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      expect(desk.protectedWith).toHaveLength(looks + 1);
      expect(desk.stops).toEqual(['protect/0']);
      await stopSession(handle);
    });
  });

  test('is made by itself when it failed, and when its bar could not be decided', async () => {
    await play('look-failed', async (desk, handle) => {
      await eventually(async () => desk.protectedWith.length === 1);
      desk.open = ['BTC'];
      desk.failNextLook = true;
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      await eventually(async () => (await view(handle)).openOrders.includes('protect/0'));
      await settled(handle, 'protect/0', 'EXPIRED', '0');
      await eventually(async () => desk.stops.length === 2);
      const looks = desk.protectedWith.length;
      desk.failNextDecision = true;
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      await eventually(async () => desk.protectedWith.length > looks);
      await stopSession(handle);
    });
  });

  test('forgets the stop of the position that is over, not that of the one which is decided', async () => {
    await play('look-stops', async (desk, handle) => {
      desk.decision = { stopPx: { BTC: STOP_PX } };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      expect(desk.protectedWith.at(-1)?.stopPx).toEqual({ BTC: STOP_PX });
      await handle.executeUpdate(decideUpdate, { args: [bar(2)] });
      expect(desk.protectedWith.at(-1)?.stopPx).toEqual({});
      await stopSession(handle);
    });
  });
});

describe('orders', () => {
  test('a filled entry is protected by a stop at the decided price', async () => {
    await play('protect', async (desk, handle) => {
      desk.decision = { started: [order('entry-1')], stopPx: { BTC: STOP_PX } };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      desk.open = ['BTC'];
      await settled(handle, 'entry-1', 'FILLED', '0.01');
      await eventually(async () => (await view(handle)).protections === 1);
      expect(desk.protectedWith.at(-1)).toMatchObject({ stopPx: { BTC: STOP_PX } });
      expect((await view(handle)).openOrders).toEqual(['protect/0']);
      await stopSession(handle);
    });
  });

  test('a protective stop that ends while the position is open is replaced', async () => {
    await play('protect-again', async (desk, handle) => {
      desk.open = ['BTC'];
      await eventually(async () => (await view(handle)).openOrders.includes('protect/0'));
      await settled(handle, 'protect/0', 'EXPIRED', '0');
      await eventually(async () => (await view(handle)).openOrders.includes('protect/1'));
      await stopSession(handle);
    });
  });

  test('a protective stop in doubt is not relied on: another is started', async () => {
    await play('protect-doubt', async (desk, handle) => {
      desk.open = ['BTC'];
      await eventually(async () => (await view(handle)).openOrders.includes('protect/0'));
      const doubtful = stopOrder('protect/0');
      const told = { ...doubtful, status: 'IN_DOUBT', filledBase: '0' };
      await handle.signal(orderSettledSignal, told);
      await eventually(async () => (await view(handle)).openOrders.includes('protect/1'));
      await stopSession(handle);
    });
  });

  test('an entry that is still on its way is told to the next decision', async () => {
    await play('pending', async (desk, handle) => {
      desk.decision = { started: [order('entry-1')] };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      expect(desk.decided.map((request) => request.pendingEntries)).toEqual([[], ['BTC']]);
      await settled(handle, 'entry-1', 'CANCELLED', '0');
      await stopSession(handle);
    });
  });

  const flip = {
    started: [order('exit-1', { leg: 'exit', side: 'sell' })],
    deferred: [{ after: 'exit-1', decisionId: 'd1', step: 1, asset: 'BTC' }],
  } as const;

  test('the second half of a turn waits until the first has filled', async () => {
    await play('turn', async (desk, handle) => {
      desk.decision = flip;
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      expect(desk.deferredStarted).toEqual([]);
      await settled(handle, 'exit-1', 'FILLED', '0.01');
      await eventually(async () => desk.deferredStarted.length === 1);
      await eventually(async () => (await view(handle)).openOrders.includes('d1/open'));
      await settled(handle, 'd1/open', 'FILLED', '0.01');
      await stopSession(handle);
    });
  });

  test('the stop of a turned position is the one that was decided, not a fallback', async () => {
    await play('turn-stop', async (desk, handle) => {
      desk.open = ['BTC'];
      desk.decision = { ...flip, stopPx: { BTC: STOP_PX } };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      desk.open = [];
      await settled(handle, 'exit-1', 'FILLED', '0.01');
      await eventually(async () => (await view(handle)).openOrders.includes('d1/open'));
      const before = desk.protectedWith.length;
      desk.open = ['BTC'];
      await settled(handle, 'd1/open', 'FILLED', '0.01');
      await eventually(async () => desk.protectedWith.length > before);
      expect(desk.protectedWith.at(-1)?.stopPx).toEqual({ BTC: STOP_PX });
      await stopSession(handle);
    });
  });

  test('the second half of a turn is dropped when the first did not fill', async () => {
    await play('turn-dropped', async (desk, handle) => {
      desk.decision = flip;
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      await settled(handle, 'exit-1', 'CANCELLED', '0');
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      expect(desk.deferredStarted).toEqual([]);
      await stopSession(handle);
    });
  });

  // A decision that was lost with its worker is made again; meanwhile its orders went on.
  test('an order that ended before its start was answered is not waited for', async () => {
    await play('ended-early', async (desk, handle) => {
      await settled(handle, 'entry-1', 'FILLED', '0.01');
      desk.decision = { started: [order('entry-1')] };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      expect((await view(handle)).openOrders).toEqual([]);
      expect(desk.decided[1]?.pendingEntries).toEqual([]);
      await stopSession(handle);
    });
  });

  test('the second half of a turn whose first half filled before the answer starts at once', async () => {
    await play('turn-early', async (desk, handle) => {
      await settled(handle, 'exit-1', 'FILLED', '0.01');
      desk.decision = flip;
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      // Not only with the next look, which is 15 seconds away.
      expect(desk.deferredStarted).toHaveLength(1);
      await eventually(async () => (await view(handle)).openOrders.includes('d1/open'));
      await settled(handle, 'd1/open', 'FILLED', '0.01');
      await stopSession(handle);
    });
  });

  test('an order of the session that it did not know of is taken on, with its own size', async () => {
    await play('taken-on', async (desk, handle) => {
      const stray = stopOrder('protect/9', { sizeBase: sizeBase('0.004') });
      await handle.signal(orderSettledSignal, { ...stray, status: 'SUBMITTED', filledBase: '0' });
      await eventually(async () => desk.protectedWith.some(({ orders }) => orders.length > 0));
      expect(desk.protectedWith.at(-1)?.orders).toEqual([{ ...stray, resting: true }]);
      await stopSession(handle);
    });
  });
});

describe('targets', () => {
  const terms: HeldExits = {
    side: 'sell',
    stopPx: STOP_PX,
    targets: [{ px: px('99000'), upToFraction: fraction('0.5') }],
  };
  const target = order('demo/BTC/target/1@99000', { leg: 'target', side: 'sell' });
  const tell = (handle: Handle, status: string, filledBase = '0') =>
    handle.signal(orderSettledSignal, { ...target, status, filledBase });

  /** Opens a position with a target that rests beside its stop. */
  async function openWithTarget(desk: ScriptedDesk, handle: Handle): Promise<void> {
    desk.decision = { started: [order('entry-1')], stopPx: { BTC: terms } };
    await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
    desk.open = ['BTC'];
    desk.seen = { BTC: { ...terms, fullBase: sizeBase('0.02') } };
    await settled(handle, 'entry-1', 'FILLED', '0.02');
    await eventually(async () => (await view(handle)).protections === 1);
    const placed = stopOrder('protect/0');
    await handle.signal(orderSettledSignal, { ...placed, status: 'SUBMITTED', filledBase: '0' });
    await tell(handle, 'SUBMITTED');
    await eventually(async () =>
      (desk.protectedWith.at(-1)?.orders ?? []).some(({ leg }) => leg === 'target'),
    );
  }

  test('are looked at with what was seen and taken of the position before', async () => {
    await play('target', async (desk, handle) => {
      await openWithTarget(desk, handle);
      expect(desk.protectedWith.at(-1)).toMatchObject({
        stopPx: { BTC: { ...terms, fullBase: '0.02' } },
        orders: [{ leg: 'protect' }, { ...target, resting: true }],
      });
      await tell(handle, 'FILLED', '0.01');
      await eventually(async () => (desk.protectedWith.at(-1)?.orders.length ?? 2) === 1);
      const taken = { [target.intentId]: '0.01' };
      expect(desk.protectedWith.at(-1)?.stopPx).toEqual({
        BTC: { ...terms, fullBase: '0.02', taken },
      });
      await stopSession(handle);
    });
  });

  test('in doubt are waited for: another would take twice', async () => {
    await play('target-doubt', async (desk, handle) => {
      await openWithTarget(desk, handle);
      await tell(handle, 'IN_DOUBT');
      await eventually(async () =>
        (desk.protectedWith.at(-1)?.orders ?? []).some(
          ({ leg, resting }) => leg === 'target' && !resting,
        ),
      );
      await tell(handle, 'SUBMITTED');
      const stopping = askToStop(handle, 'keep');
      await eventually(async () => desk.cancelled.length > 0);
      await tell(handle, 'CANCELLED');
      await stopping;
    });
  });

  test('do not outlive their session, also when the position and its stop are kept', async () => {
    await play('target-keep', async (desk, handle) => {
      await openWithTarget(desk, handle);
      const stopping = askToStop(handle, 'keep');
      await eventually(async () => desk.cancelled.length > 0);
      expect(desk.cancelled).toEqual([target.intentId]);
      await tell(handle, 'CANCELLED');
      expect((await stopping).openOrders).toEqual(['protect/0']);
    });
  });
});

describe('people', () => {
  test('a paused session decides on, but halts entries until it is resumed', async () => {
    await play('pause', async (desk, handle) => {
      expect((await handle.executeUpdate(pauseUpdate)).status).toBe('paused');
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      expect((await handle.executeUpdate(resumeUpdate)).status).toBe('running');
      await handle.executeUpdate(decideUpdate, { args: [bar(1)] });
      expect(desk.decided.map((request) => request.entriesHalted)).toEqual([
        'the session is paused',
        undefined,
      ]);
      await stopSession(handle);
    });
  });

  test('resuming a running session is refused with its state', async () => {
    await play('refused', async (_desk, handle) => {
      await expect(handle.executeUpdate(resumeUpdate)).rejects.toThrow(WorkflowUpdateFailedError);
      await stopSession(handle);
    });
  });

  test('a draining session ends by itself once nothing is held', async () => {
    await play('drain', async (desk, handle) => {
      desk.open = ['BTC'];
      await eventually(async () => (await view(handle)).protections === 1);
      await handle.executeUpdate(drainUpdate);
      desk.open = [];
      await settled(handle, 'protect/0', 'FILLED', '0.01');
      expect((await handle.result()).status).toBe('stopped');
    });
  });

  test('stopping with close cancels entries, closes positions, and then stops', async () => {
    await play('stop-close', async (desk, handle) => {
      desk.decision = { started: [order('entry-1')] };
      await handle.executeUpdate(decideUpdate, { args: [bar(0)] });
      desk.open = ['BTC'];
      const stopping = askToStop(handle, 'close');
      await eventually(async () => desk.cancelled.includes('entry-1'));
      await settled(handle, 'entry-1', 'CANCELLED', '0');
      await eventually(async () => desk.closes === 1);
      desk.open = [];
      await settled(handle, 'stop/0/BTC', 'FILLED', '0.01');
      await eventually(
        async () => desk.cancelled.some((id) => id.startsWith('protect/')) || desk.closes > 1,
      );
      for (const id of (await view(handle)).openOrders) await settled(handle, id, 'CANCELLED', '0');
      expect((await stopping).status).toBe('stopped');
      expect(desk.statuses.at(-1)).toBe('stopped');
    });
  });

  test('stopping with keep leaves the position with its stop', async () => {
    await play('stop-keep', async (desk, handle) => {
      desk.open = ['BTC'];
      await eventually(async () => (await view(handle)).protections === 1);
      const last = await stopSession(handle, 'keep');
      expect(last.openOrders).toEqual(['protect/0']);
      expect(desk.closes).toBe(0);
    });
  });
});
