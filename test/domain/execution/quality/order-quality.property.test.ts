import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { walkBook } from '../../../../domain/execution/quality/arrival.ts';
import { orderQuality } from '../../../../domain/execution/quality/order-quality.ts';
import { summarize } from '../../../../domain/execution/quality/summary.ts';
import { decimal, px, sizeBase, usd, ZERO } from '../../../../domain/kernel/decimal.ts';
import { AT_MS, arrivalOf, evidenceOf, fillOf, markoutOf } from './samples.ts';

const RUNS = { numRuns: 400 };
const text = (min: number, max: number, decimals: number) =>
  fc.integer({ min: min * 10 ** decimals, max: max * 10 ** decimals }).map((whole) =>
    decimal(whole)
      .div(10 ** decimals)
      .toFixed(),
  );
const price = text(50, 150, 2);
const size = text(1, 20, 3);
const fills = fc.array(fc.tuple(price, size, fc.boolean(), price), { maxLength: 6 });

const evidence = fc
  .record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    decided: fc.option(price, { nil: undefined }),
    arrived: price,
    ended: price,
    rest: text(0, 5, 3),
    fills,
  })
  .map(({ side, decided, arrived, ended, rest, fills: drawn }) => {
    const filled = drawn.reduce((sum, [, amount]) => sum.plus(decimal(amount)), ZERO);
    const { decisionPx: _px, ...base } = evidenceOf({
      side,
      sizeBase: sizeBase(filled.plus(decimal(rest)).plus('0.001')),
      arrival: arrivalOf({ midPx: px(arrived) }),
      end: { source: 'mid', px: px(ended), priceMs: AT_MS, takenMs: AT_MS },
      fills: drawn.map(([at, amount, crossed, later], index) =>
        fillOf(at, amount, { tid: index, crossed, markouts: [markoutOf(1_000, later)] }),
      ),
    });
    return decided === undefined ? base : { ...base, decisionPx: px(decided) };
  });

const sum = (...parts: (string | undefined)[]) =>
  parts.reduce((total, part) => total.plus(decimal(part ?? '0')), ZERO).toFixed();

describe('the quality of any order', () => {
  test('adds up: delay, trading, fees and what did not fill are the shortfall, to the last decimal', () => {
    fc.assert(
      fc.property(evidence, (order) => {
        const { delayUsd, tradingUsd, feeUsd, opportunityUsd, shortfallUsd } = orderQuality(order);
        expect(sum(delayUsd, tradingUsd, feeUsd, opportunityUsd)).toBe(shortfallUsd);
      }),
      RUNS,
    );
  });

  test('has the opposite sign on the other side, fees apart', () => {
    fc.assert(
      fc.property(evidence, (order) => {
        const free = order.fills.map((fill) => ({ ...fill, feeUsd: usd('0') }));
        const one = orderQuality({ ...order, side: 'buy', fills: free });
        const other = orderQuality({ ...order, side: 'sell', fills: free });
        for (const field of ['shortfallUsd', 'slippageMidBps', 'delayUsd'] as const) {
          expect(sum(one[field], other[field])).toBe('0');
        }
        expect(sum(one.markouts[0]?.bps, other.markouts[0]?.bps)).toBe('0');
      }),
      RUNS,
    );
  });

  test('does not depend on the order in which its fills are listed, nor on how they are split', () => {
    fc.assert(
      fc.property(evidence, (order) => {
        const split = order.fills.flatMap((fill) => {
          const half = decimal(fill.sizeBase).div(2);
          const fee = decimal(fill.feeUsd).div(2);
          const part = { ...fill, sizeBase: sizeBase(half), feeUsd: usd(fee) };
          return [part, { ...part, tid: fill.tid + 100 }];
        });
        const { markouts: _split, ...mixed } = orderQuality({
          ...order,
          fills: split.toReversed(),
        });
        const { markouts: _whole, ...whole } = orderQuality(order);
        expect(mixed).toEqual(whole);
      }),
      RUNS,
    );
  });

  test('is 0 against the mid when everything filled there', () => {
    fc.assert(
      fc.property(evidence, price, (order, mid) => {
        const filled = order.fills.map((fill) => ({ ...fill, px: px(mid), feeUsd: usd('0') }));
        const { tradingUsd, slippageMidBps } = orderQuality({
          ...order,
          arrival: arrivalOf({ midPx: px(mid) }),
          fills: filled,
        });
        expect(tradingUsd).toBe('0');
        expect(slippageMidBps ?? '0').toBe('0');
      }),
      RUNS,
    );
  });
});

describe('a walk through a book', () => {
  test('never gives a better price than the best level, nor a worse one than the last it reached', () => {
    const levels = fc
      .array(fc.tuple(price, size), { minLength: 1, maxLength: 8 })
      .map((rows) =>
        rows
          .map(([at, amount]) => ({ px: px(at), sizeBase: sizeBase(amount) }))
          .sort((a, b) => Number(a.px) - Number(b.px)),
      );
    fc.assert(
      fc.property(levels, size, (asks, wanted) => {
        const walked = walkBook(asks, decimal(wanted));
        const total = asks.reduce((all, ask) => all.plus(decimal(ask.sizeBase)), ZERO);
        expect(walked?.sizeBase).toBe(sizeBase(total.lt(wanted) ? total : decimal(wanted)));
        const paid = decimal(walked?.px ?? '0');
        // The price is kept to 20 digits.
        expect(paid.gte(decimal(asks[0]?.px ?? '0').minus('1e-15'))).toBe(true);
        expect(paid.lte(decimal(asks.at(-1)?.px ?? '0').plus('1e-15'))).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('a summary', () => {
  test('is the same whatever the order of its rows', () => {
    fc.assert(
      fc.property(fc.array(evidence, { maxLength: 8 }), (orders) => {
        const rows = orders.map((order, index) => ({
          intentId: `i${index}`,
          strategy: 's',
          asset: 'BTC',
          status: 'FILLED' as const,
          quality: orderQuality(order),
        }));
        expect(summarize(rows.toReversed())).toEqual(summarize(rows));
      }),
      { numRuns: 60 },
    );
  });
});
