import { describe, expect, test } from '@jest/globals';
import type { LedgerFacts, OrderWorkflowFact, RunFacts, VenueFacts } from './facts.ts';
import { judge } from './judge.ts';
import { describeRun, orderRecoveries, percentile } from './report.ts';
import { ENTRY, ENTRY_CLOID, KEPT, STOP_CLOID } from './sample-run.ts';

const withVenue = (venue: Partial<VenueFacts>): RunFacts => ({
  ...KEPT,
  venue: { ...KEPT.venue, ...venue },
});
const withLedger = (ledger: Partial<LedgerFacts>): RunFacts => ({
  ...KEPT,
  ledger: { ...KEPT.ledger, ...ledger },
});
const withEntry = (entry: Partial<OrderWorkflowFact>): RunFacts => ({
  ...KEPT,
  workflows: {
    ...KEPT.workflows,
    orders: KEPT.workflows.orders.map((order) =>
      order.intentId === ENTRY ? { ...order, ...entry } : order,
    ),
  },
});
const withSessionRuns = (...runs: string[]): RunFacts => ({
  ...KEPT,
  workflows: { ...KEPT.workflows, session: { ...KEPT.workflows.session, runs } },
});

const { venue, ledger } = KEPT;
const [entrySent, stopSent] = venue.sent;
const entryResult = KEPT.workflows.orders[0]?.result;
if (!entrySent || !stopSent || !entryResult) throw new Error('the sample run is not whole');

/** The sample run is shorter than a real one. */
const GRACES = { protectionMs: 30_000, barMs: 60_000, closedMs: 45_000 };

const broken = (facts: RunFacts): string[] => [
  ...new Set(judge(facts, GRACES).map(({ invariant }) => invariant)),
];

test('a run in which everything was kept has no violation', () => {
  expect(judge(KEPT, GRACES)).toEqual([]);
});

test('a refusal that was waited out is the end of its epoch alone', () => {
  const refused = { intentId: ENTRY, atMs: 1_050, what: 'rejected', detail: {} };
  const waits = { intentId: ENTRY, atMs: 1_050, what: 'waits', detail: { epoch: 1 } };
  expect(judge(withLedger({ steps: [refused, waits, ...ledger.steps] }), GRACES)).toEqual([]);
  expect(broken(withLedger({ steps: [refused, ...ledger.steps] }))).toEqual(['I4']);
});

test('an amendment that was withdrawn before it was placed ends an order where the venue knows nothing', () => {
  const result = { ...entryResult, status: 'CANCELLED' } as const;
  const run = withEntry({ result, ends: [result] });
  const amended = { intentId: ENTRY, atMs: 2_000, what: 'amended', detail: { epoch: 1 } };
  const withdrawn = { intentId: ENTRY, atMs: 2_001, what: 'withdrawn', detail: {} };
  const orders = ledger.orders.map((order) =>
    order.intentId === ENTRY ? { ...order, status: 'CANCELLED' } : order,
  );
  const withSteps = (...steps: readonly (typeof withdrawn)[]): RunFacts => ({
    ...run,
    ledger: { ...ledger, orders, steps: [...ledger.steps, ...steps] },
  });
  expect(judge(withSteps(amended, withdrawn), GRACES)).toEqual([]);
  expect(broken(withSteps(withdrawn))).toEqual(['I4']);
});

describe('a run that the SDK split', () => {
  const SPLIT =
    'Fatal error in workflow machines: UpdateMachine in state CompletedImmediatelyCompleteCreated says the transition is invalid';
  const codeFaults = [SPLIT, SPLIT];

  test('is no violation when it was started over and ended by itself', () => {
    const facts = withEntry({ codeFaults, runs: ['TERMINATED', 'COMPLETED'] });
    expect(judge(facts, GRACES)).toEqual([]);
  });

  test.each([
    ['that nobody started over', { codeFaults, runs: ['RUNNING'] }],
    ['that was ended and not begun again', { codeFaults, runs: ['TERMINATED'] }],
    ['of which code of ours threw', { codeFaults: ['x'], runs: ['TERMINATED', 'COMPLETED'] }],
    [
      'that another command than an update broke',
      {
        codeFaults: ['[TMPRL1100] Nondeterminism error: No command scheduled for TimerStarted'],
        runs: ['TERMINATED', 'COMPLETED'],
      },
    ],
  ])('%s is seen', (_what, changes) => {
    expect(broken(withEntry(changes))).toContain('I7');
  });

  test('is one of a seed at most', () => {
    const split = { codeFaults, runs: ['TERMINATED', 'COMPLETED'] };
    const orders = KEPT.workflows.orders.map((order) => ({ ...order, ...split }));
    expect(broken({ ...KEPT, workflows: { ...KEPT.workflows, orders } })).toContain('I7');
  });
});

