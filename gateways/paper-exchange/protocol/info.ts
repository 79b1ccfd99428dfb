/**
 * `POST /info`: one answer per question. To add a question: write its schema in the wire's
 * `info-requests.ts` and its answer's in `info-answers.ts`; the compiler then asks for the answer
 * here. Changes nothing.
 */
import type { InfoRequest, InfoRequestOf, InfoType } from '../../hyperliquid/wire/info-requests.ts';
import type { PaperExchange } from '../exchange.ts';
import type { AccountBoard } from './account-board.ts';
import { HistoryBoard } from './history-board.ts';
import type { MarketBoard } from './market-board.ts';
import { MAX_MARKET_ORDER_NTLS, marginTable } from './market-terms.ts';
import { PeopleBoard } from './people-board.ts';
import {
  AUCTION_STATUS,
  DELEGATOR_SUMMARY,
  LEGAL_CHECK,
  LENDING_ACCOUNT,
  LENDING_RESERVE,
  OUTCOME_META,
  PERP_DEXS,
  SPOT_META,
  SPOT_META_AND_CTXS,
  tokenDetails,
  USDC_ROUTING,
} from './static-answers.ts';

type Answers<Type extends InfoType> = {
  readonly [Name in Type]: (request: InfoRequestOf<Name>) => unknown;
};

/** Answers any question in the shape of the venue. */
export type Answer = (request: InfoRequest) => unknown;

const UNTIL_NOW = Number.MAX_SAFE_INTEGER;

function marketAnswers(exchange: PaperExchange, market: MarketBoard) {
  const { meta } = exchange.feed;
  return {
    meta: () => meta,
    spotMeta: () => SPOT_META,
    metaAndAssetCtxs: () => [meta, market.contexts()],
    spotMetaAndAssetCtxs: () => SPOT_META_AND_CTXS,
    perpDexs: () => PERP_DEXS,
    allPerpMetas: () => [meta],
    allMids: () => market.mids(),
    exchangeStatus: () => ({
      time: exchange.nowMs(),
      specialStatuses: exchange.haltReason ? `${exchange.haltReason}: trading is halted` : null,
    }),
    l2Book: ({ coin, ...aggregation }) => market.book(coin, aggregation),
    recentTrades: ({ coin }) => market.recentTrades(coin),
    candleSnapshot: ({ req }) =>
      market.candles(req.coin, req.interval, req.startTime, req.endTime ?? UNTIL_NOW),
    fundingHistory: ({ coin, startTime, endTime }) =>
      market.fundingHistory(coin, startTime, endTime ?? UNTIL_NOW),
    predictedFundings: () => market.predictedFundings(),
    perpsAtOpenInterestCap: () => exchange.venue.coinsAtOpenInterestCap(),
    marginTable: ({ id }) => marginTable(meta, id),
    maxMarketOrderNtls: () => MAX_MARKET_ORDER_NTLS,
    perpDexLimits: () => null,
    perpDexStatus: () => ({ totalNetDeposit: exchange.venue.conservation().deposited }),
    perpAnnotation: () => null,
    perpCategories: () => [],
    perpConciseAnnotations: () => [],
  } satisfies Partial<Answers<InfoType>>;
}

