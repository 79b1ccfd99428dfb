/**
 * Who an account is to others: its role, agents, builders, sub-accounts, referrals, and the bundles
 * of all of it that front ends ask for. Vaults are not modelled. Only reads the exchange.
 */
import { decimal } from '../../../domain/kernel/decimal.ts';
import { type AccountAddress, accountAddress } from '../../../domain/kernel/ids.ts';
import type { PaperExchange } from '../exchange.ts';
import type { AccountBoard } from './account-board.ts';
import type { MarketBoard } from './market-board.ts';

/** Volume that earns a referral code, USD; source: the venue's documentation, "Referrals". */
const REFERRER_VOLUME_USD = '10000.0';
/** Paid by who first sends to an address; source: the documentation, "Activation gas fee". */
const NEW_ACCOUNT_FEE_USD = '1.0';
/** Codes belong to the venue itself here. */
const NOBODY = '0x0000000000000000000000000000000000000000';

export class PeopleBoard {
  readonly #exchange: PaperExchange;
  readonly #accounts: AccountBoard;
  readonly #market: MarketBoard;

  constructor(exchange: PaperExchange, accounts: AccountBoard, market: MarketBoard) {
    this.#exchange = exchange;
    this.#accounts = accounts;
    this.#market = market;
  }

  role(user: AccountAddress): object {
    return this.#exchange.venue.userRole(user);
  }

  /** Null when there is none. */
  subAccounts(master: AccountAddress): readonly object[] | null {
    return this.#subAccounts(master, (user) => ({
      clearinghouseState: this.#accounts.state(user),
    }));
  }

  /** The same with the state of each dex. */
  subAccountsByDex(master: AccountAddress): readonly object[] | null {
    return this.#subAccounts(master, (user) => ({
      dexToClearinghouseState: [['', this.#accounts.state(user)]],
    }));
  }

  isAbstractedByDex(user: AccountAddress): boolean {
    return this.#exchange.venue.userAbstraction(user) === 'dexAbstraction';
  }

  referral(user: AccountAddress): object {
    const cumVlm = this.#exchange.venue.cumulativeVolume(user);
    const code = this.#exchange.venue.referrerCode(user);
    const isReady = decimal(cumVlm).gte(REFERRER_VOLUME_USD);
    return {
      referredBy: code === null ? null : { referrer: NOBODY, code },
      cumVlm,
      unclaimedRewards: '0.0',
      claimedRewards: '0.0',
      builderRewards: '0.0',
      referrerState: isReady
        ? { stage: 'needToCreateCode' }
        : { stage: 'needToTrade', data: { required: REFERRER_VOLUME_USD } },
      rewardHistory: [],
      tokenToState: [],
    };
  }

  preTransferCheck(user: AccountAddress): object {
    const userExists = this.#exchange.venue.userRole(user).role !== 'missing';
    return {
      fee: userExists ? '0.0' : NEW_ACCOUNT_FEE_USD,
      isSanctioned: false,
      userExists,
      userHasSentTx: this.#exchange.requestStanding(user).used > 0,
    };
  }

  /** The bundle of the old front end. */
  webData2(user: AccountAddress): object {
    const { feed } = this.#exchange;
    return {
      clearinghouseState: this.#accounts.state(user),
      leadingVaults: [],
      totalVaultEquity: '0.0',
      openOrders: this.#accounts.frontendOpenOrders(user),
      ...this.#userState(user),
      meta: feed.meta,
      assetCtxs: this.#market.contexts(),
      twapStates: this.#exchange.venue.twapStates(user),
      spotState: this.#accounts.spotState(user),
      spotAssetCtxs: [],
      perpsAtOpenInterestCap: this.#exchange.venue.coinsAtOpenInterestCap(),
    };
  }

  /** The bundle of the front end's stream. */
  webData3(user: AccountAddress): object {
    return {
      userState: this.#userState(user),
      perpDexStates: [
        {
          totalVaultEquity: '0.0',
          perpsAtOpenInterestCap: this.#exchange.venue.coinsAtOpenInterestCap(),
          leadingVaults: [],
        },
      ],
    };
  }

  #subAccounts(
    master: AccountAddress,
    stateOf: (user: AccountAddress) => object,
  ): readonly object[] | null {
    const owned = this.#exchange.venue.subAccounts(master).map((account) => {
      const user = accountAddress(account.subAccountUser);
      return { ...account, ...stateOf(user), spotState: this.#accounts.spotState(user) };
    });
    return owned.length > 0 ? owned : null;
  }

  #userState(user: AccountAddress): object {
    const agent = this.#exchange.venue.mainAgent(user);
    return {
      agentAddress: agent?.address ?? null,
      agentValidUntil: agent?.validUntil ?? null,
      cumLedger: this.#exchange.equity.paidIn(user),
      serverTime: this.#exchange.nowMs(),
      isVault: false,
      user,
    };
  }
}
