import { describe, expect, test } from '@jest/globals';
import { sizeBase } from '../../../domain/kernel/decimal.ts';
import type {
  OrderWorkflowFact,
  ParentWorkflowFact,
  RecordedStep,
  RunFacts,
  StoredEnvelope,
} from '../facts.ts';
import { judge } from '../judge.ts';
import { ENTRY, ENTRY_CLOID, KEPT, STOP, STOP_CLOID } from '../sample-run.ts';

const GRACES = { protectionMs: 30_000, barMs: 60_000, closedMs: 45_000 };
const NEXT_CLOID = '0xa3';

const broken = (facts: RunFacts): string[] => [
  ...new Set(judge(facts, GRACES).map(({ invariant }) => invariant)),
];

const { venue, ledger, workflows } = KEPT;
const [entry, stop] = workflows.orders;
const [entryEnvelope] = ledger.envelopes;
const [entrySent] = venue.sent;
const entryFill = venue.fills[0];
if (!entry?.result || !stop?.result || !entryEnvelope || !entrySent || !entryFill) {
  throw new Error('the sample run is not whole');
}

const step = (intentId: string, atMs: number, what: string, detail = {}): RecordedStep => ({
  intentId,
  atMs,
  what,
  detail,
});

const word = (status: string, oid: number) => ({ fact: { status, oid } });

/** The entry, amended once: its first epoch was cancelled before anything of it was executed. */
function amendedRun(changes: { overlap?: boolean } = {}): RunFacts {
  const second: StoredEnvelope = {
    ...(entryEnvelope as StoredEnvelope),
    cloid: NEXT_CLOID,
    epoch: 1,
    nonce: 950,
    expiresAfterMs: 8_950,
    action: '{"c":"0xa3"}',
  };
  const first = { oid: 3, cloid: ENTRY_CLOID, coin: 'BTC', stopSize: '0', side: 'buy' as const };
  const own = venue.changes
    .filter(({ cloid }) => cloid === ENTRY_CLOID)
    .map((change) => ({ ...change, cloid: NEXT_CLOID }));
  const [opened, ...later] = own;
  if (opened === undefined) throw new Error('the entry has no changes');
  const dead = { ...first, status: 'canceled', atMs: 960 };
  const changesOfEntry = changes.overlap ? [opened, dead, ...later] : [dead, opened, ...later];
  const story = [
    step(ENTRY, 905, 'venueStatus', word('open', 3)),
    step(ENTRY, 960, 'venueStatus', word('canceled', 3)),
    step(ENTRY, 961, 'amended', { epoch: 1 }),
    step(ENTRY, 1_100, 'venueStatus', word('filled', 1)),
  ];
  return {
    ...KEPT,
    venue: {
      ...venue,
      changes: [
        { ...first, status: 'open', atMs: 905 },
        ...changesOfEntry,
        ...venue.changes.filter(({ cloid }) => cloid === STOP_CLOID),
      ],
      fills: venue.fills.map((fill) =>
        fill.cloid === ENTRY_CLOID ? { ...fill, cloid: NEXT_CLOID } : fill,
      ),
      sent: [...venue.sent, { ...second, seq: 15, atMs: 970 }],
    },
    ledger: {
      ...ledger,
      envelopes: [...ledger.envelopes, second],
      fills: ledger.fills.map((fill) =>
        fill.cloid === ENTRY_CLOID ? { ...fill, cloid: NEXT_CLOID } : fill,
      ),
      steps: [...story, ...ledger.steps.filter(({ intentId }) => intentId !== ENTRY)],
    },
  };
}

/** A finished parent whose only leg is the stop. */
const PARENT: ParentWorkflowFact = {
  workflowId: 'parent:p',
  intentId: 'p',
  startedMs: 1_000,
  closedMs: 56_500,
  runs: ['COMPLETED'],
  codeFaults: [],
  result: { status: 'DONE' } as ParentWorkflowFact['result'],
};

