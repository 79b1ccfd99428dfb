import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ExchangeClient } from '@nktkas/hyperliquid';
import { generatePrivateKey } from 'viem/accounts';
import type { Usd } from '../../domain/kernel/decimal.ts';
import { addressOf } from '../../gateways/hyperliquid/wire/signing.ts';
import {
  ALICE_KEY,
  BOB_KEY,
  bestPrices,
  movedBy,
  openPaperVenue,
  type PaperVenue,
} from './paper-venue.ts';

const BTC = 0;
const USDC = 'USDC:0x6d1e7cde53ba9467b783cb7c530ce054';
const BUILDER = '0x8c967e73e7b15087c42a10d344cff4c96d877f1d';
const NOBODYS_VAULT = '0x1719884eb866cb12b2287399b15f7db5e7d775ea';
/** Bought and sold between the two accounts, so that volume allows all that it allows. */
const VOLUME_BTC = '11';

const done = { status: 'ok', response: { type: 'default' } };

let venue: PaperVenue;
let alice: ExchangeClient;

const priced = (
  p: string,
  more: { b?: boolean; s?: string; r?: boolean; c?: `0x${string}` } = {},
) => ({
  ...{ a: BTC, b: true, p, s: '0.01', r: false, t: { limit: { tif: 'Gtc' as const } } },
  ...more,
});
const send = (p: string, more: Parameters<typeof priced>[1] = {}) =>
  alice.order({ orders: [priced(p, more)], grouping: 'na' });

/** A price at which a buy order rests, far from the market. */
async function low(): Promise<string> {
  const { bid } = await bestPrices(venue, 'BTC');
  return movedBy(bid.px, -20_000);
}

async function restingOid(more: Parameters<typeof priced>[1] = {}): Promise<number> {
  const placed = await send(await low(), more);
  const status = placed.response.data.statuses[0];
  if (typeof status !== 'object' || !('resting' in status)) throw new Error('does not rest');
  return status.resting.oid;
}

/** Takes 0.01 BTC from the book, so that there is a position. */
async function openPosition(): Promise<void> {
  const { ask } = await bestPrices(venue, 'BTC');
  await alice.order({ orders: [priced(movedBy(ask.px, 500))], grouping: 'na' });
}

/** Ends with no position and no TWAP that would open one. */
async function closePosition(): Promise<void> {
  const user = venue.alice.address;
  const { assetPositions } = await venue.info.clearinghouseState({ user });
  const szi = assetPositions.find(({ position }) => position.coin === 'BTC')?.position.szi;
  if (szi === undefined) return;
  const { bid } = await bestPrices(venue, 'BTC');
  await send(movedBy(bid.px, -500), { b: false, s: szi, r: true });
}

beforeAll(async () => {
  const accounts = [ALICE_KEY, BOB_KEY].map(addressOf);
  venue = await openPaperVenue({
    fund: accounts.map((account) => ({ account, usd: '2000000' as Usd })),
  });
  alice = venue.alice.exchange;
  const { bid } = await bestPrices(venue, 'BTC');
  const px = movedBy(bid.px, 1);
  for (const isBuy of [true, false]) {
    await send(px, { b: isBuy, s: VOLUME_BTC });
    const orders = [priced(px, { b: !isBuy, s: VOLUME_BTC })];
    await venue.bob.exchange.order({ orders, grouping: 'na' });
  }
});

afterAll(() => venue.close());

