import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  LIQUIDATION_PX_PLACES,
  liquidationPxFrom,
} from '../../../domain/matching/margin/margin.ts';
import {
  MICRO,
  mulDiv,
  quotient,
  toMicro,
  wireText,
} from '../../../domain/matching/state/fixed-point.ts';
import { ALICE, BTC, bookAt, type Desk, ETH, openDesk, order } from './venue-fixture.ts';

interface Case {
  readonly name: string;
  readonly given: {
    readonly szi: string;
    readonly isolatedRawUsd: string;
    readonly maxLeverage: number;
    readonly positionValue: string;
  };
  readonly expect: { readonly liquidationPx: string };
}

const file = new URL('../../fixtures/hyperliquid/cases/liquidation-price.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] };

interface RecordedPosition {
  readonly coin: string;
  readonly szi: string;
  readonly positionValue: string;
  readonly liquidationPx: string | null;
}

const recording = new URL(
  '../../fixtures/hyperliquid/recorded/clearinghouseState.2023-03-27.pysdk.json',
  import.meta.url,
);
const { response: recorded } = JSON.parse(readFileSync(recording, 'utf8')) as {
  readonly response: {
    readonly crossMarginSummary: { readonly accountValue: string };
    readonly assetPositions: readonly { readonly position: RecordedPosition }[];
  };
};
const recordedPositions = recorded.assetPositions.map(({ position }) => position);

/** The bound that the paper exchange promises. */
const TOLERANCE = 0.0002;

describe('the liquidation price', () => {
  test.each(cases)('of a real position is met: $name', ({ given, expect: expected }) => {
    const szi = toMicro(given.szi);
    const value = toMicro(given.positionValue);
    const px = liquidationPxFrom({
      szi,
      markPx: mulDiv(value, MICRO, Math.abs(szi)),
      available:
        toMicro(given.isolatedRawUsd) +
        Math.sign(szi) * value -
        quotient(value, 2 * given.maxLeverage),
      tierLeverage: given.maxLeverage,
    });
    const found = Number(wireText(px ?? 0n, LIQUIDATION_PX_PLACES));
    const wanted = Number(expected.liquidationPx);
    expect(Math.abs(found / wanted - 1)).toBeLessThan(TOLERANCE);
  });

  /**
   * Twelve cross positions of one real account. In 2023 every market's maximum was 50, and the price
   * was `price - side * available / |size|`: today's divisor, `1 - side * rate`, came later. So what
   * is checked is what all positions together leave available, the side, and which of them cannot be
   * liquidated at any price; the divisor is multiplied out, and the documentation's position checks it.
   * The other real prices that are known (HYPE 35.8559189474, BTC 63823.6021044955, 87657.4305040273
   * and 87415.4610197863) are known without the positions that they belong to, and the recordings of
   * 2025 are of empty accounts: none of them can be checked.
   */
  test.each(recordedPositions.map((position) => [position.coin, position] as const))(
    "of a real account's cross position is met, but for a divisor that came later: %s",
    (_coin, { szi: sziText, positionValue, liquidationPx }) => {
      const MAX_LEVERAGE = 50;
      const values = recordedPositions.map((position) => toMicro(position.positionValue));
      const total = values.reduce((sum, value) => sum + value, 0);
      const accountValue = toMicro(recorded.crossMarginSummary.accountValue);
      const szi = toMicro(sziText);
      const markPx = mulDiv(toMicro(positionValue), MICRO, Math.abs(szi));
      const px = liquidationPxFrom({
        szi,
        markPx,
        available: accountValue - quotient(total, 2 * MAX_LEVERAGE),
        tierLeverage: MAX_LEVERAGE,
      });
      if (liquidationPx === null) {
        expect(px).toBeNull();
        return;
      }
      const found = Number(wireText(px ?? 0n, LIQUIDATION_PX_PLACES));
      const mark = Number(wireText(markPx));
      const divisor = 1 - Math.sign(szi) / (2 * MAX_LEVERAGE);
      const withoutDivisor = mark + (found - mark) * divisor;
      expect(Math.abs(withoutDivisor / Number(liquidationPx) - 1)).toBeLessThan(TOLERANCE);
    },
  );

  const open = (desk: Desk, isLong: boolean, lots: number, leverage: number, isCross: boolean) => {
    desk.act(ALICE, { type: 'updateLeverage', asset: BTC, isCross, leverage });
    const wide = (px: string) => [{ px, sz: '100' }];
    const deep = { bids: wide('99999'), asks: wide('100001') };
    desk.market(bookAt(100_000, 'BTC', deep));
    desk.place(
      ALICE,
      order({ b: isLong, p: isLong ? '100001' : '99999', s: String(lots / 1000), tif: 'Ioc' }),
    );
    desk.place(ALICE, order({ a: ETH, p: '4003', s: '1', tif: 'Ioc' }));
    const { assetPositions } = desk.venue.accountSummary(ALICE);
    return assetPositions.find(({ position }) => position.coin === 'BTC')?.position.liquidationPx;
  };

  const isLiquidatedAt = (desk: Desk, px: number): boolean => {
    const markPx = px.toFixed(1);
    const events = desk.market(bookAt(100_000, 'BTC', { bids: [], asks: [], markPx }));
    return events.some(({ kind }) => kind === 'liquidation');
  };

  test('is where the venue liquidates, to 0.02 %, whatever the position', () => {
    let met = 0;
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.integer({ min: 100, max: 30_000 }),
        fc.constantFrom(1, 5, 20, 40),
        fc.boolean(),
        (isLong, lots, leverage, isCross) => {
          const desk = openDesk();
          const found = open(desk, isLong, lots, leverage, isCross);
          if (!found) return;
          met += 1;
          const px = Number(found);
          const side = isLong ? 1 : -1;
          expect(isLiquidatedAt(desk, px * (1 + side * TOLERANCE))).toBe(false);
          expect(isLiquidatedAt(desk, px * (1 - side * TOLERANCE))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
    expect(met).toBeGreaterThan(50);
  });
});
