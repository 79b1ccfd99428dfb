/**
 * Failures that users of other systems report of a venue that limits, restricts or does not list: 429,
 * programs that starve each other, the post-only window after an upgrade, markets of other dexes. Each
 * test carries the number; see README.md beside it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { privateKeyToAccount } from 'viem/accounts';
import { createOrderActivities } from '../../activities/order.activities.ts';
import { isSealed } from '../../activities/ports/envelope.ts';
import {
  accountAddress,
  type Cloid,
  intentId,
  sessionWorkflowId,
} from '../../domain/kernel/ids.ts';
import { createCancelMany } from '../../gateways/hyperliquid/cancel-many.ts';
import { connectVenue } from '../../gateways/hyperliquid/connection.ts';
import { sendEnvelope } from '../../gateways/hyperliquid/exchange.ts';
import { createGovernor } from '../../gateways/hyperliquid/governor/governor.ts';
import { createRateGate } from '../../gateways/hyperliquid/governor/rate-gate.ts';
import { sharedStore } from '../../gateways/hyperliquid/governor/shared-store.ts';
import { canonicalAction } from '../../gateways/hyperliquid/wire/actions.ts';
import {
  barsClosedSignal,
  orderSettledSignal,
} from '../../workflows/trading-session/trading-session.messages.ts';
import type { tradingSession } from '../../workflows/trading-session/trading-session.workflow.ts';
import { fakeWorld } from '../activities/support/fake-world.ts';
import { BTC } from '../domain/market/samples.ts';
import {
  answering,
  answeringJson,
  type MisbehavingServer,
  openMisbehavingServer,
} from '../gateways/hyperliquid/support/misbehaving-server.ts';
import { eventually } from '../workflows/support/eventually.ts';
import { type Rig, startRig } from '../workflows/support/rig.ts';
import { ScriptedDesk, STOP_PX, stopOrder } from '../workflows/support/scripted-desk.ts';
import { ACCOUNT, intent } from '../workflows/support/scripted-venue.ts';
import { bar, sessionInput } from '../workflows/support/session-scene.ts';
import { stopSession } from '../workflows/support/stop-session.ts';

const signer = privateKeyToAccount(`0x${'1'.repeat(64)}`);
/** The venue's weight a minute, and what of it entries may take. */
const BUDGET = 1_200;
const ENTRIES = 840;
const CLOID = `0x${'ab'.repeat(16)}` as Cloid;

let server: MisbehavingServer;
let rig: Rig;
beforeAll(async () => {
  server = await openMisbehavingServer();
  rig = await startRig(Object.keys(new ScriptedDesk().activities()));
}, 120_000);
afterAll(async () => {
  await Promise.all([server.close(), rig.close()]);
});

const envelope = (reduceOnly = false, expiresAfterMs = Date.now() + 8_000) => ({
  cloid: CLOID,
  account: accountAddress(signer.address),
  intentId: intentId('limits'),
  network: 'paper' as const,
  epoch: 0,
  workflowId: 'order:limits',
  signer: accountAddress(signer.address),
  nonce: 1_760_000_000_000,
  expiresAfterMs,
  action: canonicalAction({
    type: 'order',
    orders: [
      { a: 0, b: true, p: '60000', s: '1', r: reduceOnly, t: { limit: { tif: 'Gtc' } }, c: CLOID },
    ],
    grouping: 'na',
  }),
  sends: 1,
});

const resting = answeringJson({
  status: 'ok',
  response: { type: 'order', data: { statuses: [{ resting: { oid: 7 } }] } },
});
const cancelled = answeringJson({
  status: 'ok',
  response: { type: 'cancel', data: { statuses: ['success'] } },
});

/** One program's connection; those with one folder share what the venue allows. */
function program(folder: string, writer: number) {
  const store = sharedStore(folder, writer, undefined, () => 600_000);
  const endpoints = { url: server.url, wsUrl: 'ws://127.0.0.1:1/ws', isMainnet: false };
  return {
    store,
    connection: connectVenue(endpoints, 5_000, createRateGate(createGovernor(store, BUDGET))),
  };
}

