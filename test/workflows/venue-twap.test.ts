/** The workflow of a TWAP that the venue works. Every run is replayed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type {
  FindTwapRequest,
  PlaceTwapRequest,
  PlaceTwapResult,
  VenueTwapActivities,
  VenueTwapIntent,
} from '../../activities/interfaces/venue-twap.ts';
import type { TwapSendOutcome } from '../../activities/ports/venue-twap.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import { matchTwap } from '../../domain/execution/venue-twap/match.ts';
import { isTerminalTwap, type VenueTwap } from '../../domain/execution/venue-twap/twap-facts.ts';
import { sizeBase, usd } from '../../domain/kernel/decimal.ts';
import { accountAddress, intentId, parentWorkflowId } from '../../domain/kernel/ids.ts';
import {
  cancelSignal,
  cancelUpdate,
  newParent,
  parentStateQuery,
  startedUpdate,
} from '../../workflows/parent/parent.messages.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import type { venueTwap } from '../../workflows/venue-twap/venue-twap.workflow.ts';
import { eventually } from './support/eventually.ts';
import { type Rig, startRig } from './support/rig.ts';
import { expectUnsplit } from './support/unsplit.ts';

const ACCOUNT = accountAddress(`0x${'a'.repeat(40)}`);
const EXPIRY_MS = 8_000;

const intentOf = (key: string): VenueTwapIntent => ({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId(key),
  strategy: 'manual',
  asset: 'BTC',
  spec: {
    kind: 'venueTwap',
    side: 'buy',
    sizeBase: sizeBase('0.1'),
    reduceOnly: false,
    durationMs: 300_000,
    randomize: false,
  },
});

/** What becomes of a send: the venue takes it or not, and the reply arrives or not. */
type SendScript = 'run' | 'loseReply' | 'loseRequest' | 'refuse' | 'dieAfterSending';

/** A venue with one TWAP at most, and a ledger with its envelope. */
class ScriptedTwaps {
  readonly nowMs: () => Promise<number>;
  readonly script: SendScript[];
  twaps: VenueTwap[] = [];
  sends = 0;
  looks = 0;
  cancels = 0;
  busyFor = 0;
  /** Looks that show nothing of what was taken: the venue's read side lags. */
  lagLooks = 0;
  envelope: { readonly nonce: number; readonly expiresAfterMs: number } | undefined;
  readonly records: ParentView[] = [];

  constructor(nowMs: () => Promise<number>, script: SendScript[]) {
    this.nowMs = nowMs;
    this.script = script;
  }

  change(changes: Partial<VenueTwap>): void {
    this.twaps = this.twaps.map((twap) => ({ ...twap, ...changes }));
  }

  private take(intent: VenueTwapIntent, placedMs: number): number {
    const twapId = 70 + this.twaps.length;
    this.twaps.push({
      twapId,
      asset: intent.asset,
      side: intent.spec.side,
      sizeBase: intent.spec.sizeBase,
      minutes: 5,
      reduceOnly: false,
      randomize: false,
      placedMs,
      executedBase: sizeBase('0.01'),
      executedUsd: usd('900'),
      status: 'activated',
    });
    return twapId;
  }

  private send(intent: VenueTwapIntent, nowMs: number): TwapSendOutcome {
    this.sends += 1;
    const what = this.script.shift() ?? 'run';
    if (what === 'refuse') return { kind: 'rejected', reason: 'TWAP order value too small.' };
    if (what === 'loseRequest') return { kind: 'unknown', reason: 'timeout' };
    const twapId = this.take(intent, nowMs);
    if (what === 'dieAfterSending') throw new Error('the worker was killed');
    return what === 'run' ? { kind: 'running', twapId } : { kind: 'unknown', reason: 'timeout' };
  }

  private async place({ intent, withdrawn }: PlaceTwapRequest): Promise<PlaceTwapResult> {
    const nowMs = await this.nowMs();
    if (this.envelope === undefined) {
      if (withdrawn) return { kind: 'unsent' };
      if (this.busyFor > 0) {
        this.busyFor -= 1;
        return { kind: 'busy' };
      }
      this.envelope = { nonce: nowMs, expiresAfterMs: nowMs + EXPIRY_MS };
      const drawn = { kind: 'drawnUp', ...this.envelope, drawnUpMs: nowMs } as const;
      return { ...drawn, outcome: this.send(intent, nowMs) };
    }
    return { kind: 'drawnUp', ...this.envelope, drawnUpMs: this.envelope.nonce };
  }