const withParent = (parent: Partial<ParentWorkflowFact>): RunFacts => ({
  ...KEPT,
  workflows: { ...workflows, parents: [{ ...PARENT, ...parent }] },
  ledger: {
    ...ledger,
    orders: ledger.orders.map((order) =>
      order.intentId === STOP ? { ...order, parent: 'p' } : order,
    ),
  },
});

const withEntry = (
  changes: Partial<OrderWorkflowFact>,
  hands: readonly string[] = [],
): RunFacts => ({
  ...KEPT,
  interventions: hands.map((what) => ({ what, workflowId: entry.workflowId, atMs: 5_000 })),
  workflows: {
    ...workflows,
    orders: workflows.orders.map((order) => (order === entry ? { ...order, ...changes } : order)),
  },
});

describe('workflow code that did not come back in time', () => {
  const codeFaults = ['Script execution timed out after 5000ms'];
  const stopWorker = { kind: 'stopWorker' } as RunFacts['faults'][number];

  test('is a fault of the code when no worker was stopped', () => {
    expect(judge(withEntry({ codeFaults }), GRACES)).toMatchObject([
      { invariant: 'I7', detail: 'workflow code did not come back' },
    ]);
  });

  test('is excused once for each worker that was stopped, and no more', () => {
    const stopped = { ...withEntry({ codeFaults }), faults: [...KEPT.faults, stopWorker] };
    expect(judge(stopped, GRACES)).toEqual([]);
    const twice = {
      ...withEntry({ codeFaults: [...codeFaults, ...codeFaults] }),
      faults: [stopWorker],
    };
    expect(judge(twice, GRACES)).toHaveLength(1);
  });
});

describe('an amended order', () => {
  test('keeps every promise when its epochs follow each other', () => {
    expect(judge(amendedRun(), GRACES)).toEqual([]);
  });

  test('with two epochs alive at once is seen', () => {
    expect(broken(amendedRun({ overlap: true }))).toContain('I1');
  });

  test('that lacks an epoch is seen', () => {
    const run = amendedRun();
    const envelopes = run.ledger.envelopes.map((each) =>
      each.cloid === ENTRY_CLOID ? { ...each, epoch: 2 } : each,
    );
    expect(broken({ ...run, ledger: { ...run.ledger, envelopes } })).toContain('I1');
  });

  test('that executed more than was ever asked for is seen', () => {
    const more = { ...entryFill, tid: 99, cloid: NEXT_CLOID };
    const run = amendedRun();
    expect(
      broken({ ...run, venue: { ...run.venue, fills: [...run.venue.fills, more] } }),
    ).toContain('I1');
  });

  test('may execute what it was amended to', () => {
    const run = amendedRun();
    const steps = [...run.ledger.steps, step(ENTRY, 950, 'amendRequested', { sizeBase: '9' })];
    expect(judge({ ...run, ledger: { ...run.ledger, steps } }, GRACES)).toEqual([]);
  });
});

describe('an end', () => {
  test('that another run of the same order contradicts is seen', () => {
    const other = { ...entry.result, status: 'EXPIRED' } as OrderWorkflowFact['ends'][number];
    const ends = [other, ...entry.ends];
    expect(
      broken(withEntry({ ends, runs: ['COMPLETED', 'COMPLETED'] }, ['duplicateStart'])),
    ).toEqual(['I4']);
  });

  test('that comes too late after the last fault is seen', () => {
    expect(broken(withEntry({ closedMs: 66_000 }))).toEqual(['I7']);
  });
});

describe('what an operator did', () => {
  test.each<[string, string[], string[]]>([
    ['terminate', ['TERMINATED', 'COMPLETED'], ['terminate']],
    ['reset', ['TERMINATED', 'COMPLETED'], ['reset']],
    ['a second start after the end', ['COMPLETED', 'COMPLETED'], ['duplicateStart']],
  ])('is no fault of ours: %s', (_what, runs, hands) => {
    expect(judge(withEntry({ runs }, hands), GRACES)).toEqual([]);
  });

  test('explains no more than he did', () => {
    expect(
      broken(withEntry({ runs: ['TERMINATED', 'TERMINATED', 'COMPLETED'] }, ['reset'])),
    ).toEqual(['I7']);
    expect(broken(withEntry({ runs: ['FAILED', 'COMPLETED'] }, ['reset']))).toEqual(['I7']);
  });
});

