/** Parent orders of every kind as workflows, against scripted legs. Every run is replayed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ParentSpec } from '../../domain/execution/parents/parent.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import {
  cancelSignal,
  cancelUpdate,
  legChangedSignal,
  parentStateQuery,
  startedUpdate,
} from '../../workflows/parent/parent.messages.ts';
import { eventually } from './support/eventually.ts';
import { type PlayParent, playParent, startParentRig } from './support/parent-scene.ts';
import type { Rig } from './support/rig.ts';
import { parentIntent, ScriptedLegs } from './support/scripted-legs.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startParentRig();
}, 120_000);
afterAll(() => rig.close());

const play: PlayParent = (...scene) => playParent(rig, ...scene);

const size = sizeBase('0.5');
const bracket: ParentSpec = {
  kind: 'bracket',
  side: 'buy',
  sizeBase: size,
  limitPx: px('99000'),
  stopPx: px('95000'),
  targetPx: px('105000'),
};

describe('a bracket', () => {
  test('places stop and target for what the entry fills, and ends when one of them has closed it', async () => {
    await play('bracket', bracket, async ({ legs, handle, living }) => {
      const started = await handle.executeUpdate(startedUpdate);
      expect(started).toMatchObject({ status: 'WORKING', legs: [{ plan: { name: 'entry' } }] });
      await legs.tell('entry', 'PARTIALLY_FILLED', '0.2');
      await living('entry', 'stop-0', 'target-0');
      expect(legs.leg('stop-0').intent).toMatchObject({ sizeBase: '0.2', triggerPx: '95000' });
      await legs.tell('stop-0', 'SUBMITTED');
      await legs.tell('target-0', 'SUBMITTED');
      await legs.fill('entry');
      // The smaller target goes at once, the smaller stop only when the larger one rests.
      await eventually(async () =>
        ['stop-1', 'target-1'].every((name) => legs.live.includes(name)),
      );
      expect(legs.live).toContain('stop-0');
      await legs.tell('stop-1', 'SUBMITTED');
      await living('stop-1', 'target-1');
      await legs.fill('target-1');
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'DONE', reason: 'the entry is closed again' });
    });
  });

  test('a cancel closes what the entry had filled', async () => {
    await play('bracket-cancel', bracket, async ({ legs, handle, living }) => {
      await handle.executeUpdate(startedUpdate);
      await legs.tell('entry', 'PARTIALLY_FILLED', '0.2');
      await living('entry', 'stop-0', 'target-0');
      await handle.signal(cancelSignal, { reason: 'enough' });
      await living('stop-0', 'target-0', 'flatten-0');
      expect(legs.leg('flatten-0').intent).toMatchObject({ type: 'MARKET', sizeBase: '0.2' });
      await legs.fill('flatten-0');
      await handle.result();
    });
  });

  test('an entry that ends unfilled ends it, with nothing else started', async () => {
    await play('bracket-unfilled', bracket, async ({ legs, handle }) => {
      await handle.executeUpdate(startedUpdate);
      await legs.tell('entry', 'REJECTED');
      expect(await handle.result()).toMatchObject({ status: 'STOPPED', filledBase: '0' });
      expect(legs.starts).toBe(1);
    });
  });
});

const oco: ParentSpec = {
  kind: 'oco',
  first: { side: 'sell', type: 'LIMIT', sizeBase: size, reduceOnly: true, limitPx: px(105_000) },
  second: {
    side: 'sell',
    type: 'STOP_LOSS',
    sizeBase: size,
    reduceOnly: true,
    triggerPx: px(95_000),
  },
};

describe('an OCO', () => {
  test('the first to execute at all ends the other', async () => {
    await play('oco', oco, async ({ legs, handle, living }) => {
      await handle.executeUpdate(startedUpdate);
      await legs.tell('first', 'PARTIALLY_FILLED', '0.1');
      await living('first');
      await legs.fill('first');
      expect(await handle.result()).toMatchObject({ status: 'DONE', reason: 'first executed' });
    });
  });
});

const ladder: ParentSpec = {
  kind: 'ladder',
  side: 'buy',
  sizeBase: size,
  reduceOnly: false,
  fromPx: px(99_000),
  toPx: px(95_000),
  rungs: 5,
};

describe('a ladder', () => {
  test('places all rungs at once and is done when the last has filled', async () => {
    await play('ladder', ladder, async ({ legs, handle }) => {
      await handle.executeUpdate(startedUpdate);
      expect(legs.live).toHaveLength(5);
      for (const name of legs.live) await legs.fill(name);
      expect(await handle.result()).toMatchObject({ status: 'DONE', filledBase: '0.5' });
    });
  });

  test('a cancel by update answers when every rung is gone', async () => {
    await play('ladder-cancel', ladder, async ({ handle }) => {
      await handle.executeUpdate(startedUpdate);
      const end = await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
      expect(end).toMatchObject({ status: 'STOPPED', reason: 'enough' });
      await handle.result();
    });
  });
});

describe('an iceberg', () => {
  const iceberg: ParentSpec = {
    kind: 'iceberg',
    side: 'buy',
    sizeBase: size,
    shownBase: sizeBase('0.2'),
    limitPx: px(99_000),
    reduceOnly: false,
  };

  test('shows one slice at a time until all has executed', async () => {
    await play('iceberg', iceberg, async ({ legs, handle, living }) => {
      for (const name of ['slice-0', 'slice-1', 'slice-2']) {
        await living(name);
        await legs.fill(name);
      }
      expect(await handle.result()).toMatchObject({ status: 'DONE', filledBase: '0.5' });
    });
  });
});

describe('a TWAP', () => {
  const twap: ParentSpec = {
    kind: 'twap',
    side: 'buy',
    sizeBase: size,
    reduceOnly: false,
    durationMs: 50_000,
    everyMs: 10_000,
  };

  test('slices by the clock, and catches up what a slice did not fill', async () => {
    await play('twap', twap, async ({ legs, handle, living }) => {
      await living('slice-0');
      await legs.tell('slice-0', 'CANCELLED', '0.04');
      await rig.env.sleep('11s');
      await living('slice-1');
      expect(legs.leg('slice-1').intent).toMatchObject({ type: 'MARKET', sizeBase: '0.16' });
      for (const name of ['slice-1', 'slice-2', 'slice-3', 'slice-4']) {
        await living(name);
        await legs.fill(name);
        await rig.env.sleep('11s');
      }
      expect(await handle.result()).toMatchObject({ status: 'DONE', filledBase: '0.5' });
    });
  });

  test('a cancel between slices ends it at once', async () => {
    await play('twap-cancel', twap, async ({ legs, handle, living }) => {
      await living('slice-0');
      await legs.fill('slice-0');
      await living();
      const end = await handle.executeUpdate(cancelUpdate, { args: [{}] });
      expect(end).toMatchObject({ status: 'STOPPED', filledBase: '0.1' });
    });
  });
});

describe('closing a position', () => {
  test('goes on until nothing is left, also dust', async () => {
    await play(
      'close',
      { kind: 'closePosition' },
      async ({ legs, handle, living }) => {
        await living('close-0');
        expect(legs.leg('close-0').intent).toMatchObject({ side: 'buy', reduceOnly: true });
        legs.positionBase = '-0.00001';
        await legs.tell('close-0', 'CANCELLED', '0.49999');
        await living('close-1');
        legs.positionBase = '0';
        await legs.fill('close-1');
        expect(await handle.result()).toMatchObject({ status: 'DONE' });
      },
      (legs) => {
        legs.positionBase = '-0.5';
      },
    );
  });
});

describe('whatever happens to the legs and their news', () => {
  test('repeated and reordered news change nothing', async () => {
    await play('news-twice', oco, async ({ legs, handle, living }) => {
      await handle.executeUpdate(startedUpdate);
      const early = legs.set('first', 'SUBMITTED');
      const late = legs.set('first', 'FILLED', '0.5');
      for (const news of [late, early, late]) await handle.signal(legChangedSignal, news);
      await living();
      const { legs: known } = await handle.query(parentStateQuery);
      expect(known.map(({ status }) => status)).toEqual(['FILLED', 'CANCELLED']);
    });
  });

  test('lost news are read up from the ledger', async () => {
    await play('news-lost', oco, async ({ legs, handle, living }) => {
      await handle.executeUpdate(startedUpdate);
      legs.silent = true;
      legs.set('first', 'FILLED', '0.5');
      await rig.env.sleep('6s');
      await living();
      await rig.env.sleep('20s');
      expect(await handle.result()).toMatchObject({ status: 'DONE', reason: 'first executed' });
    });
  });

  test('a worker that dies after it started or cancelled legs starts none of them twice', async () => {
    await play(
      'deaths',
      bracket,
      async ({ legs, handle, living }) => {
        await living('entry');
        legs.diesAfter.add('startLegs');
        await legs.fill('entry');
        await living('stop-0', 'target-0');
        legs.diesAfter.add('cancelLegs');
        await legs.fill('stop-0');
        expect(await handle.result()).toMatchObject({ status: 'DONE' });
        expect(legs.starts).toBe(3);
      },
      (legs) => {
        legs.diesAfter.add('startLegs');
      },
    );
  });

  test('a leg that it does not know is taken on: it does not outlive its parent', async () => {
    await play('stranger', ladder, async ({ legs, handle }) => {
      await handle.executeUpdate(startedUpdate);
      const [known] = legs.live;
      const { intent } = legs.leg(known ?? '');
      const id = `${legs.wanted.intentId}/rung-9` as typeof intent.intentId;
      legs.legs.set('rung-9', { ...legs.leg(known ?? ''), intent: { ...intent, intentId: id } });
      await handle.executeUpdate(cancelUpdate, { args: [{}] });
      expect(legs.cancelsAsked).toContain('rung-9');
    });
  });

  test('a leg that does not obey is asked again, and waited for', async () => {
    await play('deaf', oco, async ({ legs, handle }) => {
      await handle.executeUpdate(startedUpdate);
      legs.obedient = false;
      await handle.signal(cancelSignal);
      await eventually(async () => legs.cancelsAsked.length === 2);
      await rig.env.sleep('90s');
      expect(legs.cancelsAsked.length).toBeGreaterThan(2);
      for (const name of legs.live) await legs.tell(name, 'CANCELLED');
    });
  });
});

describe('before anything is started', () => {
  test('a refusal ends it, with its reason', async () => {
    const denial = { kind: 'risk', field: 'notional', value: '1', rule: 'too much' } as const;
    await play(
      'denied',
      ladder,
      async ({ legs, handle }) => {
        const end = await handle.executeUpdate(startedUpdate);
        expect(end).toMatchObject({ status: 'DENIED', denial });
        await handle.result();
        expect(legs.starts).toBe(0);
        expect(legs.recorded.at(-1)).toMatchObject({ status: 'DENIED' });
      },
      (legs) => {
        legs.admission = { kind: 'denied', denial };
      },
    );
  });

  test('it waits for a venue or ledger that is away, and a cancel meanwhile ends it', async () => {
    await play(
      'away',
      ladder,
      async ({ legs, handle }) => {
        await rig.env.sleep('30s');
        expect(legs.starts).toBe(0);
        await handle.signal(cancelSignal, { reason: 'enough' });
        legs.away = false;
        const end = await handle.result();
        expect(end).toMatchObject({ status: 'STOPPED', reason: 'enough' });
        expect(legs.starts).toBe(0);
      },
      (legs) => {
        legs.away = true;
      },
    );
  });

  /** The legs that an earlier run of it had started. */
  const earlier = async (id: string): Promise<ScriptedLegs> => {
    const before = new ScriptedLegs(parentIntent(id, oco), () => {
      throw new Error('nobody to tell');
    });
    await before.activities().startLegs({
      parent: before.wanted,
      legs: [
        { ...oco.first, name: 'first', leg: 'exit' },
        { ...oco.second, name: 'second', leg: 'exit' },
      ],
    });
    return before;
  };

  test('a cancel of one whose earlier run had legs ends it with what they executed', async () => {
    const before = await earlier('revived-unwanted');
    const [first, second] = [before.set('first', 'FILLED', '1'), before.set('second', 'CANCELLED')];
    await play(
      'revived-unwanted',
      oco,
      async ({ legs, handle }) => {
        await handle.signal(cancelSignal, { reason: 'enough' });
        await rig.env.sleep('30s');
        legs.away = false;
        const end = await handle.result();
        expect(end.legs.map(({ plan, status }) => [plan.name, status])).toEqual([
          ['first', 'FILLED'],
          ['second', 'CANCELLED'],
        ]);
        expect(legs.starts).toBe(0);
      },
      (legs) => {
        legs.away = true;
        legs.legs.set('first', first);
        legs.legs.set('second', second);
        legs.admission = { ...legs.admission, legs: [first, second] } as never;
      },
    );
  });

  test('legs of an earlier run are followed, not placed again', async () => {
    const before = await earlier('revived');
    await play(
      'revived',
      oco,
      async ({ legs, handle, living }) => {
        await living('first', 'second');
        await eventually(async () => (await handle.query(parentStateQuery)).legs.length === 2);
        await legs.fill('second');
        expect(await handle.result()).toMatchObject({ status: 'DONE' });
        expect(legs.starts).toBe(0);
      },
      (legs) => {
        for (const [name, news] of before.legs) legs.legs.set(name, news);
        legs.admission = { ...legs.admission, legs: [...before.legs.values()] } as never;
      },
    );
  });

  test('a cancel of one that has ended is refused at once', async () => {
    await play('ended', oco, async ({ legs, handle }) => {
      await handle.executeUpdate(startedUpdate);
      await legs.fill('first');
      await handle.result();
      await expect(handle.executeUpdate(cancelUpdate, { args: [{}] })).rejects.toThrow();
    });
  });
});