describe('the judge sees', () => {
  test.each<readonly [string, string, RunFacts]>([
    ['a second order for one intent', 'I1', withVenue({ changes: [...venue.changes, ...again()] })],
    [
      'one client order id sent with two nonces',
      'I1',
      withVenue({ sent: [...venue.sent, { ...entrySent, nonce: entrySent.nonce + 1 }] }),
    ],
    ['an order that rests unattended', 'I2', withVenue({ openCloids: [STOP_CLOID] })],
    ['an order that rests without a client order id', 'I2', withVenue({ openCloids: [undefined] })],
    ['an execution that the ledger lacks', 'I3', withLedger({ fills: ledger.fills.slice(1) })],
    [
      'an execution that the ledger has twice',
      'I3',
      withLedger({ fills: [...ledger.fills, ...ledger.fills.slice(1)] }),
    ],
    [
      'an execution of another size in the ledger',
      'I3',
      withLedger({ fills: ledger.fills.map((fill) => ({ ...fill, sizeBase: '0.4' })) }),
    ],
    [
      'an execution that no workflow result has',
      'I3',
      withEntry({ result: { ...entryResult, fills: [] } }),
    ],
    ['a position that no executions explain', 'I3', withVenue({ positions: { BTC: '0.1' } })],
    [
      'a ledger that says another end than the result',
      'I4',
      withLedger({ orders: ledger.orders.map((order) => ({ ...order, status: 'CANCELLED' })) }),
    ],
    [
      'a story that told another end before',
      'I4',
      withLedger({
        steps: [
          { intentId: ENTRY, atMs: 1_050, what: 'provenAbsent', detail: {} },
          ...ledger.steps,
        ],
      }),
    ],
    [
      'a result that the venue contradicts',
      'I4',
      withVenue({
        changes: venue.changes.map((each) =>
          each.status === 'filled' ? { ...each, status: 'canceled' } : each,
        ),
      }),
    ],
    [
      'a filled order that the venue never had',
      'I4',
      withVenue({ changes: venue.changes.filter(({ cloid }) => cloid !== ENTRY_CLOID) }),
    ],
    [
      'an order sent without an envelope',
      'I5',
      withLedger({ envelopes: ledger.envelopes.slice(1) }),
    ],
    [
      'an order sent with other bytes than its envelope has',
      'I5',
      withVenue({ sent: [{ ...entrySent, action: '{}' }, stopSent] }),
    ],
    ['an order that never ended', 'I7', withEntry({ runs: ['RUNNING'], result: undefined })],
    ['an order whose workflow failed', 'I7', withEntry({ runs: ['FAILED'] })],
    ['an order that was started again', 'I7', withEntry({ runs: ['COMPLETED', 'COMPLETED'] })],
    ['workflow code that threw', 'I7', withEntry({ codeFaults: ['illegal rejected in filled'] })],
    ['a session that was started anew', 'I7', withSessionRuns('COMPLETED', 'COMPLETED')],
    ['a session that was terminated', 'I7', withSessionRuns('TERMINATED', 'COMPLETED')],
    ['an order that was asked for and lost', 'I7', { ...KEPT, asked: [ENTRY, 'lost'] }],
    ['an order sent after the session had stopped', 'stopped', { ...KEPT, sessionStoppedSeq: 15 }],
    ['a session that stood still', 'goes on', withLedger({ decidedMs: [900, 15_000] })],
    ['a log of the venue with a gap', 'evidence', withVenue({ isComplete: false })],
  ])('%s', (_what, invariant, facts) => {
    expect(broken(facts)).toContain(invariant);
  });

  test('a position that had no stop for longer than the grace', () => {
    const unstopped = venue.changes.map((each) => ({ ...each, stopSize: '0' }));
    const facts = { ...withVenue({ changes: unstopped }), kills: [] };
    expect(broken(facts)).toEqual(['stops']);
  });

  test('a stop on the wrong side, or for less than the position, as none', () => {
    const kills: RunFacts['kills'] = [];
    const small = venue.changes.map((each) => ({ ...each, stopSize: '0.4' }));
    const wrong = venue.changes.map((each) => ({ ...each, side: 'buy' as const }));
    expect(broken({ ...withVenue({ changes: small }), kills })).toEqual(['stops']);
    expect(broken({ ...withVenue({ changes: wrong }), kills })).toEqual(['stops']);
  });
});

test('time without a stop counts from the newest kill on', () => {
  const unstopped = venue.changes.map((each) => ({ ...each, stopSize: '0' }));
  const kills = [10_000, 30_000].map((atMs) => ({ target: 'ledger', atMs, aimed: false }));
  const facts = withVenue({ changes: unstopped });
  expect(broken({ ...facts, kills })).toEqual([]);
  expect(broken({ ...facts, kills: kills.slice(0, 1) })).toContain('stops');
});

describe('the report', () => {
  test('a recovery ends with the first outcome of an order that started after the kill', () => {
    const late = { ...KEPT, kills: [{ target: 'ledger', atMs: 1_000, aimed: false }] };
    expect(orderRecoveries(late)).toEqual([{ target: 'ledger', afterMs: 49_100 }]);
    expect(orderRecoveries(KEPT)).toEqual([]);
  });

  test('a percentile is the smallest value with that share at or below it', () => {
    expect(percentile([30, 10, 20, 40], 0.5)).toBe(20);
    expect(percentile([30, 10, 20, 40], 0.99)).toBe(40);
    expect(percentile([], 0.5)).toBeUndefined();
  });

  test('the table names every kind of order end', () => {
    expect(describeRun(KEPT)).toContain('FILLED 2');
  });
});

/** The entry's changes once more under another order id. */
function again(): RunFacts['venue']['changes'] {
  return venue.changes
    .filter(({ cloid }) => cloid === ENTRY_CLOID)
    .map((each) => ({ ...each, oid: 9 }));
}
