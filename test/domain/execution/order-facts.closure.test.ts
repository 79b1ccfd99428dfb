/**
 * The order state machine against a second opinion: a judge that keeps a log of what happened and
 * knows nothing of facts. First every (state, event) pair that can be reached, then long random
 * stories told twice, shuffled and with repetitions.
 */
import { describe, expect, test } from '@jest/globals';
import type { OrderEvent, OrderFacts, OrderPhase } from '../../../domain/execution/order-facts.ts';
import {
  advance,
  averageFillPx,
  expectedFilledBase,
  filledBase,
  fillKey,
  isComplete,
  newOrderFacts,
  phaseOf,
  wasFoundLate,
} from '../../../domain/execution/order-facts.ts';
import { terminalKind } from '../../../domain/execution/venue-status.ts';
import { plain, px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { canonicalJson } from '../../../domain/kernel/ids.ts';
import { createRng, type Rng, seedOf } from '../../../domain/kernel/rng.ts';
import { EVENTS, filled, fillOf, statusOf, venueSays } from './samples.ts';

const WORDS = ['open', 'filled', 'canceled', 'tickRejected', 'aWordOfTomorrow'] as const;
const OWN = [
  EVENTS.prepared,
  EVENTS.denied,
  EVENTS.withdrawn,
  EVENTS.sent,
  EVENTS.rejected,
  EVENTS.outcomeUnknown,
  EVENTS.provenAbsent,
  EVENTS.provenGone,
] as const;

/** What happened so far, as a bystander would note it. */
interface Log {
  readonly own: ReadonlySet<OrderEvent['type']>;
  readonly sends: number;
  readonly words: readonly { readonly word: string; readonly atMs: number }[];
  /** Tenths of a BTC by execution. */
  readonly executed: ReadonlyMap<string, number>;
}

const NOTHING: Log = { own: new Set(), sends: 0, words: [], executed: new Map() };

function noted(log: Log, event: OrderEvent): Log {
  if (event.type === 'venueStatus') {
    const { status: word, statusTimestampMs: atMs } = event.fact;
    return { ...log, words: [...log.words, { word, atMs }] };
  }
  if (event.type === 'fill') {
    const tenths = Math.round(Number(event.fill.sizeBase) * 10);
    return { ...log, executed: new Map([...log.executed, [fillKey(event.fill), tenths]]) };
  }
  const sends = log.sends + (event.type === 'sent' ? 1 : 0);
  return { ...log, own: new Set([...log.own, event.type]), sends };
}

/** The phase of an order of 1 BTC after the log. */
function judgePhase({ own, sends, words, executed }: Log): OrderPhase {
  const tenths = [...executed.values()].reduce((sum, each) => sum + each, 0);
  if (tenths >= 10) return 'filled';
  const ends = words.filter(({ word }) => terminalKind(word) !== undefined);
  const end = ends.sort((a, b) => b.atMs - a.atMs)[0];
  if (end !== undefined) return terminalKind(end.word) ?? 'submitted';
  if (own.has('provenGone')) return 'cancelled';
  if (tenths > 0) return 'partiallyFilled';
  if (words.length > 0) return 'submitted';
  if (own.has('rejected')) return 'rejected';
  if (own.has('provenAbsent')) return 'expired';
  if (own.has('outcomeUnknown')) return 'inDoubt';
  if (own.has('denied')) return 'denied';
  if (own.has('withdrawn')) return 'cancelled';
  return sends > 0 ? 'submitting' : 'pending';
}

function judgeLegal(log: Log, type: OrderEvent['type']): boolean {
  const { own, sends } = log;
  const refused = own.has('denied') || own.has('withdrawn');
  const verdicts: Readonly<Record<OrderEvent['type'], boolean>> = {
    venueStatus: true,
    fill: true,
    prepared: !refused,
    sent: own.has('prepared') && !refused,
    denied: sends === 0 && !own.has('withdrawn'),
    withdrawn: sends === 0 && !own.has('denied'),
    rejected: sends === 1,
    outcomeUnknown: sends > 0,
    provenAbsent: judgePhase(log) === 'inDoubt',
    provenGone: ['submitted', 'partiallyFilled'].includes(judgePhase(log)),
  };
  return verdicts[type];
}

/** Whoever changes what he was given fails. */
function frozen(facts: OrderFacts): OrderFacts {
  for (const part of [facts.fills, facts.venue, facts.denied]) Object.freeze(part);
  return Object.freeze(facts);
}

/** One step of both; throws where they disagree. */
function step(facts: OrderFacts, log: Log, event: OrderEvent): { facts: OrderFacts; log: Log } {
  const next = advance(frozen(facts), event);
  const phase = judgePhase(log);
  const disagree = (what: string): Error =>
    new Error(`${what}: ${event.type} in ${phase} after ${canonicalJson(facts)}`);
  if (next.ok !== judgeLegal(log, event.type)) throw disagree(next.ok ? 'allowed' : 'refused');
  if (!next.ok) {
    const { error } = next;
    if (error.phase !== phase || error.event !== event.type) throw disagree(error.phase);
    return { facts, log };
  }
  const after = noted(log, event);
  if (phaseOf(next.value) !== judgePhase(after)) throw disagree(`became ${phaseOf(next.value)}`);
  return { facts: next.value, log: after };
}

describe('every state that can be reached', () => {
  test('answers every event as the judge does', () => {
    const words = WORDS.map((word, index) => venueSays(statusOf(word, '0.5', index)));
    const executions = [filled(fillOf('0.4', 1)), filled(fillOf('0.6', 2))];
    const events: readonly OrderEvent[] = [...OWN, ...words, ...executions];
    const start = { facts: newOrderFacts(sizeBase('1')), log: NOTHING };
    const seen = new Set([canonicalJson(start.facts)]);
    const queue = [start];
    const pairs = new Set<string>();
    for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
      for (const event of events) {
        pairs.add(`${phaseOf(state.facts)} ${event.type}`);
        const next = step(state.facts, state.log, event);
        const key = canonicalJson(next.facts);
        // A fourth send is like a third.
        if (seen.has(key) || next.facts.sends > 3) continue;
        seen.add(key);
        queue.push(next);
      }
    }
    expect(seen.size).toBeGreaterThan(500);
    expect(pairs.size).toBe(10 * 10);
  });
});

