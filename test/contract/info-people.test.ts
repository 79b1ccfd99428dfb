import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { infoAnswerSchemas } from '../../gateways/hyperliquid/wire/info-answers.ts';
import { addressOf } from '../../gateways/hyperliquid/wire/signing.ts';
import { openPaperVenue, type PaperVenue, STRANGER_KEY } from './paper-venue.ts';

const AGENT = addressOf(STRANGER_KEY);
const BUILDER = `0x${'b'.repeat(40)}` as const;
const NEW_ADDRESS = `0x${'7'.repeat(40)}` as const;

let venue: PaperVenue;

beforeAll(async () => {
  venue = await openPaperVenue();
});

afterAll(() => venue.close());

describe('who an account is to others', () => {
  test('its named agents are listed, and know whose they are', async () => {
    const { alice, info } = venue;
    await alice.exchange.approveAgent({ agentAddress: AGENT, agentName: 'scout' });
    const agents = await info.extraAgents({ user: alice.address });
    expect(agents).toEqual([{ name: 'scout', address: AGENT, validUntil: expect.any(Number) }]);
    expect(await info.userRole({ user: AGENT })).toEqual({
      role: 'agent',
      data: { user: alice.address },
    });
    expect((await info.userFills({ user: AGENT })).length).toBe(0);
  });

  test('its agent without a name is in the bundles', async () => {
    const { bob, info } = venue;
    const agent = addressOf(`0x${'5'.repeat(64)}`);
    await bob.exchange.approveAgent({ agentAddress: agent, agentName: '' });
    const bundle = await info.webData2({ user: bob.address });
    expect(bundle.agentAddress).toBe(agent);
    expect(bundle.cumLedger).toBe('100000.0');
    expect(await info.extraAgents({ user: bob.address })).toEqual([]);
  });

  test('the builders that it allowed are known by their fee', async () => {
    const { alice, info } = venue;
    const question = { user: alice.address, builder: BUILDER };
    expect(await info.maxBuilderFee(question)).toBe(0);
    await alice.exchange.approveBuilderFee({ builder: BUILDER, maxFeeRate: '0.01%' });
    expect(await info.maxBuilderFee(question)).toBe(10);
    expect(await info.approvedBuilders({ user: alice.address })).toEqual([BUILDER]);
  });

  test('money that it moved is in its ledger and in its spot balance', async () => {
    const { alice, info } = venue;
    const user = alice.address;
    await alice.exchange.usdClassTransfer({ amount: '25.5', toPerp: false });
    await alice.exchange.usdSend({ destination: NEW_ADDRESS, amount: '10' });
    const spot = await info.spotClearinghouseState({ user });
    expect(spot.balances).toEqual([
      { coin: 'USDC', token: 0, total: '25.5', hold: '0.0', entryNtl: '0.0' },
    ]);
    const rows = await info.userNonFundingLedgerUpdates({ user });
    expect(rows.map(({ delta }) => delta.type)).toEqual([
      'deposit',
      'accountClassTransfer',
      'internalTransfer',
    ]);
    const received = await info.userNonFundingLedgerUpdates({ user: NEW_ADDRESS });
    expect(received.map(({ delta }) => delta)).toEqual([rows[2]?.delta]);
    const portfolio = await info.portfolio({ user });
    expect(portfolio[3][1].pnlHistory.at(-1)?.[1]).toBe('0.0');
  });

  test('who was never heard of costs a fee to send to', async () => {
    const { alice, info } = venue;
    const check = (user: string) => info.preTransferCheck({ user, source: alice.address });
    expect(await check(`0x${'6'.repeat(40)}`)).toMatchObject({ fee: '1.0', userExists: false });
    expect(await check(alice.address)).toMatchObject({ fee: '0.0', userExists: true });
  });

  test('its fees are those of its tier, in the venue’s schedule', async () => {
    const fees = await venue.info.userFees({ user: venue.bob.address });
    expect(infoAnswerSchemas.userFees.safeParse(fees).error).toBeUndefined();
    expect([fees.userCrossRate, fees.userAddRate]).toEqual(['0.00045', '0.00015']);
  });

  test('its sub-accounts come with their states', async () => {
    const { alice, info } = venue;
    const created = await alice.exchange.createSubAccount({ name: 'second' });
    const address = created.response.data;
    const subs = await info.subAccounts({ user: alice.address });
    expect(infoAnswerSchemas.subAccounts.safeParse(subs).error).toBeUndefined();
    expect(subs).toMatchObject([
      { name: 'second', subAccountUser: address, master: alice.address },
    ]);
    const byDex = await info.subAccounts2({ user: alice.address });
    expect(infoAnswerSchemas.subAccounts2.safeParse(byDex).error).toBeUndefined();
    expect(byDex?.[0]?.dexToClearinghouseState[0]?.[0]).toBe('');
    expect(await info.userRole({ user: address })).toEqual({
      role: 'subAccount',
      data: { master: alice.address },
    });
  });
});
