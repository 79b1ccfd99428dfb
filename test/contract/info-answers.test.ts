import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { infoAnswerSchemas } from '../../gateways/hyperliquid/wire/info-answers.ts';
import { type InfoType, infoRequestSchema } from '../../gateways/hyperliquid/wire/info-requests.ts';
import { bestPrices, openPaperVenue, type PaperVenue } from './paper-venue.ts';
import { bareIntegers, openRawSocket, type RawSocket } from './raw-socket.ts';

let venue: PaperVenue;
let socket: RawSocket;

beforeAll(async () => {
  venue = await openPaperVenue();
  socket = await openRawSocket(venue.running.wsUrl);
  const { alice, running } = venue;
  const { bid, ask } = await bestPrices(venue, 'BTC');
  const order = (p: string, tif: 'Ioc' | 'Gtc') => ({
    a: 0,
    b: true,
    p,
    s: '0.05',
    r: false,
    t: { limit: { tif } },
  });
  const resting = String(Math.floor(Number(bid.px) * 0.9));
  await alice.exchange.order({ orders: [order(ask.px, 'Ioc')], grouping: 'na' });
  await alice.exchange.order({ orders: [order(resting, 'Gtc')], grouping: 'na' });
  running.advance(6 * 60); // an hour, so that funding is paid
});

afterAll(async () => {
  socket.close();
  await venue.close();
});

const alice = '0x14791697260E4c9A71f18484C9f997B308e59325'; // any letter case
const stranger = `0x${'9'.repeat(40)}`;
const ofUser = { user: alice };
const range = { startTime: 0, endTime: null };

/** What each question needs besides its type: the compiler asks for those that are missing. */
const fields: { readonly [Type in InfoType]: Readonly<Record<string, unknown>> } = {
  meta: { dex: '' },
  spotMeta: {},
  metaAndAssetCtxs: {},
  spotMetaAndAssetCtxs: {},
  perpDexs: {},
  allPerpMetas: {},
  allMids: { dex: '' },
  exchangeStatus: {},
  l2Book: { coin: 'ETH', nSigFigs: 5, mantissa: 2 },
  recentTrades: { coin: 'SOL' },
  candleSnapshot: { req: { coin: 'XRP', interval: '15m', ...range } },
  fundingHistory: { coin: 'BTC', ...range },
  predictedFundings: {},
  perpsAtOpenInterestCap: { dex: '' },
  marginTable: { id: 56 },
  maxMarketOrderNtls: {},
  clearinghouseState: { ...ofUser, dex: '' },
  spotClearinghouseState: ofUser,
  openOrders: ofUser,
  frontendOpenOrders: ofUser,
  orderStatus: { ...ofUser, oid: 1 },
  historicalOrders: ofUser,
  userFills: { ...ofUser, aggregateByTime: true },
  userFillsByTime: { ...ofUser, ...range, reversed: true },
  userFunding: { ...ofUser, ...range },
  userNonFundingLedgerUpdates: { ...ofUser, startTime: null, endTime: null },
  userTwapSliceFills: ofUser,
  userTwapSliceFillsByTime: { ...ofUser, ...range },
  twapHistory: ofUser,
  portfolio: ofUser,
  activeAssetData: { ...ofUser, coin: 'BTC' },
  userRateLimit: ofUser,
  userFees: ofUser,
  userRole: ofUser,
  userAbstraction: ofUser,
  userDexAbstraction: ofUser,
  extraAgents: ofUser,
  maxBuilderFee: { ...ofUser, builder: stranger },
  approvedBuilders: ofUser,
  userToMultiSigSigners: ofUser,
  subAccounts: ofUser,
  subAccounts2: ofUser,
  referral: ofUser,
  legalCheck: ofUser,
  isVip: ofUser,
  preTransferCheck: { ...ofUser, source: stranger },
  webData2: ofUser,
  vaultDetails: { vaultAddress: stranger },
  vaultSummaries: {},
  userVaultEquities: ofUser,
  leadingVaults: ofUser,
  delegations: ofUser,
  delegatorSummary: ofUser,
  delegatorHistory: ofUser,
  delegatorRewards: ofUser,
  validatorSummaries: {},
  validatorL1Votes: {},
  gossipRootIps: {},
  gossipPriorityAuctionStatus: {},
  liquidatable: {},
  borrowLendUserState: ofUser,
  borrowLendReserveState: { token: 0 },
  allBorrowLendReserveStates: {},
  userBorrowLendInterest: { ...ofUser, ...range },
  tokenDetails: { tokenId: '0x6d1e7cde53ba9467b783cb7c530ce054' },
  spotDeployState: ofUser,
  spotPairDeployAuctionStatus: {},
  perpDeployAuctionStatus: {},
  perpDexLimits: { dex: '' },
  perpDexStatus: { dex: '' },
  perpAnnotation: { coin: 'BTC' },
  perpCategories: {},
  perpConciseAnnotations: {},
  outcomeMeta: {},
  outcomeTemplates: {},
  settledOutcome: { outcome: 1 },
  usdcRouting: {},
};

