import { describe, expect, test } from '@jest/globals';
import type { OrderEvent, OrderFacts, OrderPhase } from '../../../domain/execution/order-facts.ts';
import {
  advance,
  averageFillPx,
  expectedFilledBase,
  filledBase,
  isComplete,
  isTerminal,
  newOrderFacts,
  phaseOf,
  TERMINAL_PHASES,
  wasFoundLate,
} from '../../../domain/execution/order-facts.ts';
import { viewOrder } from '../../../domain/execution/order-view.ts';
import { isTerminalVenueStatus, terminalKind } from '../../../domain/execution/venue-status.ts';
import { plain, px, type SizeBase, sizeBase } from '../../../domain/kernel/decimal.ts';
import {
  adding,
  EVENTS,
  factsAfter,
  filled,
  fillOf,
  intentOf,
  statusOf,
  venueSays,
} from './samples.ts';

const { prepared, sent, outcomeUnknown, provenAbsent } = EVENTS;
const placed = [prepared, sent] as const;

/** One order in each phase; all are for 1 BTC. */
const IN_PHASE: Readonly<Record<OrderPhase, OrderFacts>> = {
  pending: factsAfter(prepared),
  submitting: factsAfter(...placed),
  inDoubt: factsAfter(...placed, outcomeUnknown),
  submitted: factsAfter(...placed, venueSays(statusOf('open'))),
  partiallyFilled: factsAfter(...placed, filled(fillOf('0.3', 9))),
  filled: factsAfter(...placed, venueSays(statusOf('filled', '0')), filled(fillOf('1', 9))),
  cancelled: factsAfter(...placed, venueSays(statusOf('canceled'))),
  rejected: factsAfter(...placed, EVENTS.rejected),
  expired: factsAfter(...placed, outcomeUnknown, provenAbsent),
  denied: factsAfter(EVENTS.denied),
};

const DENIED_SENT = 'an order that was sent cannot be denied';
const WITHDRAWN_SENT = 'a sent order is cancelled on the venue';
const NO_DOUBT = 'only doubt needs a proof';
const NOT_OPEN = 'only what was open can be gone';

type Row = Readonly<Record<OrderEvent['type'], string>>;

/** What becomes of a sent order: it differs only where a row says so. */
const SENT = {
  denied: DENIED_SENT,
  withdrawn: WITHDRAWN_SENT,
  provenAbsent: NO_DOUBT,
  provenGone: NOT_OPEN,
};

/** The phase after the event, or the rule that the event breaks. */
const TABLE: Readonly<Record<OrderPhase, Row>> = {
  pending: {
    prepared: 'pending',
    denied: 'denied',
    withdrawn: 'cancelled',
    sent: 'submitting',
    rejected: 'only a sent order can be rejected',
    outcomeUnknown: 'nothing was sent',
    provenAbsent: NO_DOUBT,
    provenGone: NOT_OPEN,
    venueStatus: 'submitted',
    fill: 'partiallyFilled',
  },
  submitting: {
    ...SENT,
    prepared: 'submitting',
    sent: 'submitting',
    rejected: 'rejected',
    outcomeUnknown: 'inDoubt',
    venueStatus: 'submitted',
    fill: 'partiallyFilled',
  },
  inDoubt: {
    ...SENT,
    prepared: 'inDoubt',
    sent: 'inDoubt',
    rejected: 'rejected',
    outcomeUnknown: 'inDoubt',
    provenAbsent: 'expired',
    venueStatus: 'submitted',
    fill: 'partiallyFilled',
  },
  submitted: {
    ...SENT,
    prepared: 'submitted',
    sent: 'submitted',
    rejected: 'submitted',
    outcomeUnknown: 'submitted',
    provenGone: 'cancelled',
    venueStatus: 'submitted',
    fill: 'partiallyFilled',
  },
  partiallyFilled: {
    ...SENT,
    prepared: 'partiallyFilled',
    sent: 'partiallyFilled',
    rejected: 'partiallyFilled',
    outcomeUnknown: 'partiallyFilled',
    provenGone: 'cancelled',
    venueStatus: 'partiallyFilled',
    fill: 'partiallyFilled',
  },
  filled: {
    ...SENT,
    prepared: 'filled',
    sent: 'filled',
    rejected: 'filled',
    outcomeUnknown: 'filled',
    venueStatus: 'filled',
    fill: 'filled',
  },
  cancelled: {
    ...SENT,
    prepared: 'cancelled',
    sent: 'cancelled',
    rejected: 'cancelled',
    outcomeUnknown: 'cancelled',
    venueStatus: 'cancelled',
    fill: 'cancelled',
  },
  rejected: {
    ...SENT,
    prepared: 'rejected',
    sent: 'rejected',
    rejected: 'rejected',
    outcomeUnknown: 'rejected',
    venueStatus: 'submitted',
    fill: 'partiallyFilled',
  },
  expired: {
    ...SENT,
    prepared: 'expired',
    sent: 'expired',
    rejected: 'rejected',
    outcomeUnknown: 'expired',
    venueStatus: 'submitted',
    fill: 'partiallyFilled',
  },
  denied: {
    prepared: 'a denied order is never prepared',
    denied: 'denied',
    withdrawn: 'a denied order has ended',
    sent: 'a denied order is never sent',
    rejected: 'only a sent order can be rejected',
    outcomeUnknown: 'nothing was sent',
    provenAbsent: NO_DOUBT,
    provenGone: NOT_OPEN,
    venueStatus: 'submitted',
    fill: 'partiallyFilled',
  },
};

