import { describe, expect, test } from '@jest/globals';
import {
  LIQUIDATION_PX_PLACES,
  liquidationPxFrom,
} from '../../../domain/matching/margin/margin.ts';
import {
  applyRate,
  quotient,
  toMicro,
  toRate,
  wireText,
} from '../../../domain/matching/state/fixed-point.ts';
import { maintenanceMargin, readTerms, termsOf } from '../../../domain/matching/state/terms.ts';
import { restoreVenue } from '../../../domain/matching/venue.ts';
import {
  ALICE,
  BOB,
  bookAt,
  CONFIG,
  type Desk,
  ETH,
  lastStatus,
  oidOf,
  openDesk,
  order,
  START_MS,
  sziOf,
  trigger,
} from './venue-fixture.ts';

const positionOf = (desk: Desk, account = ALICE) =>
  desk.venue.accountSummary(account).assetPositions[0]?.position;

const buy = (desk: Desk, s: string, account = ALICE) =>
  desk.place(account, order({ p: '100003', s, tif: 'Ioc' }));
const sell = (desk: Desk, s: string, account = ALICE) =>
  desk.place(account, order({ b: false, p: '90000', s, tif: 'Ioc' }));

describe('positions', () => {
  test('move their entry on increases only, and book profit without the fee', () => {
    const desk = openDesk();
    buy(desk, '1');
    desk.market(bookAt(101_000));
    desk.place(ALICE, order({ p: '102000', s: '0.5', tif: 'Ioc' }));
    // (100001 x 1 + 101001 x 0.5) / 1.5 = 100334.333...
    expect(positionOf(desk)).toMatchObject({ szi: '1.5', entryPx: '100334.3' });
    sell(desk, '0.6');
    expect(positionOf(desk)).toMatchObject({ szi: '0.9', entryPx: '100334.3' });
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({
      dir: 'Close Long',
      startPosition: '1.5',
      // 0.6 x 100999 - 0.6 / 1.5 x 150501.5
      closedPnl: '398.8',
    });
  });

  test('are named by direction, a flip closes and then opens', () => {
    const desk = openDesk();
    buy(desk, '0.2');
    sell(desk, '0.5');
    buy(desk, '0.1');
    buy(desk, '0.5');
    sell(desk, '0.3');
    expect(desk.venue.fills(ALICE).map(({ dir }) => dir)).toEqual([
      'Close Long',
      'Short > Long',
      'Close Short',
      'Long > Short',
      'Open Long',
    ]);
    expect(desk.venue.fills(ALICE)[3]).toMatchObject({ closedPnl: '-0.4' });
    expect(desk.venue.accountSummary(ALICE).assetPositions).toEqual([]);
  });

  test('of a cross account show margin, value and profit at the mark', () => {
    const desk = openDesk();
    desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross: true, leverage: 10 });
    buy(desk, '0.5');
    desk.market(bookAt(101_000));
    expect(positionOf(desk)).toMatchObject({
      leverage: { type: 'cross', value: 10 },
      positionValue: '50500.0',
      marginUsed: '5050.0',
      unrealizedPnl: '499.5',
      // 499.5 x 10 / 50000.5
      returnOnEquity: '0.099899001',
      maxLeverage: 40,
    });
    const summary = desk.venue.accountSummary(ALICE);
    // 100000 - fee 22.500225 + 499.5
    expect(summary.marginSummary).toEqual({
      accountValue: '100476.999775',
      totalNtlPos: '50500.0',
      totalRawUsd: '49976.999775',
      totalMarginUsed: '5050.0',
    });
    expect(summary.crossMaintenanceMarginUsed).toBe('631.25');
    expect(summary.withdrawable).toBe('95426.999775');
  });

  test('open orders hold margin for the larger side', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '99000', s: '4' }));
    desk.place(ALICE, order({ b: false, p: '110000', s: '2' }));
    // 4 x 99000 / 20
    expect(desk.venue.accountSummary(ALICE).withdrawable).toBe('80200.0');
  });
});