  private async find({ intent, drawnUpMs, expiresAfterMs, twapId }: FindTwapRequest) {
    this.looks += 1;
    const exchangeTimeMs = await this.nowMs();
    const shown = this.looks <= this.lagLooks ? [] : this.twaps;
    if (twapId !== undefined) {
      const twap = shown.find((each) => each.twapId === twapId);
      const match = twap ? ({ kind: 'found', twap } as const) : ({ kind: 'none' } as const);
      return { match, exchangeTimeMs };
    }
    const wanted = { asset: intent.asset, spec: intent.spec, drawnUpMs, expiresAfterMs };
    return { match: matchTwap(wanted, shown, new Set()), exchangeTimeMs };
  }

  activities(): VenueTwapActivities & {
    recordParent(request: { view: ParentView }): Promise<void>;
  } {
    return {
      placeTwap: (request) => this.place(request),
      findTwap: (request) => this.find(request),
      followTwap: async ({ twapId }) => {
        for (;;) {
          const twap = this.twaps.find((each) => each.twapId === twapId);
          if (twap !== undefined && isTerminalTwap(twap)) return { twap };
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (twap !== undefined && twap.executedBase !== '0.01') return { twap };
        }
      },
      cancelTwap: async () => {
        this.cancels += 1;
        this.change({ status: 'terminated' });
        return { kind: 'cancelled' };
      },
      recordParent: async ({ view }) => void this.records.push(view),
    };
  }
}

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(Object.keys(new ScriptedTwaps(async () => 0, []).activities()));
}, 120_000);
afterAll(() => rig.close());

interface Scene {
  readonly venue: ScriptedTwaps;
  readonly handle: WorkflowHandle<typeof venueTwap>;
}

async function play(
  key: string,
  script: SendScript[],
  scene: (scene: Scene) => Promise<void>,
  prepare: (venue: ScriptedTwaps) => void = () => undefined,
): Promise<void> {
  const intent = intentOf(key);
  const venue = new ScriptedTwaps(() => rig.env.currentTimeMs(), script);
  prepare(venue);
  const workflowId = parentWorkflowId(ACCOUNT, intent.intentId);
  await rig.play(workflowId, venue.activities(), async () => {
    const handle = await rig.env.client.workflow.start<typeof venueTwap>('venueTwap', {
      workflowId,
      taskQueue: rig.taskQueue,
      args: [newParent(intent)],
      typedSearchAttributes: orderSearchAttributes(intent),
    });
    await scene({ venue, handle });
    await handle.result();
    await expectUnsplit(handle);
    // Whatever the test was about: nothing runs on the venue any more, and nothing was sent twice.
    expect(venue.twaps.every(isTerminalTwap)).toBe(true);
    expect(venue.sends).toBeLessThanOrEqual(1);
  });
}

async function until({ handle }: Scene, rule: (view: ParentView) => boolean): Promise<void> {
  await eventually(async () => rule(await handle.query(parentStateQuery)));
}
const running = (scene: Scene) =>
  until(scene, ({ venueTwap: shown }) => shown?.twapId !== undefined);

describe('a TWAP of the venue', () => {
  test('runs until the venue has executed all of it', async () => {
    await play('runs', ['run'], async (scene) => {
      const started = await scene.handle.executeUpdate(startedUpdate);
      expect(started).toMatchObject({ status: 'WORKING', venueTwap: { twapId: 70 } });
      scene.venue.change({ executedBase: sizeBase('0.1'), status: 'finished' });
      expect(await scene.handle.result()).toMatchObject({
        status: 'DONE',
        filledBase: '0.1',
        reason: 'all of it has executed',
      });
      // Recorded before it was on its way.
      expect(scene.venue.records[0]).toMatchObject({ status: 'PENDING' });
      expect(scene.venue.records.at(-1)).toMatchObject({ status: 'DONE' });
    });
  });

  test('that the venue refuses ends with the venue’s words', async () => {
    await play('refused', ['refuse'], async ({ handle }) => {
      expect(await handle.result()).toMatchObject({
        status: 'STOPPED',
        reason: 'TWAP order value too small.',
      });
    });
  });

  test('waits while another one on the asset is on its way', async () => {
    await play(
      'busy',
      ['run'],
      async (scene) => {
        await running(scene);
        scene.venue.change({ status: 'finished', executedBase: sizeBase('0.1') });
      },
      (venue) => {
        venue.busyFor = 3;
      },
    );
  });
});

