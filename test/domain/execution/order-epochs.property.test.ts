/** An order over its epochs, and a hundred thousand random lives of one epoch. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  amended,
  checkAmendment,
  epochOf,
  filledOverall,
  nextEpoch,
} from '../../../domain/execution/order-epochs.ts';
import type { OrderEvent, OrderFacts } from '../../../domain/execution/order-facts.ts';
import {
  advance,
  filledBase,
  isComplete,
  newOrderFacts,
  phaseOf,
} from '../../../domain/execution/order-facts.ts';
import { viewOrder } from '../../../domain/execution/order-view.ts';
import { decimal, plain, px, sizeBase } from '../../../domain/kernel/decimal.ts';
import type { Rng } from '../../../domain/kernel/rng.ts';
import { createRng } from '../../../domain/kernel/rng.ts';
import { EVENTS, fillOf, intentOf, statusOf } from './samples.ts';

const SEQUENCES = 100_000;
const MOST_EVENTS = 8;
const WORDS = ['open', 'filled', 'canceled', 'marginCanceled', 'tickRejected', 'unheardOf'];

const pick = <Item>(rng: Rng, items: readonly Item[]): Item => items[rng.int(items.length)] as Item;

function venueEvent(rng: Rng): OrderEvent {
  if (rng.int(2) === 0) {
    const tid = 1 + rng.int(5);
    return { type: 'fill', fill: fillOf(`0.${1 + (tid % 4)}`, tid) };
  }
  const fact = statusOf(pick(rng, WORDS), `0.${rng.int(10)}`, rng.int(4));
  return { type: 'venueStatus', fact };
}

function shuffled<Item>(rng: Rng, items: readonly Item[]): Item[] {
  const left = [...items];
  return items.map(() => left.splice(rng.int(left.length), 1)[0] as Item);
}

const SENT = [EVENTS.prepared, EVENTS.sent].reduce(
  (facts, event) => {
    const next = advance(facts, event);
    if (!next.ok) throw new Error(next.error.rule);
    return next.value;
  },
  newOrderFacts(sizeBase('1')),
);

function told(events: readonly OrderEvent[]): OrderFacts {
  return events.reduce((facts, event) => {
    const next = advance(facts, event);
    if (!next.ok) throw new Error(next.error.rule);
    return next.value;
  }, SENT);
}

/** What must not depend on how the venue's words arrived. */
const sum = (facts: OrderFacts): string =>
  `${phaseOf(facts)} ${isComplete(facts)} ${plain(filledBase(facts))} ${facts.venue?.status} ` +
  `${facts.venue?.remainingBase} ${Object.keys(facts.fills).sort().join()}`;

describe(`${SEQUENCES} random lives of an order`, () => {
  test('come to the same whatever the order and repetition of what was heard', () => {
    const seed = 20_261_122;
    const rng = createRng(seed);
    for (let run = 0; run < SEQUENCES; run += 1) {
      const events = Array.from({ length: rng.int(MOST_EVENTS + 1) }, () => venueEvent(rng));
      const once = sum(told(events));
      const again = sum(told(shuffled(rng, [...events, ...events.slice(rng.int(3))])));
      if (once !== again) throw new Error(`seed ${seed}, run ${run}: ${once}, then ${again}`);
    }
  });
});

const anySize = fc.integer({ min: 1, max: 30 }).map((tenths) => sizeBase(decimal(tenths).div(10)));
const story = fc.array(
  fc.record({ fills: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }), wanted: anySize }),
  { minLength: 1, maxLength: 5 },
);

/** One epoch on the venue: filled in parts up to its size, then cancelled if anything is left. */
function lived(facts: OrderFacts, oid: number, tenths: readonly number[]): OrderFacts {
  let left = decimal(facts.sizeBase);
  const events: OrderEvent[] = [EVENTS.prepared, EVENTS.sent];
  tenths.forEach((part, index) => {
    const size = decimal(part).div(10).gt(left) ? left : decimal(part).div(10);
    if (size.isZero()) return;
    left = left.minus(size);
    events.push({ type: 'fill', fill: { ...fillOf(plain(size), index + 1), oid } });
  });
  const status = left.isZero() ? 'filled' : 'canceled';
  events.push({ type: 'venueStatus', fact: { ...statusOf(status, plain(left)), oid } });
  return events.reduce((before, event) => {
    const next = advance(before, event);
    if (!next.ok) throw new Error(next.error.rule);
    return next.value;
  }, facts);
}

