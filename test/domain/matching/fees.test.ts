import { describe, expect, test } from '@jest/globals';
import {
  makerTierOf,
  readFeeSchedule,
  tierOf,
} from '../../../domain/matching/accounts/fee-schedule.ts';
import type { VenueConfig } from '../../../domain/matching/contract/venue-config.ts';
import type { AccountSettingsInput } from '../../../domain/matching/contract/venue-inputs.ts';
import { restoreVenue } from '../../../domain/matching/venue.ts';
import {
  ALICE,
  BOB,
  bookAt,
  CONFIG,
  type Desk,
  openDesk,
  order,
  START_MS,
} from './venue-fixture.ts';

const DAY_MS = 86_400_000;
const BUILDER = '0x00000000000000000000000000000000000000f1';
const DONE = { status: 'ok', response: { type: 'default' } };
const refusal = (text: string) => ({ status: 'err', response: text });

/** Tiers that a few trades reach. */
const SMALL: VenueConfig = {
  ...CONFIG,
  feeTiers: [{ ntlCutoff: '150000', cross: '0.0004', add: '0.00012' }],
  makerTiers: [{ makerFractionCutoff: '0.5', add: '-0.00002' }],
};

/** Takes `s` BTC at 100001 in a fresh book and gives the fee. */
function takeFee(desk: Desk, s = '1', account = ALICE): string | undefined {
  desk.market(bookAt(100_000));
  desk.place(account, order({ p: '100001', s, tif: 'Ioc' }));
  return desk.venue.fills(account)[0]?.fee;
}

/** Sells what was bought and lets a day pass. */
function endDay(desk: Desk, account = ALICE): void {
  desk.market(bookAt(100_000));
  desk.place(account, order({ b: false, p: '99999', s: '1', r: true, tif: 'Ioc' }));
  desk.wait(DAY_MS);
}

const rates = (desk: Desk, account = ALICE) => {
  const { userCrossRate, userAddRate } = desk.venue.userFees(account);
  return [userCrossRate, userAddRate];
};

const settings = (desk: Desk, fields: Partial<AccountSettingsInput>) =>
  desk.venue.apply({ kind: 'accountSettings', atMs: 0, account: ALICE, ...fields });

describe('the schedule', () => {
  const schedule = readFeeSchedule(CONFIG);

  test('is the one that the venue documents', () => {
    const shown = schedule.tiers.map(({ takerRate, makerRate }) => [takerRate, makerRate]);
    expect(shown).toEqual([
      [450_000_000, 150_000_000],
      [400_000_000, 120_000_000],
      [350_000_000, 80_000_000],
      [300_000_000, 40_000_000],
      [280_000_000, 0],
      [260_000_000, 0],
      [240_000_000, 0],
    ]);
    expect(schedule.makerTiers.map(({ makerRate }) => makerRate)).toEqual([
      -10_000_000, -20_000_000, -30_000_000,
    ]);
  });

  test('gives a tier for more than its cutoff, not for the cutoff itself', () => {
    const million = 1_000_000_000_000n;
    expect(
      [0n, 5n * million, 5n * million + 1n, 7001n * million].map((v) => tierOf(schedule, v)),
    ).toEqual([0, 0, 1, 6]);
    expect([5n, 6n, 16n, 31n].map((maker) => makerTierOf(schedule, maker, 1000n))).toEqual([
      0, 1, 2, 3,
    ]);
    expect(makerTierOf(schedule, 0n, 0n)).toBe(0);
  });
});