describe('rate limits', () => {
  test('FT-10960: an order that is answered by 429 is neither failed nor placed, but in doubt', async () => {
    const connection = connectVenue({
      url: server.url,
      wsUrl: 'ws://127.0.0.1:1/ws',
      isMainnet: false,
    });
    server.behave = answering(429, 'null');
    expect(await sendEnvelope(connection, signer, envelope())).toMatchObject({ kind: 'unknown' });
    server.bodies.length = 0;
    server.behave = resting;
    // The venue took it all the same, or not: asking again is the same bytes.
    await sendEnvelope(connection, signer, envelope(false, 1_760_000_008_000));
    await sendEnvelope(connection, signer, envelope(false, 1_760_000_008_000));
    expect(server.bodies[1]).toBe(server.bodies[0]);
  });

  test('FT-13457: a program that uses up what the venue allows leaves the others their exits', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'limits-'));
    try {
      const [greedy, other] = [program(folder, 1), program(folder, 2)];
      server.behave = resting;
      while (greedy.store.take('enter', 40, (spent) => spent.enter + 40 <= ENTRIES));
      server.bodies.length = 0;
      const entry = await sendEnvelope(other.connection, signer, envelope(false, Date.now() + 100));
      expect(entry).toMatchObject({ kind: 'rejected' });
      expect(server.bodies).toEqual([]);
      expect(await sendEnvelope(other.connection, signer, envelope(true))).toMatchObject({
        kind: 'accepted',
      });
      server.behave = cancelled;
      const cancel = createCancelMany(
        other.connection,
        signer,
        async () => new Map([['BTC', BTC]]),
      );
      expect(await cancel([{ asset: 'BTC', cloid: CLOID }], 5)).toEqual([{ kind: 'cancelled' }]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the post-only window after an upgrade', () => {
  test('HB-6730: the refusal is final for that order, in the words of the venue', async () => {
    const connection = connectVenue({
      url: server.url,
      wsUrl: 'ws://127.0.0.1:1/ws',
      isMainnet: false,
    });
    const reason = 'Only post-only orders allowed immediately after network upgrade';
    server.behave = answeringJson({ status: 'err', response: reason });
    expect(await sendEnvelope(connection, signer, envelope())).toEqual({
      kind: 'rejected',
      reason,
    });
  });

  test('HB-6800: a stop that is refused is placed again until it rests, more and more slowly', async () => {
    const desk = new ScriptedDesk();
    const workflowId = sessionWorkflowId(ACCOUNT, 'HB-6800');
    // A stream that lasts would hold up the clock.
    const script = { ...desk.activities(), watchBars: async () => undefined };
    await rig.play(workflowId, script, async () => {
      const handle = await rig.env.client.workflow.start<typeof tradingSession>('tradingSession', {
        workflowId,
        taskQueue: rig.taskQueue,
        args: [sessionInput('HB-6800')],
      });
      desk.open = ['BTC'];
      desk.decision = { stopPx: { BTC: STOP_PX } };
      await handle.signal(barsClosedSignal, bar(0));
      const stops = (): number => desk.protectedWith.at(-1)?.nextNumber ?? 0;
      const settle = (number: number, status: string): Promise<void> =>
        handle.signal(orderSettledSignal, {
          ...stopOrder(`protect/${number}`),
          status,
          filledBase: '0',
        });
      const placedMs: number[] = [];
      for (let number = 0; number < 5; number += 1) {
        await eventually(async () => {
          const started = desk.stops.includes(`protect/${number}`);
          if (!started) await rig.env.sleep(250);
          return started;
        });
        placedMs.push(await rig.env.currentTimeMs());
        await settle(number, number < 4 ? 'REJECTED' : 'SUBMITTED');
      }
      const waits = placedMs.slice(1).map((ms, index) => ms - (placedMs[index] ?? 0));
      // Nothing like the hundreds that an answer at once would have brought in this minute.
      expect(waits.map((ms) => Math.round(ms / 1_000))).toEqual([1, 2, 5, 15]);
      expect(stops()).toBeGreaterThanOrEqual(4);
      desk.open = [];
      await stopSession(handle);
    });
  }, 60_000);
});

describe('markets of other dexes', () => {
  test('FT-12558: what is not listed to us is refused by name, and nothing of it can be sent', async () => {
    const world = fakeWorld();
    const activities = createOrderActivities(world);
    const wanted = intent('FT-12558', { asset: 'xyz:TSLA' });
    const result = await activities.placeOrder({ intent: wanted, epoch: 0, workflowId: 'order:x' });
    expect(result).toMatchObject({
      kind: 'denied',
      denial: { field: 'asset', value: 'xyz:TSLA', rule: 'is not listed' },
    });
    // Its place is taken by a seal, so that no sleeping attempt sends it after all.
    expect([...world.ledger.envelopes.values()].every(isSealed)).toBe(true);
  });
});
