/**
 * The shape of every answer of `POST /info`, by the type of its question. A question without a
 * shape does not compile.
 */
import { z } from 'zod';
import * as account from './info-account.ts';
import * as history from './info-account-history.ts';
import * as chain from './info-chain.ts';
import * as market from './info-market.ts';
import * as people from './info-people.ts';
import type { InfoType } from './info-requests.ts';

export const infoAnswerSchemas = {
  meta: market.metaSchema,
  spotMeta: market.spotMetaSchema,
  metaAndAssetCtxs: market.metaAndAssetCtxsSchema,
  spotMetaAndAssetCtxs: market.spotMetaAndAssetCtxsSchema,
  perpDexs: market.perpDexsSchema,
  allPerpMetas: market.allPerpMetasSchema,
  allMids: market.allMidsSchema,
  exchangeStatus: market.exchangeStatusSchema,
  /** Null for a coin that the venue does not know. */
  l2Book: market.l2BookSchema.nullable(),
  recentTrades: z.array(market.tradeSchema),
  candleSnapshot: market.candleSnapshotSchema,
  fundingHistory: market.fundingHistorySchema,
  predictedFundings: market.predictedFundingsSchema,
  perpsAtOpenInterestCap: z.array(z.string()),
  /** Null for an unknown table. */
  marginTable: market.marginTableSchema.nullable(),
  maxMarketOrderNtls: market.maxMarketOrderNtlsSchema,

  clearinghouseState: account.clearinghouseStateSchema,
  spotClearinghouseState: account.spotClearinghouseStateSchema,
  openOrders: account.openOrdersSchema,
  frontendOpenOrders: account.frontendOpenOrdersSchema,
  orderStatus: account.orderStatusResponseSchema,
  historicalOrders: account.historicalOrdersSchema,
  activeAssetData: account.activeAssetDataSchema,
  userRateLimit: account.userRateLimitSchema,
  userFees: account.userFeesSchema,
  userRole: account.userRoleSchema,

  userFills: history.userFillsSchema,
  userFillsByTime: history.userFillsSchema,
  userFunding: history.userFundingSchema,
  userNonFundingLedgerUpdates: history.ledgerUpdatesSchema,
  userTwapSliceFills: history.twapSliceFillsSchema,
  userTwapSliceFillsByTime: history.twapSliceFillsSchema,
  twapHistory: history.twapHistorySchema,
  portfolio: history.portfolioSchema,

  userAbstraction: people.userAbstractionSchema,
  userDexAbstraction: z.boolean().nullable(),
  extraAgents: people.extraAgentsSchema,
  maxBuilderFee: people.maxBuilderFeeSchema,
  approvedBuilders: people.approvedBuildersSchema,
  userToMultiSigSigners: people.multiSigSignersSchema,
  subAccounts: people.subAccountsSchema,
  subAccounts2: people.subAccounts2Schema,
  referral: people.referralSchema,
  legalCheck: people.legalCheckSchema,
  isVip: z.boolean().nullable(),
  preTransferCheck: people.preTransferCheckSchema,
  webData2: people.webData2Schema,
  vaultDetails: people.vaultDetailsSchema,
  vaultSummaries: people.vaultSummariesSchema,
  userVaultEquities: people.userVaultEquitiesSchema,
  leadingVaults: people.leadingVaultsSchema,

  delegations: chain.delegationsSchema,
  delegatorSummary: chain.delegatorSummarySchema,
  delegatorHistory: chain.delegatorHistorySchema,
  delegatorRewards: chain.delegatorRewardsSchema,
  validatorSummaries: chain.validatorSummariesSchema,
  validatorL1Votes: chain.validatorVotesSchema,
  gossipRootIps: z.array(z.string()),
  gossipPriorityAuctionStatus: chain.gossipAuctionStatusSchema,
  liquidatable: chain.liquidatableSchema,
  borrowLendUserState: chain.borrowLendUserStateSchema,
  borrowLendReserveState: chain.borrowLendReserveStateSchema,
  allBorrowLendReserveStates: chain.borrowLendReserveStatesSchema,
  userBorrowLendInterest: chain.borrowLendInterestSchema,
  tokenDetails: chain.tokenDetailsSchema,
  spotDeployState: chain.spotDeployStateSchema,
  spotPairDeployAuctionStatus: chain.auctionStatusSchema,
  perpDeployAuctionStatus: chain.auctionStatusSchema,
  perpDexLimits: chain.perpDexLimitsSchema,
  perpDexStatus: chain.perpDexStatusSchema,
  perpAnnotation: chain.perpAnnotationSchema,
  perpCategories: chain.perpCategoriesSchema,
  perpConciseAnnotations: chain.perpConciseAnnotationsSchema,
  outcomeMeta: chain.outcomeMetaSchema,
  outcomeTemplates: chain.outcomeTemplatesSchema,
  settledOutcome: chain.settledOutcomeSchema,
  usdcRouting: chain.usdcRoutingSchema,
} as const satisfies Record<InfoType, z.ZodType>;