/** Each method of the client that the paper exchange models, and what it must do. */
const modelled = {
  order: async () => {
    const placed = await send(await low());
    expect(placed.response.data.statuses).toEqual([{ resting: { oid: expect.any(Number) } }]);
  },
  cancel: async () => {
    const cancelled = await alice.cancel({ cancels: [{ a: BTC, o: await restingOid() }] });
    expect(cancelled.response.data.statuses).toEqual(['success']);
  },
  cancelByCloid: async () => {
    const cloid = '0xa1b2c3d4000000000000000000000011';
    await restingOid({ c: cloid });
    const cancelled = await alice.cancelByCloid({ cancels: [{ asset: BTC, cloid }] });
    expect(cancelled.response.data.statuses).toEqual(['success']);
  },
  modify: async () => {
    const oid = await restingOid();
    expect(await alice.modify({ oid, order: priced(await low(), { s: '0.02' }) })).toEqual(done);
    const row = await venue.info.orderStatus({ user: venue.alice.address, oid });
    expect(row).toMatchObject({ order: { status: 'canceled' } });
    const [changed] = await venue.info.openOrders({ user: venue.alice.address });
    expect(changed?.oid).not.toBe(oid);
  },
  batchModify: async () => {
    const oid = await restingOid();
    const modifies = [{ oid, order: priced(await low(), { s: '0.03' }) }];
    const changed = await alice.batchModify({ modifies });
    expect(changed.response.data.statuses).toEqual([{ resting: { oid: expect.any(Number) } }]);
    expect(changed.response.data.statuses).not.toEqual([{ resting: { oid } }]);
  },
  noop: async () => {
    expect(await alice.noop({ nonce: Date.now() })).toEqual(done);
  },
  scheduleCancel: async () => {
    expect(await alice.scheduleCancel({ time: Date.now() + 60_000 })).toEqual(done);
    expect(await alice.scheduleCancel()).toEqual(done);
  },
  twapOrder: async () => {
    const twap = { a: BTC, b: true, s: '0.1', r: false, m: 30, t: false };
    const { response } = await alice.twapOrder({ twap });
    const { twapId } = response.data.status.running;
    expect(await venue.info.twapHistory({ user: venue.alice.address })).toContainEqual(
      expect.objectContaining({ twapId, status: { status: 'activated' } }),
    );
    await alice.twapCancel({ a: BTC, t: twapId });
  },
  twapCancel: async () => {
    const twap = { a: BTC, b: true, s: '0.1', r: false, m: 30, t: false };
    const { response } = await alice.twapOrder({ twap });
    const { twapId } = response.data.status.running;
    const cancelled = await alice.twapCancel({ a: BTC, t: twapId });
    expect(cancelled.response.data.status).toBe('success');
  },
  updateLeverage: async () => {
    expect(await alice.updateLeverage({ asset: 1, isCross: true, leverage: 7 })).toEqual(done);
    const { leverage } = await venue.info.activeAssetData({
      user: venue.alice.address,
      coin: 'ETH',
    });
    expect(leverage).toEqual({ type: 'cross', value: 7 });
  },
  updateIsolatedMargin: async () => {
    await closePosition();
    await alice.updateLeverage({ asset: BTC, isCross: false, leverage: 10 });
    await openPosition();
    expect(await alice.updateIsolatedMargin({ asset: BTC, isBuy: true, ntli: 25e6 })).toEqual(done);
    await closePosition();
  },
  topUpIsolatedOnlyMargin: async () => {
    await closePosition();
    await alice.updateLeverage({ asset: BTC, isCross: false, leverage: 10 });
    await openPosition();
    expect(await alice.topUpIsolatedOnlyMargin({ asset: BTC, leverage: '5' })).toEqual(done);
    await closePosition();
  },
  reserveRequestWeight: async () => {
    const before = await venue.info.userRateLimit({ user: venue.alice.address });
    expect(await alice.reserveRequestWeight({ weight: 1000 })).toEqual(done);
    const after = await venue.info.userRateLimit({ user: venue.alice.address });
    expect([before.nRequestsSurplus, after.nRequestsUsed]).toEqual([0, 0]);
    expect(after.nRequestsSurplus).toBe(1000 - before.nRequestsUsed - 1); // it counts itself
  },
  setReferrer: async () => {
    await expect(alice.setReferrer({ code: 'NOBODYS' })).rejects.toThrow(
      'Referral code not registered',
    );
  },
  approveAgent: async () => {
    const agent = venue.traderOf(generatePrivateKey());
    const approved = { agentAddress: agent.address as `0x${string}`, agentName: 'bot' };
    expect(await alice.approveAgent(approved)).toEqual(done);
    const orders = [priced(await low())];
    const placed = await agent.exchange.order({ orders, grouping: 'na' });
    expect(placed.response.data.statuses[0]).toHaveProperty('resting');
  },
  approveBuilderFee: async () => {
    expect(await alice.approveBuilderFee({ maxFeeRate: '0.01%', builder: BUILDER })).toEqual(done);
    const fee = await venue.info.maxBuilderFee({ user: venue.alice.address, builder: BUILDER });
    expect(fee).toBe(10);
  },
  createSubAccount: async () => {
    const { response } = await alice.createSubAccount({ name: 'created' });
    expect(response.data).toMatch(/^0x[0-9a-f]{40}$/);
  },
  subAccountTransfer: async () => {
    const { response } = await alice.createSubAccount({ name: 'funded' });
    const subAccountUser = response.data;
    const transfer = { subAccountUser, isDeposit: true, usd: 100e6 };
    expect(await alice.subAccountTransfer(transfer)).toEqual(done);
    const state = await venue.info.clearinghouseState({ user: subAccountUser });
    expect(state.marginSummary.accountValue).toBe('100.0');
  },
  subAccountSpotTransfer: async () => {
    await alice.usdClassTransfer({ amount: '10', toPerp: false });
    const { response } = await alice.createSubAccount({ name: 'spot' });
    const transfer = { subAccountUser: response.data, isDeposit: true, token: USDC, amount: '10' };
    expect(await alice.subAccountSpotTransfer(transfer as never)).toEqual(done);
  },
  usdSend: async () => {
    const destination = venue.bob.address as `0x${string}`;
    expect(await alice.usdSend({ destination, amount: '1.5' })).toEqual(done);
  },
  usdClassTransfer: async () => {
    expect(await alice.usdClassTransfer({ amount: '5', toPerp: false })).toEqual(done);
    const { balances } = await venue.info.spotClearinghouseState({ user: venue.alice.address });
    expect(balances).toContainEqual(expect.objectContaining({ coin: 'USDC' }));
    expect(await alice.usdClassTransfer({ amount: '5', toPerp: true })).toEqual(done);
  },
  spotSend: async () => {
    await alice.usdClassTransfer({ amount: '2', toPerp: false });
    const destination = venue.bob.address as `0x${string}`;
    expect(await alice.spotSend({ destination, token: USDC, amount: '2' })).toEqual(done);
  },
  sendAsset: async () => {
    const destination = venue.bob.address as `0x${string}`;
    const move = { sourceDex: '', destinationDex: '', token: USDC, amount: '3' } as const;
    expect(await alice.sendAsset({ destination, ...move })).toEqual(done);
  },
  agentSendAsset: async () => {
    const destination = venue.alice.address as `0x${string}`;
    const move = { sourceDex: '', destinationDex: 'spot', token: USDC, amount: '3' } as const;
    expect(await alice.agentSendAsset({ destination, ...move })).toEqual(done);
  },
  withdraw3: async () => {
    const destination = venue.alice.address as `0x${string}`;
    expect(await alice.withdraw3({ destination, amount: '12' })).toEqual(done);
  },
  vaultTransfer: async () => {
    const transfer = { vaultAddress: NOBODYS_VAULT, isDeposit: true, usd: 5e6 } as const;
    await expect(alice.vaultTransfer(transfer)).rejects.toThrow('Vault not registered');
  },
  convertToMultiSigUser: async () => {
    const owner = venue.traderOf(generatePrivateKey());
    await alice.usdSend({ destination: owner.address as `0x${string}`, amount: '100' });
    const authorizedUsers = [venue.alice.address, venue.bob.address] as `0x${string}`[];
    const signers = { authorizedUsers, threshold: 2 };
    expect(await owner.exchange.convertToMultiSigUser({ signers })).toEqual(done);
    const known = await venue.info.userToMultiSigSigners({ user: owner.address });
    expect(known?.threshold).toBe(2);
  },
  userSetAbstraction: async () => {
    const user = venue.alice.address as `0x${string}`;
    expect(await alice.userSetAbstraction({ user, abstraction: 'disabled' })).toEqual(done);
  },
  userDexAbstraction: async () => {
    const user = venue.alice.address as `0x${string}`;
    expect(await alice.userDexAbstraction({ user, enabled: false })).toEqual(done);
  },
  agentSetAbstraction: async () => {
    expect(await alice.agentSetAbstraction({ abstraction: 'i' })).toEqual(done);
  },
  evmUserModify: async () => {
    expect(await alice.evmUserModify({ usingBigBlocks: true })).toEqual(done);
  },
} satisfies Partial<Record<keyof ExchangeClient, () => Promise<void>>>;