describe('an amended order', () => {
  test('never places more than was wanted last, less what has executed in all epochs', () => {
    fc.assert(
      fc.property(anySize, story, (first, chapters) => {
        let past: OrderFacts[] = [];
        let current = newOrderFacts(first);
        chapters.forEach(({ fills, wanted }, index) => {
          current = lived(current, 100 + index, fills);
          const executed = filledOverall(past, current);
          const next = nextEpoch(past, current, wanted);
          if (next === undefined) {
            expect(executed.gte(decimal(wanted))).toBe(true);
            return;
          }
          expect(plain(executed.plus(decimal(next.sizeBase)))).toBe(wanted);
          expect(next.epoch).toBe(current.epoch + 1);
          past = [...past, current];
          current = next;
          const view = viewOrder(intentOf({ sizeBase: wanted }), current, past);
          expect(view.filledBase).toBe(plain(executed));
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test('has no next epoch while the present one may live, or lacks executions', () => {
    const open = told([{ type: 'venueStatus', fact: statusOf('open') }]);
    const lacking = told([{ type: 'venueStatus', fact: statusOf('canceled', '0.4') }]);
    const doubtful = told([EVENTS.outcomeUnknown]);
    for (const facts of [SENT, open, lacking, doubtful]) {
      expect(nextEpoch([], facts, sizeBase('2'))).toBeUndefined();
    }
  });

  test.each(['marginCanceled', 'liquidatedCanceled', 'reduceOnlyCanceled', 'scheduledCancel'])(
    'that the venue ended as %s is not placed again',
    (status) => {
      const ended = told([{ type: 'venueStatus', fact: statusOf(status, '1') }]);
      expect(isComplete(ended)).toBe(true);
      expect(nextEpoch([], ended, sizeBase('2'))).toBeUndefined();
    },
  );

  test('hears late words about an earlier epoch as that epoch’s', () => {
    const first = lived(newOrderFacts(sizeBase('1')), 100, [3]);
    const late: OrderEvent = { type: 'fill', fill: { ...fillOf('0.3', 1), oid: 100 } };
    expect(epochOf([first], late)).toBe(0);
    expect(epochOf([first], { type: 'fill', fill: { ...fillOf('0.3', 1), oid: 101 } })).toBe(
      undefined,
    );
    expect(epochOf([first], EVENTS.sent)).toBeUndefined();
  });
});

describe('amendments', () => {
  test('of a market order, of nothing, or to what is no number are refused', () => {
    const { limitPx: _px, ...market } = intentOf({ type: 'MARKET' });
    expect(checkAmendment(market, { sizeBase: sizeBase('2') })).toMatchObject({ field: 'type' });
    expect(checkAmendment(intentOf(), {})).toMatchObject({ field: 'amend' });
    expect(checkAmendment(intentOf(), { limitPx: 'low' as never })).toMatchObject({
      field: 'limitPx',
    });
    expect(checkAmendment(intentOf(), { triggerPx: px('5') })).toMatchObject({
      field: 'triggerPx',
    });
    expect(checkAmendment(intentOf(), { limitPx: px('5') })).toBeUndefined();
  });

  test('to a market order drop what only a resting order can have', () => {
    const resting = intentOf({
      timeInForce: 'GTC',
      cancelAtMs: 5,
      onPartial: { afterMs: 1, rest: 'market' },
    });
    const market = amended(resting, { type: 'MARKET' });
    expect(Object.keys(market)).not.toEqual(
      expect.arrayContaining(['limitPx', 'timeInForce', 'cancelAtMs', 'onPartial']),
    );
    expect(checkAmendment(market, { sizeBase: sizeBase('1') })).toMatchObject({ field: 'type' });
  });
});