const types = infoRequestSchema.options.map((option) => option.shape.type.value);

async function ask(question: object): Promise<unknown> {
  const answer = await venue.post('/info', JSON.stringify(question));
  expect([answer.status, answer.type]).toEqual([200, 'application/json']);
  return JSON.parse(answer.text);
}

describe('every question', () => {
  test('has a shape for its answer', () => {
    expect(Object.keys(infoAnswerSchemas).sort()).toEqual([...types].sort());
  });

  test.each(types)('%s is answered in its shape, with decimal points', async (type) => {
    const answer = await ask({ type, ...fields[type] });
    expect(infoAnswerSchemas[type].safeParse(answer).error).toBeUndefined();
    expect(bareIntegers(answer)).toEqual([]);
  });

  test.each(types.filter((type) => 'user' in fields[type]))(
    '%s of somebody unknown is an empty answer in its shape',
    async (type) => {
      const answer = await ask({ type, ...fields[type], user: stranger });
      expect(infoAnswerSchemas[type].safeParse(answer).error).toBeUndefined();
    },
  );

  test.each(types)('%s can be posted over the socket', async (type) => {
    const response = await socket.post('info', { type, ...fields[type] });
    const payload = z.object({ type: z.literal(type), data: infoAnswerSchemas[type] as z.ZodType });
    const shape = z.object({ type: z.literal('info'), payload });
    expect(shape.safeParse(response).error).toBeUndefined();
  });
});

describe('what cannot be read', () => {
  const unknown = { type: 'somethingElse' };

  test.each([
    ['a type that nobody knows', unknown],
    ['a question without its user', { type: 'userFills' }],
    ['an address that is none', { type: 'openOrders', user: '0x12' }],
    ['an interval that is none', { type: 'candleSnapshot', req: { coin: 'BTC', interval: '2M' } }],
    ['no type at all', {}],
  ])('gets 422 in plain text over HTTP: %s', async (_what, question) => {
    const answer = await venue.post('/info', JSON.stringify(question));
    expect(answer.status).toBe(422);
    expect(answer.type).toMatch(/^text\/plain/);
    expect(answer.text).toBe('Failed to deserialize the JSON body into the target type');
  });

  test('gets an error frame with the text as received over the socket', async () => {
    const text = `{ "method": "post","id":77,"request":{"type":"info","payload":${JSON.stringify(unknown)}}}`;
    socket.send(text);
    await socket.post('info', { type: 'meta' });
    expect(socket.of('error')).toEqual([
      `Error parsing JSON into valid websocket request: ${text}`,
    ]);
  });

  test('an unknown coin has a null book over the socket', async () => {
    expect(await socket.post('info', { type: 'l2Book', coin: 'NOPE' })).toEqual({
      type: 'info',
      payload: { type: 'l2Book', data: null },
    });
  });
});