const STAKING = 'there is no staking here';
const DEPLOYING = 'markets come from the tape, not from deployers';
const VALIDATING = 'there are no validators here';
const LENDING = 'there is no lending here';
const OUTCOMES = 'there are no outcome markets here';
const OWN_VAULTS = 'vaults cannot be opened here';
const EVM = 'there is no EVM here';
const PROFILE = 'accounts have no profile here';

/** What the client can also send, and why the paper exchange does not take it. */
const notModelled: Readonly<Record<string, string>> = {
  activateOutcomeDeployer: OUTCOMES,
  agentEnableDexAbstraction: 'there is one dex here',
  authorizeAqav2Role: DEPLOYING,
  borrowLend: LENDING,
  cDeposit: STAKING,
  claimRewards: STAKING,
  createVault: OWN_VAULTS,
  cSignerAction: VALIDATING,
  cValidatorAction: VALIDATING,
  cWithdraw: STAKING,
  finalizeEvmContract: EVM,
  gossipPriorityBid: VALIDATING,
  hip3LiquidatorTransfer: DEPLOYING,
  linkStakingUser: STAKING,
  perpDeploy: DEPLOYING,
  registerReferrer: 'nobody is referred here',
  sendToEvmWithData: EVM,
  setDisplayName: PROFILE,
  spotDeploy: DEPLOYING,
  spotUser: 'nothing is traded spot here',
  stakingLinkDisableTradingUser: STAKING,
  subAccountModify: PROFILE,
  tokenDelegate: STAKING,
  userOutcome: OUTCOMES,
  userPortfolioMargin: 'accounts margin cross or isolated here',
  validatorL1Stream: VALIDATING,
  vaultDistribute: OWN_VAULTS,
  vaultModify: OWN_VAULTS,
};

test('every method of the client is either tried here or left out with a reason', () => {
  const methods = Object.getOwnPropertyNames(ExchangeClient.prototype).filter(
    (name) => name !== 'constructor',
  );
  expect([...Object.keys(modelled), ...Object.keys(notModelled)].sort()).toEqual(methods.sort());
});

describe('a method that the paper exchange models', () => {
  test.each(Object.entries(modelled))('does what it says: %s', (_name, tried) => tried());

  test('leaves the money of all accounts conserved', () => {
    expect(venue.running.exchange.venue.conservation().difference).toBe('0.0');
  });
});

describe('an action that the paper exchange does not model', () => {
  test.each(Object.entries(notModelled))('is answered as an unknown one: %s (%s)', async (type) => {
    const signature = { r: `0x${'1'.repeat(64)}`, s: `0x${'2'.repeat(64)}`, v: 27 };
    const answer = await venue.post(
      '/exchange',
      JSON.stringify({ action: { type }, nonce: Date.now(), signature }),
    );
    expect(answer).toMatchObject({
      status: 422,
      text: 'Failed to deserialize the JSON body into the target type',
    });
  });
});