describe('fees', () => {
  test('follow the volume of the last 14 full days, not of today', () => {
    const desk = openDesk(SMALL);
    expect(takeFee(desk)).toBe('45.00045');
    endDay(desk);
    expect(takeFee(desk)).toBe('40.0004');
    expect(rates(desk)).toEqual(['0.0004', '0.00012']);
    endDay(desk);
    desk.wait(14 * DAY_MS);
    expect(takeFee(desk)).toBe('45.00045');
  });

  test("count the market's days, whatever the venue's own clock says", () => {
    const desk = openDesk(SMALL);
    const showAt = (marketTimeMs: number): void => {
      const updates = [bookAt(100_000)];
      desk.venue.apply({ kind: 'market', atMs: START_MS, marketTimeMs, updates });
    };
    const takeAt = (marketTimeMs: number): string | undefined => {
      showAt(marketTimeMs);
      desk.place(ALICE, order({ p: '100001', s: '1', tif: 'Ioc' }));
      const fee = desk.venue.fills(ALICE)[0]?.fee;
      desk.place(ALICE, order({ b: false, p: '99999', s: '1', r: true, tif: 'Ioc' }));
      return fee;
    };
    expect(takeAt(START_MS)).toBe('45.00045');
    // A day of the venue's clock is none of the market's.
    desk.wait(DAY_MS);
    expect(takeAt(START_MS)).toBe('45.00045');
    const midnightMs = Math.ceil(START_MS / DAY_MS) * DAY_MS;
    expect(takeAt(midnightMs - 1)).toBe('45.00045');
    expect(takeAt(midnightMs)).toBe('40.0004');
    expect(takeAt(midnightMs + 13.5 * DAY_MS)).toBe('40.0004');
    // A market that is shown late turns no clock back.
    showAt(START_MS);
    expect(desk.venue.userFees(ALICE).dailyUserVlm.map(({ date }) => date)).toEqual([
      '2025-06-15',
      '2025-06-16',
      '2025-06-29',
    ]);
    expect(takeAt(midnightMs + 29 * DAY_MS)).toBe('45.00045');
  });

  test('of a state from before the market had a clock count its days from now on', () => {
    const desk = openDesk(SMALL);
    const marketTimeMs = START_MS - 300 * DAY_MS;
    const updates = [bookAt(100_000)];
    const old = openDesk(SMALL);
    takeFee(old);
    const { state } = old.venue.snapshot();
    const { marketTimeMs: _unknown, ...before } = state as Record<string, unknown>;
    const played = JSON.stringify(before).replaceAll(
      /"marketTimeMs":\d+/g,
      `"marketTimeMs":${marketTimeMs}`,
    );
    desk.venue = restoreVenue(SMALL, { version: 3, state: JSON.parse(played) });
    expect(desk.venue.userFees(ALICE).dailyUserVlm).toEqual([]);
    desk.venue.apply({ kind: 'market', atMs: 0, marketTimeMs: marketTimeMs + 1, updates });
    desk.place(ALICE, order({ b: false, p: '99999', s: '1', r: true, tif: 'Ioc' }));
    expect(desk.venue.userFees(ALICE).dailyUserVlm).toMatchObject([{ date: '2024-08-19' }]);
    expect(desk.venue.conservation().difference).toBe('0.0');
    expect(() => restoreVenue(SMALL, { version: 2 as 3, state })).toThrow(
      'snapshot.version 2: must be 3 or 4',
    );
  });

  test('count the volume of sub-accounts for the whole family', () => {
    const desk = openDesk(SMALL);
    takeFee(desk);
    endDay(desk);
    const created = desk.act(ALICE, { type: 'createSubAccount', name: 'sub' }).response;
    const sub = created?.status === 'ok' ? String(Object(created.response).data) : '';
    desk.market(bookAt(100_000));
    expect(rates(desk, sub)).toEqual(['0.0004', '0.00012']);
    expect(rates(desk, BOB)).toEqual(['0.00045', '0.00015']);
  });

  test('become rebates for a share of what everybody made', () => {
    const desk = openDesk(SMALL);
    desk.place(ALICE, order({ p: '100000', s: '0.5' }));
    const trades = [{ px: '99999', sz: '0.2', side: 'A' as const }];
    desk.market(bookAt(100_000, 'BTC', { bids: [{ px: '99998', sz: '1' }], trades }));
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({ crossed: false, fee: '3.0' });
    desk.wait(DAY_MS);
    desk.place(ALICE, order({ p: '100000', s: '0.1' }));
    desk.market(bookAt(100_000, 'BTC', { bids: [{ px: '99998', sz: '1' }], trades }));
    expect(desk.venue.userFees(ALICE).userAddRate).toBe('-0.00002');
    expect(Number(desk.venue.fills(ALICE)[0]?.fee)).toBeLessThan(0);
    expect(desk.venue.conservation().difference).toBe('0.0');
  });

  test('are set for an account by the operator, until taken back', () => {
    const desk = openDesk();
    settings(desk, { feeTier: 3, makerTier: 2 });
    expect(takeFee(desk)).toBe('30.0003');
    expect(rates(desk)).toEqual(['0.0003', '-0.00002']);
    settings(desk, { feeTier: null, makerTier: null, stakingDiscount: '0.1' });
    expect(takeFee(desk)).toBe('40.500405');
    settings(desk, { stakingDiscount: '0', referralDiscount: '0.04' });
    expect(takeFee(desk)).toBe('43.200432');
    expect(rates(desk)[0]).toBe('0.00045');
    expect(desk.venue.userFees(ALICE).activeReferralDiscount).toBe('0.04');
  });

  test.each([
    { feeTier: 7 },
    { feeTier: 0.5 },
    { makerTier: 4 },
    { stakingDiscount: '1' },
    { referralDiscount: '-0.1' },
  ])('refuse a setting that is none: %j', (fields) => {
    const desk = openDesk();
    const before = JSON.stringify(desk.venue.snapshot());
    expect(() => settings(desk, fields)).toThrow(RangeError);
    expect(JSON.stringify(desk.venue.snapshot())).toBe(before);
  });

  test('are shown with the volume of each day', () => {
    const desk = openDesk();
    takeFee(desk);
    desk.wait(DAY_MS);
    takeFee(desk, '0.5');
    expect(desk.venue.userFees(ALICE)).toMatchObject({
      dailyUserVlm: [
        { date: '2025-06-15', userCross: '100001.0', userAdd: '0.0', exchange: '100001.0' },
        { date: '2025-06-16', userCross: '50000.5' },
      ],
      activeStakingDiscount: '0.0',
    });
    expect(desk.venue.userFees(BUILDER).dailyUserVlm).toEqual([]);
  });
});