describe('updateLeverage', () => {
  const set = (desk: Desk, leverage: number, isCross = true, asset = 0) =>
    desk.act(ALICE, { type: 'updateLeverage', asset, isCross, leverage }).response;
  const refusal = (text: string) => ({ status: 'err', response: text });

  test('refuses illegal values and margin modes', () => {
    const desk = openDesk();
    for (const leverage of [0, 41, 1.5]) {
      expect(set(desk, leverage)).toEqual(refusal('Invalid leverage value'));
    }
    expect(set(desk, 3, true, 2)).toEqual(refusal('Cross margin is not allowed for this asset.'));
    expect(set(desk, 3, false, 2)).toHaveProperty('status', 'ok');
    expect(desk.venue.leverage(ALICE, 'ISO')).toEqual({ type: 'isolated', value: 3 });
  });

  test('refuses to switch the mode of an open position or to lower it without margin', () => {
    const desk = openDesk();
    set(desk, 20);
    buy(desk, '1');
    expect(set(desk, 20, false)).toEqual(
      refusal('Cannot switch leverage type with open position.'),
    );
    expect(set(desk, 2)).toHaveProperty('status', 'ok');
    expect(set(desk, 1)).toEqual(
      refusal('Cross position does not have sufficient margin available to decrease leverage.'),
    );
    expect(desk.venue.leverage(ALICE, 'BTC')).toEqual({ type: 'cross', value: 2 });
  });

  test('of an isolated position needs its own margin', () => {
    const desk = openDesk();
    set(desk, 20, false);
    buy(desk, '1');
    expect(positionOf(desk)).toMatchObject({
      leverage: { type: 'isolated', value: 20, rawUsd: '-95000.95' },
      marginUsed: '4999.05',
    });
    expect(set(desk, 10, false)).toEqual(
      refusal(
        'Isolated position does not have sufficient margin available to decrease leverage. To decrease leverage, add margin to the position.',
      ),
    );
    expect(set(desk, 40, false)).toHaveProperty('status', 'ok');
  });
});

describe('liquidation price', () => {
  test("of the isolated long in the venue's documentation is reproduced", () => {
    // szi 0.0335, rawUsd -95.059824, max leverage 50, positionValue 100.02765 -> 2866.26936529.
    // rawUsd was printed at 6 decimals: half a millionth of it is 1.5e-5 of the price.
    const value = toMicro('100.02765');
    const liq = liquidationPxFrom({
      szi: toMicro('0.0335'),
      markPx: toMicro('2985.9'),
      available: value + toMicro('-95.059824') - quotient(value, 100),
      tierLeverage: 50,
    });
    expect(Number(wireText(liq ?? 0n, LIQUIDATION_PX_PLACES))).toBeCloseTo(2866.26936529, 4);
  });

  test('of an isolated position is -rawUsd / (szi (1 - side l)), l = 1 / (2 max leverage)', () => {
    const desk = openDesk();
    desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross: false, leverage: 20 });
    buy(desk, '1');
    // 95000.95 / (1 - 1/80)
    expect(positionOf(desk)?.liquidationPx).toBe('96203.4936708861');
  });

  test('of a cross short is where equity meets maintenance', () => {
    const desk = openDesk();
    sell(desk, '2');
    const px = positionOf(desk)?.liquidationPx ?? '';
    const { totalRawUsd } = desk.venue.accountSummary(ALICE).marginSummary;
    const equity = Number(totalRawUsd) - 2 * Number(px);
    expect(equity).toBeCloseTo((2 * Number(px)) / 80, 6);
  });

  test('is null when no price reaches it', () => {
    const desk = openDesk();
    buy(desk, '0.5');
    expect(positionOf(desk)?.liquidationPx).toBeNull();
  });
});

describe('maintenance margin', () => {
  test('is continuous where the rate of a tier steps up', () => {
    const btc = termsOf(readTerms(CONFIG), 'BTC');
    const at = (usd: string) => wireText(maintenanceMargin(btc, toMicro(usd)));
    expect(at('149999999.99')).toBe('1874999.999875');
    expect(at('150000000')).toBe('1875000.0');
    // 1/40 of what lies above the bound
    expect(at('151000000')).toBe('1900000.0');
  });

  test('a fee is truncated toward zero, as on a recorded mainnet fill; so is a rebate', () => {
    const usd = toMicro('20.672');
    expect(wireText(applyRate(usd, toRate('0.000432')))).toBe('0.00893');
    expect(wireText(applyRate(usd, toRate('-0.00003')))).toBe('-0.00062');
  });
});

