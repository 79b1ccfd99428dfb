/** A ledger with a day of a session in it: equity with a pause, positions, orders, fills, decisions. */

import type { VenueFill, VenuePosition } from '../../activities/ports/venue.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { fraction, px, sizeBase, usd } from '../../domain/kernel/decimal.ts';
import { accountAddress, intentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { createRng } from '../../domain/kernel/rng.ts';
import { createLedger } from '../../gateways/ledger/ledger.ts';
import {
  ACCOUNT,
  cloidOf,
  startTestLedger,
  type TestLedger,
} from '../gateways/ledger/test-ledger.ts';

export { ACCOUNT };
/** Midnight of the market's day that the data is of. */
export const DAY_MS = Date.parse('2026-03-02T00:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The last sample: eleven in the morning. */
export const LAST_MS = DAY_MS + 11 * HOUR_MS;
export const ENTRY_KEY = 'demo-lz3k1/BTC/1772442000000/open';
export const SIGNER = accountAddress(`0x${'b'.repeat(40)}`);

export type Ledger = ReturnType<typeof createLedger>;

export interface SeededLedger extends TestLedger {
  readonly ledger: Ledger;
}

const entry: OrderIntent = {
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId(ENTRY_KEY),
  strategy: 'ema-crossover',
  leg: 'entry',
  asset: 'BTC',
  side: 'buy',
  type: 'MARKET',
  sizeBase: sizeBase('0.0374'),
  reduceOnly: false,
  session: 'demo',
  decisionId: 'decision-1',
};

const { decisionId: _ofEntryOnly, ...withoutDecision } = entry;

const stopOf = (
  asset: string,
  side: 'buy' | 'sell',
  size: string,
  trigger: string,
): OrderIntent => ({
  ...withoutDecision,
  intentId: intentId(`demo-lz3k1/${asset}/protect-1`),
  leg: 'protect',
  asset,
  side,
  type: 'STOP_LOSS',
  sizeBase: sizeBase(size),
  reduceOnly: true,
  triggerPx: px(trigger),
});

export const entryFill: VenueFill = {
  tid: 91,
  oid: 41,
  timeMs: LAST_MS - 90_000,
  px: px('66804'),
  sizeBase: sizeBase('0.0374'),
  feeUsd: usd('1.124314'),
  closedPnlUsd: usd(0),
  crossed: true,
  asset: 'BTC',
  side: 'buy',
  cloid: cloidOf(ENTRY_KEY),
  direction: 'Open Long',
  startPositionBase: sizeBase(0),
  feeToken: 'USDC',
  hash: '0x00',
};

const ended: OrderView = {
  intent: entry,
  status: 'FILLED',
  cloid: cloidOf(ENTRY_KEY),
  oid: 41,
  filledBase: sizeBase('0.0374'),
  averagePx: px('66804'),
  feeUsd: usd('1.124314'),
  closedPnlUsd: usd(0),
  fills: [entryFill],
  foundLate: false,
};

const resting = (intent: OrderIntent, oid: number): OrderView => ({
  intent,
  status: 'SUBMITTED',
  cloid: cloidOf(intent.intentId),
  oid,
  filledBase: sizeBase(0),
  feeUsd: usd(0),
  closedPnlUsd: usd(0),
  fills: [],
  foundLate: false,
});

const position = (asset: string, size: string, entryPx: string, pnl: string): VenuePosition => ({
  asset,
  sizeBase: sizeBase(size),
  entryPx: px(entryPx),
  valueUsd: usd(asset === 'BTC' ? '2501.47' : '1372.06'),
  unrealizedPnlUsd: usd(pnl),
  marginUsedUsd: usd('800'),
  ...(asset === 'BTC' ? { liquidationPx: px('41203.5') } : {}),
  leverage: 3,
});

/** One more sample of the account; a new value of equity for the page to show. */
export async function sample(ledger: Ledger, atMs: number, equityUsd: string): Promise<void> {
  await ledger.recordAccount(ACCOUNT, {
    equityUsd: usd(equityUsd),
    notionalUsd: usd('3873.53'),
    marginUsedUsd: usd('1600'),
    withdrawableUsd: usd('8000'),
    positions: [
      position('BTC', '0.0374', '66804', '3.00'),
      position('ETH', '-0.7', '1961.07', '-0.69'),
    ],
    asOfMs: atMs,
  });
}

/** 15 hours of minutes up to the last, without the hour from two to three at night. */
async function seedEquity(ledger: Ledger): Promise<void> {
  const rng = createRng(7);
  let equityUsd = 10_000;
  for (let atMs = DAY_MS - 4 * HOUR_MS; atMs < LAST_MS; atMs += 5 * MINUTE_MS) {
    equityUsd += (rng.next() - 0.47) * 6;
    if (atMs >= DAY_MS + 2 * HOUR_MS && atMs < DAY_MS + 3 * HOUR_MS) continue;
    await sample(ledger, atMs, equityUsd.toFixed(4));
  }
  await sample(ledger, LAST_MS, '10041.87');
}

/** As `activities/decide.ts` records it. */
const plan = {
  reason: 'open long: the fast EMA crossed above the slow one',
  summary: 'open long: EMA 9 (66,812.4) crossed above EMA 30 (66,790.1); 1 % risk at the stop',
  intents: [entry],
  signal: {
    kind: 'signal',
    stance: 'long',
    strength: fraction('0.62'),
    stopDistanceFraction: fraction('0.014'),
    volatilityPerBar: fraction('0.0006'),
    reason: 'EMA 9 (66,812.4) crossed above EMA 30 (66,790.1)',
  },
  sizing: {
    kind: 'sized',
    targetSizeBase: '0.0374',
    referencePx: '66802',
    notionalUsd: '2498.39',
    stopPx: '65871',
    exits: {
      side: 'sell',
      stopPx: '65871',
      targets: [
        { px: '67733', upToFraction: '0.5' },
        { px: '68664', upToFraction: '1' },
      ],
      stopAfterPx: '66802',
    },
    lossAtStopUsd: '34.9',
    reason: 'capped at 25 % of equity',
  },
  risk: [
    {
      effect: 'increases',
      checks: [
        {
          check: 'position',
          field: 'position',
          value: '0.2499',
          limit: '0.25',
          rule: 'must be at most the limit',
        },
      ],
    },
  ],
};

async function seedOrders(ledger: Ledger): Promise<void> {
  const workflowId = orderWorkflowId(ACCOUNT, entry.intentId);
  const sentMs = LAST_MS - 95_000;
  await ledger.recordDecisions([
    {
      decisionId: 'decision-1',
      account: ACCOUNT,
      session: 'demo',
      asset: 'BTC',
      barOpenTimeMs: LAST_MS - 3 * MINUTE_MS,
      inputsHash: 'c0ffee',
      decidedMs: sentMs - 20,
      plan,
    },
  ]);
  await ledger.prepareEnvelope({
    cloid: cloidOf(ENTRY_KEY),
    account: ACCOUNT,
    intentId: entry.intentId,
    network: 'paper',
    epoch: 0,
    workflowId,
    signer: SIGNER,
    expiresAfterMs: sentMs + 8_000,
    action: { type: 'order', orders: [{ a: 0, b: true, p: '67470' }], grouping: 'na' },
    nowMs: sentMs,
    intent: entry,
  });
  await ledger.noteSend(cloidOf(ENTRY_KEY));
  const steps = [
    { atMs: sentMs, what: 'prepared', detail: { nonce: sentMs } },
    { atMs: sentMs + 12, what: 'sent', detail: { sends: 1 } },
    { atMs: sentMs + 31, what: 'venueStatus', detail: { fact: { oid: 41, status: 'filled' } } },
  ];
  await ledger.recordOrder(ended, workflowId, 1, steps, sentMs + 40);
  await ledger.recordFills(ACCOUNT, [entryFill]);
  const stops = [stopOf('BTC', 'sell', '0.0374', '65871'), stopOf('ETH', 'buy', '0.5', '1985.5')];
  for (const [index, stop] of stops.entries()) {
    const stopWorkflowId = orderWorkflowId(ACCOUNT, stop.intentId);
    await ledger.recordOrder(resting(stop, 42 + index), stopWorkflowId, 1, [], sentMs + 60);
  }
}

/** Starts a ledger and fills it. */
export async function startSeededLedger(): Promise<SeededLedger> {
  const base = await startTestLedger();
  const ledger = createLedger(base.pool);
  await seedEquity(ledger);
  await ledger.recordSession({
    account: ACCOUNT,
    name: 'demo',
    workflowId: `session:${ACCOUNT}:demo`,
    status: 'running',
    config: { strategy: 'ema-crossover', assets: ['BTC', 'ETH'], interval: '1m' },
    updatedMs: LAST_MS,
  });
  await seedOrders(ledger);
  return { ...base, ledger };
}
