import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OverLimit } from '../../activities/ports/errors.ts';
import type { LedgerPort } from '../../activities/ports/ledger.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import { decimal, px, sizeBase, usd } from '../../domain/kernel/decimal.ts';
import { accountAddress, intentId } from '../../domain/kernel/ids.ts';
import { createLedger } from '../../gateways/ledger/ledger.ts';
import { migrate } from '../../gateways/ledger/migrate.ts';
import {
  cloidOf,
  draftOf,
  intentOf,
  NOW_MS,
  SIGNER,
  startTestLedger,
  type TestLedger,
  venueFill,
  viewOf,
} from '../gateways/ledger/test-ledger.ts';
import { MemoryLedger, type OrderLedger } from './world/memory-ledger.ts';

const RUNS = 12;
const CLAIM_RUNS = 25;

let source: TestLedger;
let real: LedgerPort;
beforeAll(async () => {
  source = await startTestLedger();
  real = createLedger(source.pool);
});
afterAll(() => source.close());

const ACCOUNT = accountAddress(`0x${'a'.repeat(40)}`);
const STATUSES = ['PENDING', 'SUBMITTED', 'FILLED', 'CANCELLED'] as const;

const parentView = (name: string): Omit<ParentView, 'status'> => ({
  intent: {
    network: 'paper',
    account: ACCOUNT,
    intentId: intentId(`parent-${name}`),
    strategy: 'test',
    asset: 'BTC',
    spec: { kind: 'closePosition' },
  },
  startedMs: NOW_MS,
  legs: [],
  filledBase: sizeBase('0'),
});

/** One call, and the same call on the other ledger. */
type Call = (ledger: OrderLedger) => Promise<unknown>;

const key = fc.constantFrom('a', 'b', 'c');
const moment = fc.integer({ min: 0, max: 20 });
const epoch = fc.integer({ min: 0, max: 2 });
const named = (name: string, index: number): string => `${name}-${index}`;

const size = fc.integer({ min: 1, max: 5 }).map((tenths) => sizeBase(`0.${tenths}`));
const side = fc.constantFrom('buy' as const, 'sell' as const);
const asset = fc.constantFrom('BTC', 'ETH');

/** Ceilings at which a few orders of at most 60 USD fit, and the next one does not. */
const ceilings = fc.record({
  assetUsd: fc.constantFrom(usd(60), usd(120), usd(200)),
  grossUsd: fc.constantFrom(usd(120), usd(250)),
  assets: fc.constantFrom(1, 2, 5),
});

const claims: fc.Arbitrary<Call> = fc
  .record({ key, epoch, side, asset, size, px: fc.integer({ min: 90, max: 120 }), ceilings })
  .map(
    (drawn): Call =>
      (ledger) =>
        ledger.prepareEnvelope(
          draftOf(drawn.key, {
            cloid: cloidOf(named(drawn.key, drawn.epoch)),
            epoch: drawn.epoch,
            intent: { ...intentOf(drawn.key), asset: drawn.asset, side: drawn.side },
            claim: {
              asset: drawn.asset,
              side: drawn.side,
              sizeBase: drawn.size,
              px: px(drawn.px),
              markPx: px('100'),
              ceilings: drawn.ceilings,
            },
          }),
        ),
  );

/** Executions of the orders above, some of one moment, each saying where it found the position. */
const executions: fc.Arbitrary<Call> = fc
  .array(fc.record({ key, epoch, side, asset, size, tid: moment, found: moment }), {
    minLength: 1,
    maxLength: 4,
  })
  .map(
    (drawn): Call =>
      (ledger) =>
        ledger.recordFills(
          ACCOUNT,
          drawn.map(({ key: name, epoch: index, tid, found, ...rest }) =>
            venueFill(tid, {
              ...rest,
              px: px('101'),
              sizeBase: rest.size,
              cloid: cloidOf(named(name, index)),
              timeMs: NOW_MS + Math.floor(tid / 4),
              startPositionBase: sizeBase(decimal(found - 10).div(10)),
            }),
          ),
        ),
  );

const ends: fc.Arbitrary<Call> = fc
  .record({ key, epoch, version: moment, status: fc.constantFrom('FILLED', 'CANCELLED') })
  .map(
    (drawn): Call =>
      (ledger) => {
        const cloid = cloidOf(named(drawn.key, drawn.epoch));
        const status = drawn.status as (typeof STATUSES)[number];
        return ledger.recordOrder(
          viewOf(drawn.key, { status, cloid }),
          'wf',
          drawn.version,
          [],
          NOW_MS + drawn.version,
        );
      },
  );

