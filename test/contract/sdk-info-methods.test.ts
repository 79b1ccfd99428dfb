import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InfoClient } from '@nktkas/hyperliquid';
import type { z } from 'zod';
import { infoAnswerSchemas } from '../../gateways/hyperliquid/wire/info-answers.ts';
import { bestPrices, openPaperVenue, type PaperVenue } from './paper-venue.ts';

let venue: PaperVenue;

beforeAll(async () => {
  venue = await openPaperVenue();
  const { ask } = await bestPrices(venue, 'BTC');
  const t = { limit: { tif: 'Gtc' as const } };
  const orders = [
    { a: 0, b: true, p: ask.px, s: '0.05', r: false, t },
    { a: 0, b: true, p: '60000', s: '0.05', r: false, t },
  ];
  await venue.alice.exchange.order({ orders, grouping: 'na' });
  venue.running.advance(6 * 60); // an hour, so that funding is paid
});

afterAll(() => venue.close());

const user = '0x14791697260E4c9A71f18484C9f997B308e59325';
const builder = '0x8c967e73e7b15087c42a10d344cff4c96d877f1d';
const startTime = 0;

/** What each method that needs one is asked; every other is asked without. */
const parameters: Readonly<Record<string, object>> = {
  activeAssetData: { user, coin: 'BTC' },
  borrowLendReserveState: { token: 0 },
  candleSnapshot: { coin: 'BTC', interval: '1h', startTime },
  fundingHistory: { coin: 'BTC', startTime },
  l2Book: { coin: 'BTC' },
  marginTable: { id: 40 },
  maxBuilderFee: { user, builder },
  orderStatus: { user, oid: 1 },
  perpAnnotation: { coin: 'BTC' },
  perpDexLimits: { dex: '' },
  perpDexStatus: { dex: '' },
  preTransferCheck: { user, source: builder },
  recentTrades: { coin: 'BTC' },
  settledOutcome: { outcome: 1 },
  tokenDetails: { tokenId: '0x6d1e7cde53ba9467b783cb7c530ce054' },
  userBorrowLendInterest: { user, startTime },
  userFillsByTime: { user, startTime },
  userFunding: { user, startTime },
  userNonFundingLedgerUpdates: { user, startTime },
  userTwapSliceFillsByTime: { user, startTime },
  vaultDetails: { vaultAddress: builder },
};
const aboutAUser = new Set([
  ...['approvedBuilders', 'borrowLendUserState', 'clearinghouseState', 'delegations'],
  ...['delegatorHistory', 'delegatorRewards', 'delegatorSummary', 'extraAgents'],
  ...['frontendOpenOrders', 'historicalOrders', 'isVip', 'leadingVaults', 'legalCheck'],
  ...['openOrders', 'portfolio', 'referral', 'spotClearinghouseState', 'spotDeployState'],
  ...['subAccounts', 'subAccounts2', 'twapHistory', 'userAbstraction', 'userDexAbstraction'],
  ...['userFees', 'userFills', 'userRateLimit', 'userRole', 'userToMultiSigSigners'],
  ...['userTwapSliceFills', 'userVaultEquities', 'webData2'],
]);

const methods = Object.getOwnPropertyNames(InfoClient.prototype).filter(
  (name) => name !== 'constructor',
);
const schemas: Readonly<Record<string, z.ZodType>> = infoAnswerSchemas;

function ask(method: string): Promise<unknown> {
  const call = venue.info[method as keyof InfoClient] as (...args: object[]) => Promise<unknown>;
  const asked = parameters[method] ?? (aboutAUser.has(method) ? { user } : undefined);
  return call.apply(venue.info, asked === undefined ? [] : [asked]);
}

test('every question of the client has a schema, and every schema a question', () => {
  expect(Object.keys(schemas).sort()).toEqual(methods.sort());
});

describe('a question of the unmodified client', () => {
  test.each(methods)('is answered in the shape of the venue: %s', async (method) => {
    const answer = await ask(method);
    expect(schemas[method]?.safeParse(answer).error).toBeUndefined();
  });

  test('is answered with what happened', async () => {
    const state = await venue.info.clearinghouseState({ user });
    expect(state.assetPositions[0]?.position).toMatchObject({ coin: 'BTC', szi: '0.05' });
    expect(await venue.info.openOrders({ user })).toHaveLength(1);
    expect(await venue.info.userFunding({ user, startTime })).toHaveLength(1);
    expect(await venue.info.userFills({ user })).not.toHaveLength(0);
  });
});
