import { describe, expect, test } from '@jest/globals';
import type { VenueConfig } from '../../../domain/matching/contract/venue-config.ts';
import { ALICE, bookAt, CONFIG, type Desk, openDesk, order } from './venue-fixture.ts';

const DONE = { status: 'ok', response: { type: 'default' } };
const refusal = (text: string) => ({ status: 'err', response: text });

const withIso = (marginMode?: 'strictIsolated' | 'noCross'): VenueConfig => ({
  ...CONFIG,
  universe: CONFIG.universe.map((asset) =>
    asset.name === 'BTC' && marginMode ? { ...asset, marginMode } : asset,
  ),
});

/** One BTC at 100001 and 20x: margin 5000.05. */
function isolated(config: VenueConfig = CONFIG): Desk {
  const desk = openDesk(config);
  desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross: false, leverage: 20 });
  desk.place(ALICE, order({ p: '100003', s: '1', tif: 'Ioc' }));
  desk.market(bookAt(100_001));
  return desk;
}

const update = (desk: Desk, ntli: number, asset = 0) =>
  desk.act(ALICE, { type: 'updateIsolatedMargin', asset, ntli }).response;
const marginOf = (desk: Desk) =>
  desk.venue.accountSummary(ALICE).assetPositions[0]?.position.marginUsed;

describe('isolated margin', () => {
  test('is put in, and what is above a tenth of the value is taken out again', () => {
    const desk = isolated();
    expect(marginOf(desk)).toBe('5000.05');
    expect(update(desk, 6_000_000_000)).toEqual(DONE);
    expect(marginOf(desk)).toBe('11000.05');
    const tooMuch = 'Isolated position does not have sufficient margin available to remove.';
    expect(update(desk, -999_950_001)).toEqual(refusal(tooMuch));
    expect(update(desk, -999_950_000)).toEqual(DONE);
    expect(marginOf(desk)).toBe('10000.1');
    expect(desk.venue.conservation().difference).toBe('0.0');
  });

  test('moves the price of liquidation away', () => {
    const desk = isolated();
    const liquidationPx = () =>
      Number(desk.venue.accountSummary(ALICE).assetPositions[0]?.position.liquidationPx);
    const before = liquidationPx();
    update(desk, 5_000_000_000);
    expect(liquidationPx()).toBeLessThan(before - 5000);
  });

  test('cannot be more than what is free', () => {
    const desk = isolated();
    const free = Number(desk.venue.accountSummary(ALICE).withdrawable) * 1e6;
    expect(update(desk, Math.round(free) + 1)).toEqual(
      refusal('Insufficient margin to add to position.'),
    );
    expect(update(desk, Math.round(free))).toEqual(DONE);
    expect(desk.venue.accountSummary(ALICE).withdrawable).toBe('0.0');
  });

  test('belongs to isolated positions alone', () => {
    const desk = openDesk();
    const text = 'Position does not use isolated margin.';
    expect(update(desk, 1)).toEqual(refusal(text));
    desk.place(ALICE, order({ p: '100003', s: '1', tif: 'Ioc' }));
    expect(update(desk, 1)).toEqual(refusal(text));
    expect(update(desk, 1, 99)).toEqual(refusal(text));
  });

  test('is topped up to a leverage, which takes nothing out', () => {
    const desk = isolated();
    const topUp = (leverage: string) =>
      desk.act(ALICE, { type: 'topUpIsolatedOnlyMargin', asset: 0, leverage }).response;
    expect(topUp('12.5')).toEqual(DONE);
    // 100001 / 12.5, rounded up
    expect(marginOf(desk)).toBe('8000.080001');
    expect(topUp('20')).toEqual(DONE);
    expect(marginOf(desk)).toBe('8000.080001');
    expect(topUp('0.5')).toEqual(refusal('Invalid leverage value'));
  });

  test('of a strictly isolated asset never comes out, of one without cross it does', () => {
    const strict = isolated(withIso('strictIsolated'));
    const noCross = isolated(withIso('noCross'));
    for (const desk of [strict, noCross]) {
      expect(desk.venue.leverage(ALICE, 'BTC').type).toBe('isolated');
      expect(
        desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross: true, leverage: 5 }).response,
      ).toEqual(refusal('Cross margin is not allowed for this asset.'));
      expect(update(desk, 9_000_000_000)).toEqual(DONE);
    }
    expect(update(strict, -1_000_000)).toEqual(refusal('Cannot remove margin from this asset.'));
    expect(update(noCross, -1_000_000)).toEqual(DONE);
  });
});