describe('an order that was terminated after its end was recorded', () => {
  const gone = { runs: ['TERMINATED'], result: undefined, ends: [] };

  test('has said all when ledger and venue agree', () => {
    expect(judge(withEntry(gone, ['terminate']), GRACES)).toEqual([]);
  });

  test('is seen when its end was not recorded, or the venue contradicts it', () => {
    const run = withEntry(gone, ['terminate']);
    const withStatus = (status: string): RunFacts => ({
      ...run,
      ledger: {
        ...run.ledger,
        orders: run.ledger.orders.map((order) =>
          order.intentId === ENTRY ? { ...order, status } : order,
        ),
      },
    });
    expect(broken(withStatus('SUBMITTED'))).toContain('I7');
    expect(broken(withStatus('CANCELLED'))).toContain('I4');
  });
});

describe('a parent', () => {
  test('that ended after all of its legs keeps its promise', () => {
    expect(judge(withParent({}), GRACES)).toEqual([]);
  });

  test.each([
    [40_000, 'keeps its promise', []],
    [33_000, 'is seen', ['parents']],
  ])(
    "that ended at %i ms, when its leg's executions were told at 35,000, %s",
    (closedMs, _, seen) => {
      const run = withParent({ closedMs });
      const fills = venue.fills.filter(({ cloid }) => cloid === STOP_CLOID);
      const told = fills.map((fill) => step(STOP, 35_000, 'fill', { fill }));
      const again = told.map((each) => ({ ...each, atMs: 41_000 }));
      const steps = [...told, ...run.ledger.steps, ...again];
      expect(broken({ ...run, ledger: { ...run.ledger, steps } })).toEqual(seen);
    },
  );

  test.each<[string, Partial<ParentWorkflowFact>]>([
    ['ended before the end of a leg', { closedMs: 40_000 }],
    ['had ended before a leg was started', { closedMs: 1_500 }],
    ['ended without saying how', { result: undefined }],
  ])('that %s is seen', (_what, changes) => {
    expect(broken(withParent(changes))).toContain('parents');
  });

  test.each([
    ['its end was told to the ledger', 'DONE', []],
    ['the ledger has it open: nobody went on with it', 'WORKING', ['I7', 'parents']],
  ])('that was terminated: %s', (_what, status, seen) => {
    const run = withParent({ runs: ['TERMINATED'], result: undefined });
    const hand = { what: 'terminateParent', workflowId: PARENT.workflowId, atMs: 56_400 };
    const told = { ...run.ledger, parents: [{ intentId: PARENT.intentId, status }] };
    expect(broken({ ...run, interventions: [hand], ledger: told })).toEqual(seen);
  });
});

describe('an order that is not ours', () => {
  const foreign = { cloid: '0xf0', nonce: 5, oid: 77, wasOpen: true };
  const reported = { ...ledger, foreignReported: ['77'] };

  test('is no violation when it was reported and left alone', () => {
    const sent = [...venue.sent, { ...entrySent, cloid: '0xf0', nonce: 5, action: '{}' }];
    const facts = { ...KEPT, foreign: [foreign], ledger: reported, venue: { ...venue, sent } };
    expect(judge(facts, GRACES)).toEqual([]);
  });

  test.each<[string, RunFacts]>([
    ['was never reported', { ...KEPT, foreign: [foreign] }],
    ['did not stay', { ...KEPT, foreign: [{ ...foreign, wasOpen: false }], ledger: reported }],
  ])('that %s is seen', (_what, facts) => {
    expect(broken(facts)).toEqual(['foreign']);
  });
});

test('a size that the sample executes is the size that it asks for', () => {
  expect(entry.result?.intent.sizeBase).toBe(sizeBase('0.5'));
});