function accountAnswers(accounts: AccountBoard, history: HistoryBoard) {
  return {
    clearinghouseState: ({ user }) => accounts.state(user),
    spotClearinghouseState: ({ user }) => accounts.spotState(user),
    openOrders: ({ user }) => accounts.openOrders(user),
    frontendOpenOrders: ({ user }) => accounts.frontendOpenOrders(user),
    orderStatus: ({ user, oid }) => accounts.orderStatus(user, oid),
    historicalOrders: ({ user }) => accounts.historicalOrders(user),
    activeAssetData: ({ user, coin }) => accounts.activeAssetData(user, coin) ?? null,
    userRateLimit: ({ user }) => accounts.rateLimit(user),
    userFees: ({ user }) => accounts.fees(user),
    userFills: ({ user, aggregateByTime }) => history.fills(user, aggregateByTime),
    userFillsByTime: ({ user, aggregateByTime, reversed, ...range }) =>
      history.fillsByTime(user, range, { aggregateByTime, reversed }),
    userFunding: ({ user, ...range }) => history.funding(user, range),
    userNonFundingLedgerUpdates: ({ user, ...range }) => history.ledgerUpdates(user, range),
    twapHistory: ({ user }) => history.twapHistory(user),
    userTwapSliceFills: ({ user }) => history.twapSliceFills(user),
    userTwapSliceFillsByTime: ({ user, ...range }) => history.twapSliceFills(user, range),
    portfolio: ({ user }) => history.portfolio(user),
  } satisfies Partial<Answers<InfoType>>;
}

function peopleAnswers({ venue }: PaperExchange, people: PeopleBoard) {
  return {
    userRole: ({ user }) => people.role(user),
    userAbstraction: ({ user }) => venue.userAbstraction(user),
    userDexAbstraction: ({ user }) => people.isAbstractedByDex(user),
    extraAgents: ({ user }) => venue.extraAgents(user),
    maxBuilderFee: ({ user, builder }) => venue.maxBuilderFee(user, builder),
    approvedBuilders: ({ user }) => venue.approvedBuilders(user),
    userToMultiSigSigners: ({ user }) => venue.multiSigSigners(user),
    subAccounts: ({ user }) => people.subAccounts(user),
    subAccounts2: ({ user }) => people.subAccountsByDex(user),
    referral: ({ user }) => people.referral(user),
    legalCheck: () => LEGAL_CHECK,
    isVip: () => false,
    preTransferCheck: ({ user }) => people.preTransferCheck(user),
    webData2: ({ user }) => people.webData2(user),
  } satisfies Partial<Answers<InfoType>>;
}

/** What is not modelled: as if nobody had ever used it. */
const emptyAnswers = {
  vaultDetails: () => null,
  vaultSummaries: () => [],
  userVaultEquities: () => [],
  leadingVaults: () => [],
  delegations: () => [],
  delegatorSummary: () => DELEGATOR_SUMMARY,
  delegatorHistory: () => [],
  delegatorRewards: () => [],
  validatorSummaries: () => [],
  validatorL1Votes: () => [],
  gossipRootIps: () => [],
  gossipPriorityAuctionStatus: () => [[], []],
  liquidatable: () => [],
  borrowLendUserState: () => LENDING_ACCOUNT,
  borrowLendReserveState: ({ token }) => (token === 0 ? LENDING_RESERVE : null),
  allBorrowLendReserveStates: () => [[0, LENDING_RESERVE]],
  userBorrowLendInterest: () => [],
  tokenDetails: ({ tokenId }) => tokenDetails(tokenId),
  spotDeployState: () => ({ states: [], gasAuction: AUCTION_STATUS }),
  spotPairDeployAuctionStatus: () => AUCTION_STATUS,
  perpDeployAuctionStatus: () => AUCTION_STATUS,
  outcomeMeta: () => OUTCOME_META,
  outcomeTemplates: () => [],
  settledOutcome: () => null,
  usdcRouting: () => USDC_ROUTING,
} satisfies Partial<Answers<InfoType>>;

/** Joins the boards to one answering function. */
export function createInfo(
  exchange: PaperExchange,
  market: MarketBoard,
  accounts: AccountBoard,
): Answer {
  const answers: Answers<InfoType> = {
    ...marketAnswers(exchange, market),
    ...accountAnswers(accounts, new HistoryBoard(exchange)),
    ...peopleAnswers(exchange, new PeopleBoard(exchange, accounts, market)),
    ...emptyAnswers,
  };
  return (request) => (answers[request.type] as Answer)(request);
}
