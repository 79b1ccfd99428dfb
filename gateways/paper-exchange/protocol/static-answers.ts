/**
 * Answers that do not depend on the market or the account: what the paper exchange does not model
 * (spot markets, other dexes, staking, lending, outcomes), in the shapes that clients need in order
 * to start.
 */

/** The one spot token: clients look up their collateral here. Values as the venue serves them. */
const USDC = {
  name: 'USDC',
  szDecimals: 8,
  weiDecimals: 8,
  index: 0,
  tokenId: '0x6d1e7cde53ba9467b783cb7c530ce054',
  isCanonical: true,
  evmContract: null,
  fullName: null,
  deployerTradingFeeShare: '0.0',
} as const;

export const SPOT_META = { tokens: [USDC], universe: [] } as const;
export const SPOT_META_AND_CTXS = [SPOT_META, []] as const;
/** Only the first dex, which has no name. */
export const PERP_DEXS = [null] as const;
export const OUTCOME_META = { outcomes: [], questions: [] } as const;

/** What the chain around the perpetuals would answer if nobody used it. */
export const DELEGATOR_SUMMARY = {
  delegated: '0.0',
  undelegated: '0.0',
  totalPendingWithdrawal: '0.0',
  nPendingWithdrawals: 0,
} as const;
export const LENDING_ACCOUNT = { tokenToState: [], health: 'healthy', healthFactor: null } as const;
/** Nobody lends USDC and nobody borrows it. */
export const LENDING_RESERVE = {
  borrowYearlyRate: '0.0',
  supplyYearlyRate: '0.0',
  balance: '0.0',
  utilization: '0.0',
  oraclePx: '1.0',
  ltv: '0.0',
  totalSupplied: '0.0',
  totalBorrowed: '0.0',
} as const;
export const USDC_ROUTING = { depositRoute: 'bridge', withdrawalRoute: 'bridge' } as const;
export const LEGAL_CHECK = { acceptedTerms: true, userAllowed: true, restrictions: 'n' } as const;
/** Deployments are auctioned; here nobody ever bids. */
export const AUCTION_STATUS = {
  startTimeSeconds: 0,
  durationSeconds: 111_600,
  startGas: '500.0',
  currentGas: '500.0',
  endGas: null,
} as const;

/** What the venue tells of a token. @param tokenId as in `spotMeta`. Null when it is not USDC. */
export function tokenDetails(tokenId: string): object | null {
  if (tokenId.toLowerCase() !== USDC.tokenId) return null;
  return {
    name: USDC.name,
    maxSupply: '0.0',
    totalSupply: '0.0',
    circulatingSupply: '0.0',
    szDecimals: USDC.szDecimals,
    weiDecimals: USDC.weiDecimals,
    midPx: '1.0',
    markPx: '1.0',
    prevDayPx: '1.0',
    genesis: null,
    deployer: null,
    deployGas: null,
    deployTime: null,
    seededUsdc: '0.0',
    nonCirculatingUserBalances: [],
    futureEmissions: '0.0',
  };
}

/** Perpetuals' and spot fees of the base tier, and the tiers above; source: the venue's documentation. */
export const FEE_SCHEDULE = {
  cross: '0.00045',
  add: '0.00015',
  spotCross: '0.0007',
  spotAdd: '0.0004',
  tiers: {
    vip: [
      {
        ntlCutoff: '5000000.0',
        cross: '0.0004',
        add: '0.00012',
        spotCross: '0.0006',
        spotAdd: '0.0003',
      },
      {
        ntlCutoff: '25000000.0',
        cross: '0.00035',
        add: '0.00008',
        spotCross: '0.0005',
        spotAdd: '0.0002',
      },
      {
        ntlCutoff: '100000000.0',
        cross: '0.0003',
        add: '0.00004',
        spotCross: '0.0004',
        spotAdd: '0.0001',
      },
      {
        ntlCutoff: '500000000.0',
        cross: '0.00028',
        add: '0.0',
        spotCross: '0.00035',
        spotAdd: '0.0',
      },
      {
        ntlCutoff: '2000000000.0',
        cross: '0.00026',
        add: '0.0',
        spotCross: '0.0003',
        spotAdd: '0.0',
      },
      {
        ntlCutoff: '7000000000.0',
        cross: '0.00024',
        add: '0.0',
        spotCross: '0.00025',
        spotAdd: '0.0',
      },
    ],
    mm: [
      { makerFractionCutoff: '0.005', add: '-0.00001' },
      { makerFractionCutoff: '0.015', add: '-0.00002' },
      { makerFractionCutoff: '0.03', add: '-0.00003' },
    ],
  },
  referralDiscount: '0.04',
  stakingDiscountTiers: [{ bpsOfMaxSupply: '0.0', discount: '0.0' }],
} as const;

/** What of an account's fees is the same for everybody: no spot market, no trials, no links. */
export const USER_FEES = {
  userSpotCrossRate: FEE_SCHEDULE.spotCross,
  userSpotAddRate: FEE_SCHEDULE.spotAdd,
  trial: null,
  feeTrialEscrow: '0.0',
  nextTrialAvailableTimestamp: null,
  stakingLink: null,
} as const;