describe('a referral', () => {
  test('takes 4 % off, for a code that is registered, once', () => {
    const desk = openDesk({ ...CONFIG, referralCodes: ['GOOD'] });
    const enter = (code: string) => desk.act(ALICE, { type: 'setReferrer', code }).response;
    expect(enter('CCXT1')).toEqual(refusal('Referral code not registered'));
    expect(takeFee(desk)).toBe('45.00045');
    expect(enter('GOOD')).toEqual(DONE);
    expect(takeFee(desk)).toBe('43.200432');
    expect(enter('GOOD')).toEqual(refusal('Referrer already set.'));
    expect(desk.venue.referrerCode(ALICE)).toBe('GOOD');
  });
});

describe('a builder', () => {
  const approve = (desk: Desk, maxFeeRate: string) =>
    desk.act(ALICE, { type: 'approveBuilderFee', maxFeeRate, builder: BUILDER }).response;
  const place = (desk: Desk, f: number) =>
    desk.act(ALICE, {
      type: 'order',
      orders: [order({ p: '100003', s: '1', tif: 'Ioc' })],
      grouping: 'na',
      builder: { b: BUILDER.toUpperCase().replace('0X', '0x'), f },
    }).response;

  test('is paid what the order offers, within what the account agreed to', () => {
    const desk = openDesk();
    const text = 'Builder fee has not been approved.';
    expect(place(desk, 1)).toEqual(refusal(text));
    expect(approve(desk, '0.01%')).toEqual(DONE);
    expect(desk.venue.maxBuilderFee(ALICE, BUILDER)).toBe(10);
    expect(desk.venue.approvedBuilders(ALICE)).toEqual([BUILDER]);
    expect(place(desk, 11)).toEqual(refusal(text));
    expect(place(desk, 10)).toHaveProperty('status', 'ok');
    // 100001 x (0.00045 + 0.0001)
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({ fee: '55.00055', builderFee: '10.0001' });
    expect(desk.venue.accountSummary(BUILDER).withdrawable).toBe('10.0001');
    expect(desk.venue.conservation().difference).toBe('0.0');
  });

  test('is paid nothing where nothing was offered', () => {
    const desk = openDesk();
    takeFee(desk);
    expect(desk.venue.fills(ALICE)[0]).not.toHaveProperty('builderFee');
  });

  test('loses the approval at 0 %, and never gets more than 0.1 %', () => {
    const desk = openDesk();
    expect(approve(desk, '0.1%')).toEqual(DONE);
    expect(desk.venue.maxBuilderFee(ALICE, BUILDER)).toBe(100);
    for (const rate of ['0.101%', '0.0005%', '-0.01%', 'x%']) {
      expect(approve(desk, rate)).toHaveProperty('status', 'err');
    }
    expect(approve(desk, '0%')).toEqual(DONE);
    expect(desk.venue.approvedBuilders(ALICE)).toEqual([]);
  });
});

describe('requests', () => {
  test('are bought at 0.0005 USDC each, for oneself or another account', () => {
    const desk = openDesk();
    const reserve = (weight: number, destination?: string) =>
      desk.act(ALICE, {
        type: 'reserveRequestWeight',
        weight,
        ...(destination === undefined ? {} : { destination }),
      }).response;
    expect(reserve(1000)).toEqual(DONE);
    expect(reserve(500, BOB)).toEqual(DONE);
    expect(desk.venue.reservedRequestWeight(ALICE)).toBe(1000);
    expect(desk.venue.reservedRequestWeight(BOB)).toBe(500);
    expect(desk.venue.accountSummary(ALICE).withdrawable).toBe('99999.25');
    expect(reserve(199_998_501)).toEqual(refusal('Insufficient balance for withdrawal'));
    expect(reserve(Number.MAX_SAFE_INTEGER)).toEqual(
      refusal('Insufficient balance for withdrawal'),
    );
    expect(reserve(1, BUILDER)).toEqual(refusal(`User or API Wallet ${BUILDER} does not exist.`));
    expect(desk.venue.conservation().difference).toBe('0.0');
  });
});