const calls: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ key, epoch, moment, sent: fc.boolean() }).map(
    (drawn): Call =>
      (ledger) =>
        ledger.prepareEnvelope(
          draftOf(drawn.key, {
            cloid: cloidOf(named(drawn.key, drawn.epoch)),
            epoch: drawn.epoch,
            nowMs: NOW_MS + drawn.moment,
            countsAsSent: drawn.sent,
          }),
        ),
  ),
  fc.tuple(key, epoch).map(
    ([name, index]): Call =>
      (ledger) =>
        ledger.noteSend(cloidOf(named(name, index))),
  ),
  fc.tuple(key, epoch).map(
    ([name, index]): Call =>
      (ledger) =>
        ledger.envelope(cloidOf(named(name, index))),
  ),
  key.map(
    (name): Call =>
      (ledger) =>
        ledger.endedOrder(intentOf(name).account, intentOf(name).intentId),
  ),
  moment.map(
    (atMs): Call =>
      (ledger) =>
        ledger.nextNonce(SIGNER, NOW_MS + atMs),
  ),
  fc.array(fc.tuple(key, epoch), { maxLength: 4 }).map(
    (names): Call =>
      (ledger) =>
        ledger.workflowsOf(names.map(([name, index]) => cloidOf(named(name, index)))),
  ),
  fc.record({ key, version: moment, status: fc.constantFrom(...STATUSES) }).map(
    (drawn): Call =>
      (ledger) => {
        const parent = drawn.key === 'c' ? {} : { parent: intentId('parent-a') };
        const intent = { ...intentOf(drawn.key), ...parent };
        const view = viewOf(drawn.key, { status: drawn.status, intent });
        return ledger.recordOrder(view, 'wf', drawn.version, [], NOW_MS + drawn.version);
      },
  ),
  fc
    .array(fc.tuple(moment, fc.constantFrom('buy' as const, 'sell' as const)), { maxLength: 4 })
    .map(
      (drawn): Call =>
        (ledger) =>
          ledger.recordFills(
            ACCOUNT,
            drawn.map(([tid, side]) =>
              venueFill(tid, { side, sizeBase: sizeBase(`0.${tid + 1}`) }),
            ),
          ),
    ),
  moment.map(
    (toMs): Call =>
      (ledger) =>
        ledger.advanceWatermark(ACCOUNT, 'fills', NOW_MS + toMs),
  ),
  fc.constant<Call>((ledger) => ledger.watermark(ACCOUNT, 'fills')),
  fc.constant<Call>((ledger) => ledger.netFills(ACCOUNT)),
  fc.constant<Call>((ledger) => ledger.fillsOf(ACCOUNT, 0)),
  fc
    .record({ key, version: moment, status: fc.constantFrom('WORKING' as const, 'DONE' as const) })
    .map(
      (drawn): Call =>
        (ledger) => {
          const view = { ...parentView(drawn.key), status: drawn.status };
          return ledger.recordParent(view, 'wf', drawn.version, NOW_MS + drawn.version);
        },
    ),
  key.map(
    (name): Call =>
      (ledger) =>
        ledger.parent(ACCOUNT, intentId(`parent-${name}`)),
  ),
  fc.constant<Call>(async (ledger) => {
    const rows = await ledger.openParents(ACCOUNT);
    return [...rows].sort((a, b) => (a.view.intent.intentId < b.view.intent.intentId ? -1 : 1));
  }),
  fc.option(fc.array(key, { maxLength: 2 }), { nil: undefined }).map(
    (names): Call =>
      async (ledger) => {
        const named = names?.map((name) => intentOf(name).intentId);
        return ledger.legsOf(ACCOUNT, intentId('parent-a'), named);
      },
  ),
  fc.constant<Call>(async (ledger) => {
    const rows = await ledger.openOrders(ACCOUNT);
    // Rows of the same moment have no order of their own.
    return [...rows].sort((a, b) => (a.intent.intentId < b.intent.intentId ? -1 : 1));
  }),
);

/** What a call came to, as plain JSON. */
async function outcomeOf(call: Call, ledger: OrderLedger): Promise<unknown> {
  let answer: unknown;
  try {
    answer = await call(ledger);
  } catch (fault) {
    if (!(fault instanceof OverLimit)) throw fault;
    return { refused: fault.violation };
  }
  // A map's entries have no order that anybody may count on.
  const plain = answer instanceof Map ? [...answer].sort() : (answer ?? null);
  return JSON.parse(JSON.stringify(plain));
}

describe("the simulation's ledger", () => {
  test('answers every sequence of calls as the real one does', async () => {
    const property = fc.asyncProperty(
      fc.array(calls, { minLength: 10, maxLength: 40 }),
      async (sequence) => {
        await source.reset();
        await migrate(source.pool);
        const memory = new MemoryLedger();
        for (const call of sequence) {
          const [ours, theirs] = [await outcomeOf(call, memory), await outcomeOf(call, real)];
          expect(ours).toEqual(theirs);
        }
      },
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  }, 120_000);

  test('keeps the rule of reservations as the real one does, and both refuse', async () => {
    let [fitted, refused] = [0, 0];
    const sequences = fc.array(
      fc.oneof({ arbitrary: claims, weight: 4 }, executions, { arbitrary: ends, weight: 1 }),
      { minLength: 15, maxLength: 40 },
    );
    const property = fc.asyncProperty(sequences, async (sequence) => {
      await source.reset();
      await migrate(source.pool);
      const memory = new MemoryLedger();
      for (const call of sequence) {
        const [ours, theirs] = [await outcomeOf(call, memory), await outcomeOf(call, real)];
        expect(ours).toEqual(theirs);
        const isObject = typeof ours === 'object' && ours !== null;
        if (isObject && 'refused' in ours) refused += 1;
        if (isObject && 'inserted' in ours && ours.inserted === true) fitted += 1;
      }
    });
    await fc.assert(property, { numRuns: CLAIM_RUNS, endOnFailure: true });
    expect(fitted).toBeGreaterThan(CLAIM_RUNS);
    expect(refused).toBeGreaterThan(CLAIM_RUNS);
  }, 120_000);
});