const rows = Object.entries(TABLE).flatMap(([phase, row]) =>
  Object.entries(row).map(([event, expected]) => ({ phase, event, expected })),
);

describe('the state machine of an order', () => {
  test.each(Object.keys(IN_PHASE) as OrderPhase[])('the sample of %s is in that phase', (phase) => {
    expect(phaseOf(IN_PHASE[phase])).toBe(phase);
  });

  test.each(rows)('$phase + $event: $expected', ({ phase, event, expected }) => {
    const facts = IN_PHASE[phase as OrderPhase];
    const next = advance(facts, EVENTS[event as OrderEvent['type']]);
    if (next.ok) expect(phaseOf(next.value)).toBe(expected);
    else expect(next.error).toEqual({ phase, event, rule: expected });
  });

  test('an order without an envelope is never sent', () => {
    expect(advance(newOrderFacts(sizeBase('1')), sent)).toMatchObject({
      ok: false,
      error: { rule: 'an envelope precedes the wire' },
    });
  });

  test.each([
    ['prepared', 'a withdrawn order is never prepared'],
    ['sent', 'a withdrawn order is never sent'],
    ['denied', 'a withdrawn order needs no verdict'],
  ] as const)('an order that was withdrawn cannot be %s any more', (event, rule) => {
    const withdrawn = factsAfter(prepared, EVENTS.withdrawn);
    expect(phaseOf(withdrawn)).toBe('cancelled');
    expect(advance(withdrawn, EVENTS[event])).toMatchObject({ ok: false, error: { rule } });
  });

  test('after a second send a refusal is no answer', () => {
    const twice = factsAfter(...placed, outcomeUnknown, sent);
    expect(advance(twice, EVENTS.rejected)).toMatchObject({
      ok: false,
      error: {
        phase: 'inDoubt',
        rule: 'after a second send no refusal is final: resolve instead',
      },
    });
  });

  test('an order that was found needs no proof of absence', () => {
    const found = factsAfter(...placed, outcomeUnknown, venueSays(statusOf('open')));
    expect(advance(found, provenAbsent)).toMatchObject({ ok: false, error: { rule: NO_DOUBT } });
  });

  test('an order that is gone has ended with what it executed, until the venue says how', () => {
    const part = filled(fillOf('0.3', 9));
    const gone = factsAfter(...placed, part, venueSays(statusOf('open', '0.7')), EVENTS.provenGone);
    expect(phaseOf(gone)).toBe('cancelled');
    expect(isComplete(gone)).toBe(true);
    expect(viewOrder(intentOf(), gone)).toMatchObject({ filledBase: '0.3', reason: 'GONE' });
    const told = adding(gone, venueSays(statusOf('marginCanceled', '0.7')));
    expect(viewOrder(intentOf(), told)).toMatchObject({ reason: 'marginCanceled' });
  });

  test.each(['0', '-1', 'many'])('an order of size %s is denied, never filled', (size) => {
    const facts = newOrderFacts(size as SizeBase);
    expect(phaseOf(facts)).toBe('pending');
    const denied = advance(facts, EVENTS.denied);
    expect(denied.ok && phaseOf(denied.value)).toBe('denied');
    expect(denied.ok && isComplete(denied.value)).toBe(true);
  });
});

describe('which word of the venue stands', () => {
  test('a terminal word stands over an open one, whenever either was said', () => {
    const end = venueSays(statusOf('canceled', '1', 10));
    const late = venueSays(statusOf('open', '1', 99));
    expect(phaseOf(factsAfter(...placed, end, late))).toBe('cancelled');
    expect(phaseOf(factsAfter(...placed, late, end))).toBe('cancelled');
  });

  test('of two open words the later stands, and of equally late ones the one with less left', () => {
    const early = statusOf('open', '1', 10);
    const late = statusOf('open', '0.5', 20);
    expect(factsAfter(venueSays(late), venueSays(early)).venue).toEqual(late);
    const less = statusOf('open', '0.4', 20);
    expect(factsAfter(venueSays(late), venueSays(less)).venue).toEqual(less);
    expect(factsAfter(venueSays(less), venueSays(late)).venue).toEqual(less);
  });

  test('a word that we do not know is never terminal', () => {
    for (const word of ['', 'FILLED', 'Canceled', 'toString', '__proto__', 'someNewStatus']) {
      expect(isTerminalVenueStatus(word)).toBe(false);
      expect(terminalKind(word)).toBeUndefined();
      expect(phaseOf(factsAfter(...placed, venueSays(statusOf(word))))).toBe('submitted');
    }
  });

  test.each([
    ['filled', 'filled'],
    ['selfTradeCanceled', 'cancelled'],
    ['scheduledCancel', 'cancelled'],
    ['liquidatedCanceled', 'cancelled'],
    ['badAloPxRejected', 'rejected'],
    ['iocCancelRejected', 'rejected'],
  ])('%s ends an order as %s', (word, kind) => {
    expect(terminalKind(word)).toBe(kind);
  });
});