const pick = <Item>(rng: Rng, items: readonly Item[]): Item => {
  const item = items[rng.int(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
};

function venueEvent(rng: Rng): OrderEvent {
  if (rng.int(2) === 0) {
    // Moments differ: the judge knows words by them alone.
    const atMs = rng.int(1_000_000_000);
    return venueSays(statusOf(pick(rng, WORDS), `0.${rng.int(10)}`, atMs));
  }
  const tid = 1 + rng.int(6);
  return filled(fillOf(`0.${1 + (tid % 4)}`, tid, { px: px(`${60_000 + tid}`) }));
}

function shuffled<Item>(rng: Rng, items: readonly Item[]): Item[] {
  const order = items.map((item) => ({ item, at: rng.next() }));
  return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

const seen = (facts: OrderFacts): string =>
  canonicalJson({
    facts,
    phase: phaseOf(facts),
    filled: plain(filledBase(facts)),
    average: averageFillPx(facts) ?? null,
    expected: expectedFilledBase(facts) ?? null,
    complete: isComplete(facts),
    late: wasFoundLate(facts),
  });

describe('random stories', () => {
  const stories = Number(process.env.STATE_MACHINE_STORIES ?? 5_000);

  test(`${stories} of them are judged alike, told in whatever order and however often`, () => {
    const rng = createRng(seedOf('order stories', 1));
    for (let story = 0; story < stories; story += 1) {
      let state = { facts: newOrderFacts(sizeBase('1')), log: NOTHING };
      const opening = rng.int(7);
      for (let index = 0; index < opening; index += 1) {
        const event = rng.int(5) === 0 ? venueEvent(rng) : pick(rng, OWN);
        state = step(state.facts, state.log, event);
      }
      const told = Array.from({ length: rng.int(7) }, () => venueEvent(rng));
      let [once, again] = [state, state];
      for (const event of told) once = step(once.facts, once.log, event);
      const twice = [...told, ...told.filter(() => rng.int(2) === 0)];
      for (const event of shuffled(rng, twice)) again = step(again.facts, again.log, event);
      if (seen(again.facts) !== seen(once.facts)) {
        throw new Error(`story ${story}: ${seen(once.facts)} or ${seen(again.facts)}`);
      }
    }
  });
});