describe('in doubt', () => {
  test('a lost reply: it is found by what was asked for, and nothing is sent again', async () => {
    await play(
      'lost-reply',
      ['loseReply'],
      async (scene) => {
        const started = await scene.handle.executeUpdate(startedUpdate);
        expect(started.venueTwap).toEqual({ doubt: 'timeout' });
        await running(scene);
        expect(await scene.handle.query(parentStateQuery)).toMatchObject({
          venueTwap: { twapId: 70, status: 'activated' },
        });
        await scene.handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
        expect(scene.venue.cancels).toBe(1);
      },
      (venue) => {
        venue.lagLooks = 2;
      },
    );
  });

  test('a worker that is killed between send and reply: it is found all the same', async () => {
    await play('killed', ['dieAfterSending'], async (scene) => {
      await running(scene);
      expect(scene.venue.sends).toBe(1);
      scene.venue.change({ status: 'finished', executedBase: sizeBase('0.1') });
      expect(await scene.handle.result()).toMatchObject({ status: 'DONE' });
    });
  });

  test('a lost request: absent past its expiry, and only then given up', async () => {
    await play('lost-request', ['loseRequest'], async ({ handle, venue }) => {
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'STOPPED', filledBase: '0' });
      expect(end.reason).toMatch(/^NOT_PLACED: it expired, then absent in \d+ reads over \d+ ms$/);
      expect(venue.looks).toBeGreaterThan(3);
    });
  });

  test('two that could be it: none is taken, the doubt is told, and it ends when one can be told', async () => {
    await play(
      'twins',
      ['loseReply'],
      async (scene) => {
        await until(scene, ({ venueTwap: shown }) => shown?.doubt?.includes('70 and 99') === true);
        scene.venue.twaps = scene.venue.twaps.slice(0, 1);
        await running(scene);
        await scene.handle.executeUpdate(cancelUpdate, { args: [{}] });
      },
      (venue) => {
        // A foreigner places the very same at the very same time.
        const place = venue.activities().placeTwap;
        venue.activities = () => ({
          ...ScriptedTwaps.prototype.activities.call(venue),
          placeTwap: async (request) => {
            const placed = await place(request);
            venue.twaps = venue.twaps.flatMap((twap) => [twap, { ...twap, twapId: 99 }]);
            return placed;
          },
        });
      },
    );
  });

  test('a cancel waits for the doubt to end, and then ends what was found', async () => {
    await play(
      'cancel-in-doubt',
      ['loseReply'],
      async ({ handle, venue }) => {
        await handle.executeUpdate(startedUpdate);
        const end = await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'no more' }] });
        expect(end).toMatchObject({ status: 'STOPPED', reason: 'no more; 0.01 of 0.1 executed' });
        expect(venue.twaps[0]?.status).toBe('terminated');
      },
      (venue) => {
        venue.lagLooks = 3;
      },
    );
  });
});

describe('a cancel', () => {
  test('ends it on the venue, by a signal as well', async () => {
    await play('cancel', ['run'], async (scene) => {
      await running(scene);
      await scene.handle.signal(cancelSignal);
      expect(await scene.handle.result()).toMatchObject({
        status: 'STOPPED',
        reason: 'cancelled by request; 0.01 of 0.1 executed',
      });
    });
  });

  test('before it was sent leaves nothing behind', async () => {
    await play(
      'withdrawn',
      ['run'],
      async ({ handle, venue }) => {
        await handle.signal(cancelSignal, { reason: 'changed my mind' });
        expect(await handle.result()).toMatchObject({
          status: 'STOPPED',
          reason: 'changed my mind',
        });
        expect(venue.sends).toBe(0);
      },
      (venue) => {
        venue.busyFor = 1_000;
      },
    );
  });

  test('of one that has ended is refused', async () => {
    await play('too-late', ['run'], async (scene) => {
      await running(scene);
      scene.venue.change({ status: 'finished', executedBase: sizeBase('0.1') });
      await scene.handle.result();
      await expect(scene.handle.executeUpdate(cancelUpdate, { args: [{}] })).rejects.toThrow();
    });
  });
});