describe('liquidation', () => {
  const leveraged = (isCross: boolean): Desk => {
    const desk = openDesk();
    desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross, leverage: 40 });
    return desk;
  };

  test('sells the position to the book, cancels orders and marks the fills', () => {
    const desk = leveraged(false);
    buy(desk, '1');
    const stop = trigger('sl', '90000', { b: false, p: '85000', s: '1' });
    const oid = oidOf(desk.place(ALICE, stop)[0]);
    // Isolated margin 2500; maintenance about 1233 at 98700, two thirds of it about 822.
    const events = desk.market(bookAt(98_700));
    expect(events.find(({ kind }) => kind === 'liquidation')).toMatchObject({
      account: ALICE,
      method: 'market',
      liquidatedNtlPos: '98700.0',
      accountValue: '1199.025',
    });
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({
      px: '98699.0',
      dir: 'Close Long',
      liquidation: { liquidatedUser: ALICE, markPx: '98700.0', method: 'market' },
    });
    expect(lastStatus(desk, ALICE, oid)).toBe('liquidatedCanceled');
    expect(sziOf(desk, ALICE)).toBe('0.0');
  });

  test('passes position and margin to the liquidator below two thirds of maintenance', () => {
    const desk = leveraged(false);
    buy(desk, '1');
    const cash = 100_000 - 2500.025 - 45.00045;
    desk.market(bookAt(98_000));
    const summary = desk.venue.accountSummary(ALICE);
    expect(summary.assetPositions).toEqual([]);
    expect(Number(summary.marginSummary.accountValue)).toBeCloseTo(cash, 6);
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({
      px: '98000.0',
      fee: '0.0',
      liquidation: { method: 'backstop' },
    });
    expect(desk.venue.conservation()).toMatchObject({ difference: '0.0', unbalancedCoins: [] });
  });

  test('of a cross account takes every cross position and leaves no debt', () => {
    const desk = leveraged(true);
    for (let i = 0; i < 10; i += 1) {
      buy(desk, '3');
      desk.market(bookAt(100_000));
    }
    desk.place(ALICE, order({ a: ETH, p: '4003', s: '3', tif: 'Ioc' }));
    desk.market(bookAt(90_000), bookAt(4000, 'ETH'));
    expect(desk.venue.accountSummary(ALICE)).toMatchObject({
      assetPositions: [],
      marginSummary: { accountValue: '0.0' },
    });
    expect(desk.venue.conservation().difference).toBe('0.0');
    const refused = desk.act(ALICE, { type: 'noop' }).response;
    expect(refused).toHaveProperty(
      'response',
      `Must deposit before performing actions. User: ${ALICE}`,
    );
  });

  test('at prices worse than bankruptcy leaves the debt to the liquidator', () => {
    const desk = leveraged(true);
    for (let i = 0; i < 10; i += 1) {
      buy(desk, '3');
      desk.market(bookAt(100_000));
    }
    desk.market(bookAt(97_900, 'BTC', { bids: [{ px: '90000', sz: '40' }] }));
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({
      px: '90000.0',
      liquidation: { method: 'market' },
    });
    // Of a position above 100,000 USD a fifth was sold; what is left is the liquidator's next.
    desk.market(bookAt(97_900));
    expect(desk.venue.accountSummary(ALICE).marginSummary.accountValue).toBe('0.0');
    expect(desk.venue.conservation().difference).toBe('0.0');
  });

  test('stops when margin suffices again, and goes on when it no longer does', () => {
    const desk = leveraged(true);
    for (let i = 0; i < 10; i += 1) {
      buy(desk, '3');
      desk.market(bookAt(100_000));
    }
    // Equity about 35,600 against a maintenance of 36,700 for 30 BTC; the book takes 3 BTC.
    desk.market(bookAt(97_900));
    expect(sziOf(desk, ALICE)).toBe('27.0');
    desk.market(bookAt(97_900));
    expect(sziOf(desk, ALICE)).toBe('27.0');
    desk.market(bookAt(97_780));
    expect(sziOf(desk, ALICE)).toBe('24.0');
  });
});

describe('funding', () => {
  const hour = { kind: 'funding', atMs: START_MS + 500 } as const;

  test('is paid by longs on the oracle price, truncated, and recorded', () => {
    const desk = openDesk();
    buy(desk, '0.333', ALICE);
    sell(desk, '0.5', BOB);
    const rates = [{ coin: 'BTC', rate: '0.0000125', oraclePx: '100001.7' }];
    desk.venue.apply({ ...hour, rates });
    expect(desk.venue.fundingPayments(ALICE)).toMatchObject([
      { delta: { usdc: '-0.416257', szi: '0.333', fundingRate: '0.0000125', coin: 'BTC' } },
    ]);
    expect(desk.venue.fundingPayments(BOB)).toMatchObject([{ delta: { usdc: '0.62501' } }]);
    expect(positionOf(desk)?.cumFunding).toEqual({
      allTime: '0.416257',
      sinceOpen: '0.416257',
      sinceChange: '0.416257',
    });
    buy(desk, '0.1');
    expect(positionOf(desk)?.cumFunding).toMatchObject({
      sinceOpen: '0.416257',
      sinceChange: '0.0',
    });
    expect(desk.venue.conservation().difference).toBe('0.0');
  });

  test("comes out of an isolated position's own margin and survives a restart", () => {
    const desk = openDesk();
    desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross: false, leverage: 10 });
    buy(desk, '1');
    const rates = [{ coin: 'BTC', rate: '0.001', oraclePx: '100000' }];
    desk.venue.apply({ ...hour, rates });
    // 1 x 100001 / 10 of margin, less 1 USD since the mark is 100000, less 100 of funding
    expect(positionOf(desk)?.marginUsed).toBe('9899.1');
    const restored = restoreVenue(CONFIG, JSON.parse(JSON.stringify(desk.venue.snapshot())));
    expect(restored.accountSummary(ALICE)).toEqual(desk.venue.accountSummary(ALICE));
  });
});