describe('executions', () => {
  test('one that is heard twice counts once', () => {
    const facts = factsAfter(...placed, filled(fillOf('0.4', 1)), filled(fillOf('0.4', 1)));
    expect(plain(filledBase(facts))).toBe('0.4');
  });

  test('two with one trade id at different times are two', () => {
    const facts = factsAfter(
      filled(fillOf('0.4', 1, { timeMs: 5 })),
      filled(fillOf('0.4', 1, { timeMs: 6 })),
    );
    expect(plain(filledBase(facts))).toBe('0.8');
  });

  test('before any word of the venue they show that the order landed', () => {
    expect(phaseOf(factsAfter(prepared, filled(fillOf('0.4'))))).toBe('partiallyFilled');
    expect(phaseOf(factsAfter(prepared, filled(fillOf('1'))))).toBe('filled');
  });

  test('one that comes after a cancel is added and the order stays cancelled', () => {
    const facts = factsAfter(...placed, venueSays(statusOf('canceled', '0.6')));
    const late = advance(facts, filled(fillOf('0.4')));
    expect(late.ok && phaseOf(late.value)).toBe('cancelled');
    expect(late.ok && plain(filledBase(late.value))).toBe('0.4');
  });

  test('their average price is weighted by size', () => {
    const facts = factsAfter(
      filled(fillOf('0.1', 1, { px: px('100') })),
      filled(fillOf('0.3', 2, { px: px('200') })),
    );
    expect(averageFillPx(facts)).toBe('175');
    expect(averageFillPx(factsAfter(...placed))).toBeUndefined();
  });
});

describe('an order is complete', () => {
  test.each<[string, OrderFacts, string | undefined, boolean]>([
    ['never while it is open', IN_PHASE.submitted, undefined, false],
    ['never in doubt', IN_PHASE.inDoubt, undefined, false],
    ['never partly filled', IN_PHASE.partiallyFilled, undefined, false],
    [
      'not while executions of a filled one are missing',
      factsAfter(venueSays(statusOf('filled', '0')), filled(fillOf('0.4'))),
      '1',
      false,
    ],
    [
      'not while executions of a cancelled one are missing',
      factsAfter(venueSays(statusOf('canceled', '0.6'))),
      '0.4',
      false,
    ],
    [
      'once the executions of a cancelled one are here',
      factsAfter(venueSays(statusOf('canceled', '0.6')), filled(fillOf('0.4'))),
      '0.4',
      true,
    ],
    ['once all of it was executed, whatever the venue says', IN_PHASE.filled, '1', true],
    [
      'once all of it was executed, before the venue says so',
      factsAfter(venueSays(statusOf('open')), filled(fillOf('1'))),
      '1',
      true,
    ],
    [
      'when the venue rejected it, whatever it says was left',
      factsAfter(venueSays(statusOf('tickRejected', '0'))),
      '0',
      true,
    ],
    ['when the answer refused it', IN_PHASE.rejected, '0', true],
    ['when it is proven absent', IN_PHASE.expired, '0', true],
    ['when we denied it', IN_PHASE.denied, '0', true],
    ['when it was withdrawn', factsAfter(EVENTS.withdrawn), '0', true],
  ])('%s', (_rule, facts, expected, complete) => {
    expect(expectedFilledBase(facts)).toBe(expected);
    expect(isComplete(facts)).toBe(complete);
    if (complete) expect(isTerminal(facts)).toBe(true);
  });

  test('every terminal phase is listed and no other', () => {
    const terminal = (Object.keys(IN_PHASE) as OrderPhase[]).filter((phase) =>
      isTerminal(IN_PHASE[phase]),
    );
    expect(terminal.sort()).toEqual([...TERMINAL_PHASES].sort());
  });
});

describe('an order that was declared absent and then seen', () => {
  test.each([
    ['a word of the venue', venueSays(statusOf('open'))],
    ['an execution', filled(fillOf('0.4'))],
  ])('is found late by %s, and open again', (_what, event) => {
    const late = advance(IN_PHASE.expired, event);
    expect(late.ok && wasFoundLate(late.value)).toBe(true);
    expect(late.ok && isTerminal(late.value)).toBe(false);
  });

  test('is not confused with one that was merely in doubt', () => {
    expect(wasFoundLate(IN_PHASE.expired)).toBe(false);
    expect(wasFoundLate(factsAfter(...placed, outcomeUnknown, venueSays(statusOf('open'))))).toBe(
      false,
    );
  });
});
