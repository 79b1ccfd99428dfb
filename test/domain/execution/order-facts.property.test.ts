import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OrderEvent, OrderFacts } from '../../../domain/execution/order-facts.ts';
import {
  advance,
  averageFillPx,
  expectedFilledBase,
  filledBase,
  isComplete,
  isTerminal,
  newOrderFacts,
  phaseOf,
  wasFoundLate,
} from '../../../domain/execution/order-facts.ts';
import { viewOrder } from '../../../domain/execution/order-view.ts';
import { isTerminalVenueStatus } from '../../../domain/execution/venue-status.ts';
import { decimal, plain, sizeBase } from '../../../domain/kernel/decimal.ts';
import { canonicalJson } from '../../../domain/kernel/ids.ts';
import {
  adding,
  anyFill,
  anyPrefix,
  anyStatus,
  anyVenueEvent,
  EVENTS,
  factsAfter,
  filled,
  fillOf,
  intentOf,
  statusOf,
  venueSays,
} from './samples.ts';

const RUNS = { numRuns: 2_000 };

const seen = (facts: OrderFacts): string =>
  canonicalJson({
    facts,
    phase: phaseOf(facts),
    view: viewOrder(intentOf(), facts),
    filled: plain(filledBase(facts)),
    average: averageFillPx(facts),
    expected: expectedFilledBase(facts),
    complete: isComplete(facts),
    late: wasFoundLate(facts),
  });

/** A set of venue events, and the same set shuffled, with some of them said again. */
const anyTwoTellings = fc
  .array(anyVenueEvent, { maxLength: 10 })
  .chain((events) =>
    fc.tuple(
      fc.constant(events),
      fc.shuffledSubarray([...events, ...events, ...events], { minLength: 0 }),
      fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
    ),
  )
  .map(([events, repeats, shuffled]) => ({ events, told: [...repeats, ...shuffled] }));

describe('facts of the venue', () => {
  test('give the same order in whatever order and however often they are heard', () => {
    fc.assert(
      fc.property(anyPrefix, anyTwoTellings, (prefix, { events, told }) => {
        const once = adding(factsAfter(...prefix), ...events);
        const again = adding(factsAfter(...prefix), ...told);
        expect(seen(again)).toBe(seen(once));
      }),
      RUNS,
    );
  });

  test('are always legal, in every state', () => {
    fc.assert(
      fc.property(anyPrefix, fc.array(anyVenueEvent), anyVenueEvent, (prefix, events, event) => {
        expect(advance(adding(factsAfter(...prefix), ...events), event).ok).toBe(true);
      }),
      RUNS,
    );
  });

  test('never take an execution away, and never count one twice', () => {
    fc.assert(
      fc.property(fc.array(anyFill), anyFill, (fills, fill) => {
        const before = factsAfter(...fills.map(filled));
        const next = adding(before, filled(fill));
        const known = fills.some((each) => each.tid === fill.tid && each.timeMs === fill.timeMs);
        const grown = filledBase(before).plus(known ? 0 : decimal(fill.sizeBase));
        expect(plain(filledBase(next))).toBe(plain(grown));
      }),
      RUNS,
    );
  });

  test('with a word unknown to us never end an order', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 9 }), (word, tenths) => {
        fc.pre(!isTerminalVenueStatus(word));
        const facts = factsAfter(
          EVENTS.prepared,
          EVENTS.sent,
          venueSays(statusOf(word, '0')),
          filled(fillOf(`0.${tenths}`)),
        );
        expect(isTerminal(facts)).toBe(false);
        expect(isComplete(facts)).toBe(false);
      }),
      RUNS,
    );
  });
});

