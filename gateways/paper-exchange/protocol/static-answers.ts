/**
 * Answers that do not depend on the market or the account: what the paper exchange does not model
 * (spot, other dexes, agents, builders), in the shapes that clients need in order to start.
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
export const SPOT_STATE = { balances: [] } as const;

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

/** Everybody trades on the base tier here. */
export const USER_FEES = {
  dailyUserVlm: [],
  feeSchedule: FEE_SCHEDULE,
  userCrossRate: FEE_SCHEDULE.cross,
  userAddRate: FEE_SCHEDULE.add,
  userSpotCrossRate: FEE_SCHEDULE.spotCross,
  userSpotAddRate: FEE_SCHEDULE.spotAdd,
  activeReferralDiscount: '0.0',
  trial: null,
  feeTrialEscrow: '0.0',
  nextTrialAvailableTimestamp: null,
  stakingLink: null,
  activeStakingDiscount: { bpsOfMaxSupply: '0.0', discount: '0.0' },
} as const;
