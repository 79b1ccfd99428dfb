/** A small run in which everything was kept: what the judge's own tests doctor. */
import type { OrderView } from '../../domain/execution/order-view.ts';
import { px, sizeBase, usd } from '../../domain/kernel/decimal.ts';
import { accountAddress, type Cloid, intentId } from '../../domain/kernel/ids.ts';
import type { Execution, OrderWorkflowFact, RunFacts, StatusChange } from './facts.ts';

const ACCOUNT = accountAddress(`0x${'1'.repeat(40)}`);
export const ENTRY = 'demo/BTC/1/open';
export const STOP = 'demo/BTC/protect/0';
export const ENTRY_CLOID = '0xa1' as Cloid;
export const STOP_CLOID = '0xa2' as Cloid;

const fill: Execution = {
  tid: 7,
  oid: 1,
  cloid: ENTRY_CLOID,
  coin: 'BTC',
  side: 'buy',
  sizeBase: '0.5',
  px: '100',
  timeMs: 1_000,
};
const closing: Execution = {
  ...fill,
  tid: 8,
  oid: 2,
  cloid: STOP_CLOID,
  side: 'sell',
  px: '99',
  timeMs: 50_000,
};

const change = (of: Execution, status: string, atMs: number, stopSize = '0'): StatusChange => ({
  oid: of.oid,
  cloid: of.cloid,
  coin: of.coin,
  status,
  atMs,
  stopSize,
  side: of.side,
});

function workflowOf(id: string, cloid: Cloid, of: Execution, startedMs: number): OrderWorkflowFact {
  const result: OrderView = {
    intent: {
      network: 'paper',
      account: ACCOUNT,
      intentId: intentId(id),
      strategy: 'ema-crossover',
      leg: 'entry',
      asset: 'BTC',
      side: of.side,
      type: 'MARKET',
      sizeBase: sizeBase('0.5'),
      reduceOnly: false,
      session: 'demo',
    },
    status: 'FILLED',
    cloid,
    oid: of.oid,
    filledBase: sizeBase('0.5'),
    feeUsd: usd(0),
    closedPnlUsd: usd(0),
    fills: [
      {
        tid: of.tid,
        oid: of.oid,
        timeMs: of.timeMs,
        px: px(of.px),
        sizeBase: sizeBase('0.5'),
        feeUsd: usd(0),
        closedPnlUsd: usd(0),
        crossed: true,
      },
    ],
    foundLate: false,
  };
  const workflowId = `order:${ACCOUNT}:${id}`;
  return {
    workflowId,
    intentId: id,
    startedMs,
    closedMs: 56_000,
    runs: ['COMPLETED'],
    codeFaults: [],
    result,
    ends: [result],
    firstPid: undefined,
  };
}

const envelopeOf = (cloid: string, id: string, nonce: number) => ({
  cloid,
  intentId: id,
  epoch: 0,
  nonce,
  expiresAfterMs: nonce + 8_000,
  action: `{"c":"${cloid}"}`,
  sends: 1,
});

const recorded = (id: string, cloid: string) => ({
  intentId: id,
  workflowId: `order:${ACCOUNT}:${id}`,
  session: 'demo',
  parent: undefined,
  status: 'FILLED',
  filledBase: '0.5',
  cloid,
});

const filledStep = (id: string, atMs: number) => ({
  intentId: id,
  atMs,
  what: 'venueStatus',
  detail: { fact: { status: 'filled' } },
});

/** An entry that fills at 1 s, its stop that rests from 2 s and fills at 50 s, two kills between. */
export const KEPT: RunFacts = {
  account: ACCOUNT,
  asked: [ENTRY],
  kills: [
    { target: 'trading-worker', atMs: 10_000, aimed: true },
    { target: 'temporal', atMs: 20_000, aimed: false },
  ],
  faults: [],
  interventions: [],
  foreign: [],
  lastFaultMs: 20_000,
  sessionStoppedMs: 60_000,
  sessionStoppedSeq: 100,
  venue: {
    isComplete: true,
    openCloids: [],
    positions: {},
    fills: [fill, closing],
    sent: [
      { ...envelopeOf(ENTRY_CLOID, ENTRY, 900), seq: 10, atMs: 1_000 },
      { ...envelopeOf(STOP_CLOID, STOP, 1_900), seq: 20, atMs: 2_000 },
    ],
    changes: [
      change(fill, 'open', 1_000),
      change(fill, 'filled', 1_000),
      change(closing, 'open', 2_000, '0.5'),
      change(closing, 'triggered', 50_000, '0.5'),
      change(closing, 'filled', 50_000, '0.5'),
    ],
  },
  ledger: {
    envelopes: [envelopeOf(ENTRY_CLOID, ENTRY, 900), envelopeOf(STOP_CLOID, STOP, 1_900)],
    orders: [recorded(ENTRY, ENTRY_CLOID), recorded(STOP, STOP_CLOID)],
    parents: [],
    steps: [filledStep(ENTRY, 1_100), filledStep(STOP, 50_100)],
    fills: [fill, closing],
    decidedMs: [900, 15_000, 25_000, 55_000],
    foreignReported: [],
  },
  workflows: {
    orders: [
      workflowOf(ENTRY, ENTRY_CLOID, fill, 800),
      workflowOf(STOP, STOP_CLOID, closing, 1_800),
    ],
    session: {
      workflowId: `session:${ACCOUNT}:demo`,
      startedMs: 0,
      closedMs: 60_000,
      runs: ['CONTINUED_AS_NEW', 'COMPLETED'],
      codeFaults: [],
    },
    parents: [],
    account: {
      workflowId: `account:${ACCOUNT}`,
      startedMs: 0,
      closedMs: 62_000,
      runs: ['COMPLETED'],
      codeFaults: [],
    },
  },
};