/** What a venue that does not contradict itself tells of an order of 1 BTC, its end included. */
const anyConsistentStory = fc
  .record({
    executed: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
    end: fc.constantFrom('canceled', 'marginCanceled', 'scheduledCancel'),
    opens: fc.array(anyStatus, { maxLength: 4 }),
  })
  .map(({ executed, end, opens }) => {
    const fills = executed.map((tenths, index) => fillOf(`0.${tenths}`, index + 1));
    const sum = executed.reduce((total, tenths) => total + tenths, 0);
    const ended = statusOf(end, plain(decimal(1).minus(decimal(sum).div(10))), 9);
    const open = opens.filter((fact) => !isTerminalVenueStatus(fact.status));
    const events: OrderEvent[] = [...fills.map(filled), ...open.map(venueSays)];
    return { events, ended: venueSays(ended), filledBase: plain(decimal(sum).div(10)) };
  });

describe('an order that has ended', () => {
  const placed = factsAfter(EVENTS.prepared, EVENTS.sent);

  test('keeps its end and only gains executions, whatever the venue still tells of it', () => {
    fc.assert(
      fc.property(anyConsistentStory, fc.nat(), ({ events, ended, filledBase: sum }, cut) => {
        const at = events.length === 0 ? 0 : cut % (events.length + 1);
        let facts = adding(placed, ...events.slice(0, at), ended);
        for (const event of events.slice(at)) {
          const phase = phaseOf(facts);
          expect(isTerminal(facts)).toBe(true);
          facts = adding(facts, event);
          expect(phaseOf(facts)).toBe(phase);
        }
        expect(plain(filledBase(facts))).toBe(sum);
        expect(isComplete(facts)).toBe(true);
      }),
      RUNS,
    );
  });

  test('stays ended even when the venue contradicts itself', () => {
    fc.assert(
      fc.property(fc.array(anyVenueEvent), fc.array(anyVenueEvent), (before, later) => {
        const facts = adding(placed, ...before);
        fc.pre(isTerminal(facts));
        expect(isTerminal(adding(facts, ...later))).toBe(true);
      }),
      RUNS,
    );
  });

  test('on proof of absence, comes back only as found late', () => {
    const absent = adding(placed, EVENTS.outcomeUnknown, EVENTS.provenAbsent);
    fc.assert(
      fc.property(fc.array(anyVenueEvent, { minLength: 1 }), (events) => {
        const facts = adding(absent, ...events);
        expect(wasFoundLate(facts)).toBe(true);
        expect(phaseOf(facts)).not.toBe('expired');
        expect(viewOrder(intentOf(), facts).foundLate).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('facts as they travel', () => {
  test('survive JSON unchanged', () => {
    fc.assert(
      fc.property(anyPrefix, fc.array(anyVenueEvent), (prefix, events) => {
        const facts = adding(factsAfter(...prefix), ...events);
        const back = JSON.parse(JSON.stringify(facts)) as OrderFacts;
        expect(back).toEqual(facts);
        expect(seen(back)).toBe(seen(facts));
      }),
      RUNS,
    );
  });

  test('any sequence of events is judged without a throw, and a refused one changes nothing', () => {
    const anyEvent: fc.Arbitrary<OrderEvent> = fc.oneof(
      fc.constantFrom(...Object.values(EVENTS)),
      anyVenueEvent,
      fc.string().map((status) => venueSays(statusOf(status, '0.5'))),
    );
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 15 }), (events) => {
        let facts = newOrderFacts(sizeBase('1'));
        for (const event of events) {
          const before = JSON.stringify(facts);
          const next = advance(facts, event);
          expect(JSON.stringify(facts)).toBe(before);
          if (next.ok) facts = next.value;
          else expect(next.error.phase).toBe(phaseOf(facts));
        }
        expect(typeof viewOrder(intentOf(), facts).status).toBe('string');
      }),
      RUNS,
    );
  });

  test('nothing that was sent is ever denied or withdrawn, and nothing refused is ever sent', () => {
    const own = fc.constantFrom(...Object.values(EVENTS));
    fc.assert(
      fc.property(fc.array(own, { maxLength: 12 }), (events) => {
        let facts = newOrderFacts(sizeBase('1'));
        for (const event of events) {
          const next = advance(facts, event);
          if (next.ok) facts = next.value;
        }
        const refused = facts.denied !== undefined || facts.withdrawn !== undefined;
        expect(refused && facts.sends > 0).toBe(false);
      }),
      RUNS,
    );
  });
});
