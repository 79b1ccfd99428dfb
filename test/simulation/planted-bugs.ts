/**
 * The twelve bugs of the fault model's "test the tester" and one more, each as a change of the product's source
 * that only the simulation's loader makes. A change whose text is not found fails loudly, so that
 * none of them can silently stop being planted.
 */
import type { Change } from './hooks.ts';

export interface PlantedBug {
  readonly what: string;
  readonly changes: readonly Change[];
}

const ENVELOPE = 'activities/order-envelope.ts';
const ORDER = 'activities/order.activities.ts';
const EXCHANGE = 'gateways/hyperliquid/exchange.ts';
const STREAM = 'activities/account-stream.ts';
const PLACE = 'workflows/order/place.ts';
const SETTLE = 'workflows/order/settle.ts';

/** What is missed is not mended either by the orders that look for their own executions. */
const ORDERS_DO_NOT_MEND: Change = {
  file: ORDER,
  find: '    if (own.length > 0) await ports.ledger.recordFills(account, own);',
  put: '',
};

const bugs: readonly (readonly [string, PlantedBug])[] = [
  [
    'random-cloid',
    {
      what: 'a new client order id for every attempt',
      changes: [
        {
          file: ENVELOPE,
          find: 'const cloid = cloidOf(ports.tag, intent, epoch);',
          put: `const named = cloidOf(ports.tag, intent, epoch);
  const drawn = Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, '0');
  const cloid = (named.slice(0, -8) + drawn) as Cloid;`,
        },
      ],
    },
  ],
  [
    'run-id-cloid',
    {
      what: 'the client order id follows from the run id',
      changes: [
        {
          file: PLACE,
          find: "import type { OrderRun } from './order-run.ts';",
          put: "import { workflowInfo } from '@temporalio/workflow';\nimport type { OrderRun } from './order-run.ts';",
        },
        {
          file: PLACE,
          find: 'const { epochIntent: intent, facts, world } = run;',
          put: `const { epochIntent, facts, world } = run;
  const intent = { ...epochIntent, strategy: workflowInfo().runId };`,
        },
      ],
    },
  ],
  [
    'no-expiry',
    {
      what: 'orders are sent without an expiry',
      changes: [
        {
          file: EXCHANGE,
          find: 'const expiry = expiresAfterMs === undefined ? {} : { expiresAfter: expiresAfterMs };',
          put: 'const expiry = expiresAfterMs === -1 ? { expiresAfter: expiresAfterMs } : {};',
        },
      ],
    },
  ],
  [
    '429-is-a-refusal',
    {
      what: 'HTTP 429 is read as: not placed',
      changes: [
        {
          file: EXCHANGE,
          find: `    return readSend(await postSigned(connection, signer, envelope), envelope);
  } catch (fault) {`,
          put: `    return readSend(await postSigned(connection, signer, envelope), envelope);
  } catch (fault) {
    if (messageOf(fault).includes('429')) return { kind: 'rejected', reason: '429' };`,
        },
      ],
    },
  ],
  [
    'duplicate-nonce-is-a-fill',
    {
      what: '"duplicate nonce" is read as: it was executed',
      changes: [
        {
          file: EXCHANGE,
          find: '    const reason = answer.response;\n',
          put: `    const reason = answer.response;
    if (/duplicate nonce/.test(reason)) {
      const status = { oid: 0, status: 'filled', remainingBase: sizeBase(0), statusTimestampMs: 0 };
      return { kind: 'accepted', status, executedBase: sizeBase(0) };
    }
`,
        },
      ],
    },
  ],
  [
    'missing-order-is-cancelled',
    {
      what: '"already cancelled, filled or never placed" is read as: cancelled',
      changes: [
        {
          file: SETTLE,
          find: "    run.note('cancelSent', { ...outcome });",
          put: `    run.note('cancelSent', { ...outcome });
    if (outcome.kind === 'notOpen') {
      const { venue, sizeBase: remainingBase } = run.facts;
      const fact = { oid: venue?.oid ?? 0, status: 'canceled', remainingBase, statusTimestampMs: Date.now() };
      run.apply({ type: 'venueStatus', fact });
    }`,
        },
      ],
    },
  ],
  [
    'gap-ignored',
    {
      what: 'what a cut stream missed is not read again',
      changes: [
        {
          file: STREAM,
          find: '  const fills = await venue.fillsSince(account, mark - OVERLAP_MS);',
          put: '  const fills = (await venue.fillsSince(account, mark - OVERLAP_MS)).slice(0, 0);',
        },
        ORDERS_DO_NOT_MEND,
      ],
    },
  ],
  [
    'fills-without-tid',
    {
      what: 'an execution that is told twice counts twice',
      changes: [
        {
          file: 'domain/execution/order-facts.ts',
          find: `  const known = facts.fills[fillKey(fill)];
  if (known !== undefined && sameText(known, fill)) return facts;
  return { ...facts, fills: { ...facts.fills, [fillKey(fill)]: fill } };`,
          put: `  const key = [fillKey(fill), Object.keys(facts.fills).length].join();
  return { ...facts, fills: { ...facts.fills, [key]: fill } };`,
        },
      ],
    },
  ],
  [
    'ledger-after-wire',
    {
      what: 'the envelope is stored after it was sent',
      changes: [
        {
          file: ENVELOPE,
          find: '  const { envelope, inserted } = await ports.ledger.prepareEnvelope({',
          put: `  const early = { ...intent, cloid, epoch, workflowId, signer: ports.signer, nonce: nowMs, sends: 1,
    expiresAfterMs: nowMs + expiryMs(intent),
    action: ports.venue.orderAction(intent, asset, cloid, referencePx) };
  await ports.venue.send(early);
  const { envelope, inserted } = await ports.ledger.prepareEnvelope({`,
        },
      ],
    },
  ],
  [
    'resend-with-a-fresh-nonce',
    {
      what: 'a resend is a new envelope',
      changes: [
        {
          file: ORDER,
          find: '  const envelope = await ports.ledger.noteSend(cloid);',
          put: `  const stored = await ports.ledger.noteSend(cloid);
  const nonce = await ports.ledger.nextNonce(ports.signer, await ports.venue.exchangeTimeMs());
  const envelope = stored && { ...stored, nonce };`,
        },
      ],
    },
  ],
  [
    'batch-drops-siblings',
    {
      what: 'of several executions that are read at once only the first is kept',
      changes: [
        {
          file: STREAM,
          find: '  const added = await ledger.recordFills(account, fills);',
          put: '  const added = await ledger.recordFills(account, fills.slice(0, 1));',
        },
        ORDERS_DO_NOT_MEND,
      ],
    },
  ],
  [
    'wall-clock-in-state',
    {
      what: "a workflow decides by the process's clock",
      changes: [
        {
          file: SETTLE,
          find: '  const dueMs = Math.max(1, Math.min(waitMs, lookMs - Date.now()));',
          put: '  const dueMs = Math.max(1, Math.min(waitMs, lookMs - Date.now()) - (performance.now() % 7));',
        },
      ],
    },
  ],
  [
    'reservation-not-counted',
    {
      what: 'an order is judged by what is held alone, not by what is on its way',
      changes: [
        {
          file: 'domain/risk/reservation.ts',
          find: '  const own = { ...found, markPx: decimal(markPx) };',
          put: '  const own = { ...nowhere(asset), ...heldOf(found), markPx: decimal(markPx) };',
        },
        {
          file: 'domain/risk/reservation.ts',
          find: 'const nowhere = ',
          put: `const heldOf = ({ leastBase, mostBase }: AssetStanding) => ({ leastBase, mostBase });

const nowhere = `,
        },
      ],
    },
  ],
];

export const PLANTED: ReadonlyMap<string, PlantedBug> = new Map(bugs);
