import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { decimal, plain, type Usd } from '../../domain/kernel/decimal.ts';
import { exchangeResponseSchema } from '../../gateways/hyperliquid/wire/exchange.ts';
import { infoAnswerSchemas } from '../../gateways/hyperliquid/wire/info-answers.ts';
import { addressOf } from '../../gateways/hyperliquid/wire/signing.ts';
import { ALICE_KEY, BOB_KEY, bestPrices, openPaperVenue, type PaperVenue } from './paper-venue.ts';
import { lacks, type Shape, shapeOf } from './shape.ts';

const FOLDER = new URL('../fixtures/hyperliquid/recorded/', import.meta.url);
const USDC = 'USDC:0x6d1e7cde53ba9467b783cb7c530ce054';
const CLOID = '0xa1b2c3d4000000000000000000000c01';
const AGENT = '0x00000000000000000000000000000000000000a9';

interface Recorded {
  readonly file: string;
  /** The kind of question, or `exchange`. */
  readonly type: string;
  readonly year: number;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: unknown;
}

function read(file: string): Recorded {
  const bytes = readFileSync(new URL(file, FOLDER));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  const { source, request, response } = JSON.parse(text);
  const type = 'action' in request ? 'exchange' : request.type;
  return { file, type, year: Number(source.recorded.slice(0, 4)), request, response };
}

const recorded = readdirSync(FOLDER)
  .filter((file) => /\.json(\.gz)?$/.test(file))
  .map(read);
const schemas: Readonly<Record<string, z.ZodType>> = {
  ...infoAnswerSchemas,
  exchange: exchangeResponseSchema,
};

/** Keys that came after an answer was recorded: all that its schema may miss in it. */
const cameLater: Readonly<Record<string, readonly string[]>> = {
  'clearinghouseState.2023-03-27.pysdk.json': [
    '.crossMaintenanceMarginUsed',
    '.assetPositions[].position.maxLeverage',
    '.assetPositions[].position.cumFunding',
    '.time',
  ],
  'openOrders.2023-03-27.pysdk.json': ['[].origSz'],
  'userFills.2023-07-17.pysdk.json.gz': ['[].tid', '[].feeToken'],
  'userFillsByTime.2023-07-17.pysdk.json.gz': ['[].tid', '[].feeToken'],
};

const pathOf = (issue: { readonly path: readonly PropertyKey[] }): string =>
  issue.path.map((key) => (typeof key === 'number' ? '[]' : `.${String(key)}`)).join('');

describe('an answer recorded from the real venue', () => {
  test.each(recorded)('is read by the schema of our own answers: $file', (entry) => {
    const { file, type, response } = entry;
    const parsed = schemas[type]?.safeParse(response);
    expect(parsed).toBeDefined();
    if (parsed?.success) {
      expect(parsed.data).toEqual(response);
    } else {
      const missed = new Set(parsed?.error.issues.map(pathOf));
      expect([...missed]).toEqual(cameLater[file]);
    }
  });
});

/** Answers whose keys are names of coins. */
const DICTIONARIES = new Set(['allMids']);
const shape = (type: string, answer: unknown): Shape =>
  shapeOf(answer, (path) => path === '$' && DICTIONARIES.has(type));

const NO_SPOT = 'nothing is traded spot';
const NO_OTHER_DEX = 'there is one dex';

/** What recorded answers have at and below a path and ours do not, and why. */
const absent: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  delegatorHistory: { '$[]': 'there is no staking' },
  metaAndAssetCtxs: {
    '$[].universe[].growthMode': NO_OTHER_DEX,
    '$[].universe[].lastGrowthModeChangeTime': NO_OTHER_DEX,
  },
  perpDexLimits: { $: NO_OTHER_DEX },
  perpDexs: { '$[]': NO_OTHER_DEX },
  spotMeta: {
    '$.universe[]': NO_SPOT,
    '$.tokens[].evmContract': 'USDC, the only token, has none',
    '$.tokens[].fullName': 'USDC, the only token, has none',
  },
  spotMetaAndAssetCtxs: {
    '$[].universe[]': NO_SPOT,
    '$[].tokens[].evmContract': 'USDC, the only token, has none',
    '$[].tokens[].fullName': 'USDC, the only token, has none',
    '$[][]': NO_SPOT,
  },
  userVaultEquities: { '$[]': 'vaults cannot be opened' },
};

/** Older answers lack keys that came later and have some that went. */
const FIRST_YEAR_IN_FULL = 2025;

let venue: PaperVenue;
const user = addressOf(ALICE_KEY);

beforeAll(async () => {
  const accounts = [ALICE_KEY, BOB_KEY].map(addressOf);
  venue = await openPaperVenue({
    fund: accounts.map((account) => ({ account, usd: '1000000' as Usd })),
  });
  const { alice, bob, running } = venue;
  const { ask } = await bestPrices(venue, 'BTC');
  const limit = { limit: { tif: 'Gtc' as const } };
  const order = { a: 0, b: true, p: ask.px, s: plain(decimal(ask.sz).plus(1)), r: false, t: limit };
  await alice.exchange.order({ orders: [order], grouping: 'na' });
  const sale = { ...order, b: false, s: '0.5' };
  await bob.exchange.order({ orders: [sale], grouping: 'na' });
  const t = { trigger: { isMarket: true, triggerPx: '80000', tpsl: 'sl' as const } };
  const stop = { ...order, b: false, p: '79000', s: '1', r: true, t };
  await alice.exchange.order({
    orders: [stop, { ...order, p: '70000', s: '1', c: CLOID }],
    grouping: 'na',
  });
  await alice.exchange.approveAgent({ agentAddress: AGENT, agentName: 'bot' });
  await alice.exchange.usdClassTransfer({ amount: '100', toPerp: false });
  const sent = { sourceDex: '', destinationDex: 'spot', token: USDC, amount: '2' } as const;
  await alice.exchange.sendAsset({ destination: bob.address as `0x${string}`, ...sent });
  await alice.exchange.twapOrder({ twap: { a: 0, b: true, s: '1', r: false, m: 30, t: false } });
  running.advance(6 * 60);
});

afterAll(() => venue.close());

/** Our answer to a recorded question, about our own dex, account, coin, order and time. */
async function ours({ type, request }: Recorded): Promise<unknown> {
  const endTime = Date.now() + 60_000;
  const own = { dex: '', user, coin: 'BTC', oid: CLOID, startTime: 0, endTime };
  const req = { coin: 'BTC', interval: '1h', startTime: 0, endTime };
  const fields = Object.entries({ ...own, req }).filter(([key]) => key in request);
  const question = { type, ...Object.fromEntries(fields) };
  const answer = await venue.post('/info', JSON.stringify(question));
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text);
}

describe('our answer to a question that was recorded', () => {
  const compared = recorded.filter(
    ({ type, year }) => type !== 'exchange' && year >= FIRST_YEAR_IN_FULL,
  );

  test.each(compared)('lacks nothing of what the venue said: $file', async (entry) => {
    const { type, response } = entry;
    const missing = lacks(shape(type, response), shape(type, await ours(entry)));
    const explained = Object.keys(absent[type] ?? {});
    const isExplained = (path: string) => explained.some((start) => path.startsWith(start));
    expect(missing.filter((path) => !isExplained(path))).toEqual([]);
  });
});
