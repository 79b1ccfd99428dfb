import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createEndCapture, createMarkoutWatch, sweepMarkouts } from '../../activities/markouts.ts';
import { newOrderFacts } from '../../domain/execution/order-facts.ts';
import { viewOrder } from '../../domain/execution/order-view.ts';
import type { MarketGlance } from '../../domain/execution/quality/arrival.ts';
import type { FillKey } from '../../domain/execution/quality/markout.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { CLOID, intentOf } from '../domain/execution/samples.ts';
import { NOW_MS } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld } from './support/fake-world.ts';

const glance = (mid: number): MarketGlance => ({
  bidPx: px(mid - 1),
  askPx: px(mid + 1),
  quoteAgeMs: 5,
});
const fillAt = (timeMs: number, tid = 1): FillKey => ({ asset: 'BTC', timeMs, tid, oid: 7 });

/** The venue's clock is 250 ms ahead of ours, which fake timers move. */
const AHEAD_MS = 250;

function desk() {
  const world = fakeWorld();
  world.venue.exchangeTimeMs = async () => Date.now() + AHEAD_MS;
  world.market.seen = glance(100);
  const watch = createMarkoutWatch(world, ACCOUNT);
  const ended = new AbortController();
  const running = watch.run(ended.signal);
  const stop = async (): Promise<void> => {
    ended.abort();
    await running;
  };
  return { ...world, watch, stop, venueNowMs: () => Date.now() + AHEAD_MS };
}

beforeEach(() => {
  jest.useFakeTimers({ now: NOW_MS });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('the watch beside the stream', () => {
  test('takes the mid 1, 10 and 60 s after a fill, by the venue’s clock', async () => {
    const { watch, stop, quality, market, venueNowMs } = desk();
    await jest.advanceTimersByTimeAsync(10);
    const fill = fillAt(venueNowMs() - 30);
    watch.note([fill]);
    await jest.advanceTimersByTimeAsync(1_000);
    market.seen = glance(110);
    await jest.advanceTimersByTimeAsync(9_000);
    market.seen = glance(160);
    await jest.advanceTimersByTimeAsync(50_500);
    expect(quality.markouts.map(({ markout }) => [markout.horizonMs, markout.px])).toEqual([
      [1_000, '100'],
      [10_000, '110'],
      [60_000, '160'],
    ]);
    for (const { markout } of quality.markouts) {
      expect(markout.priceMs).toBe(fill.timeMs + markout.horizonMs);
    }
    await stop();
  });

  test('takes each once, however often the fill is told', async () => {
    const { watch, stop, quality, venueNowMs } = desk();
    await jest.advanceTimersByTimeAsync(10);
    const fill = fillAt(venueNowMs());
    watch.note([fill, fill]);
    watch.note([fill]);
    await jest.advanceTimersByTimeAsync(1_500);
    expect(quality.markouts).toHaveLength(1);
    await stop();
  });

  test('stores together what was taken in the same half second', async () => {
    const { watch, stop, quality, venueNowMs } = desk();
    const write = jest.spyOn(quality, 'recordMarkouts');
    await jest.advanceTimersByTimeAsync(10);
    for (const [tid, aheadMs] of [0, 100, 200, 2_000].entries()) {
      watch.note([fillAt(venueNowMs() + aheadMs, tid)]);
    }
    await jest.advanceTimersByTimeAsync(3_600);
    await stop();
    const stored = write.mock.calls.map(([, markouts]) => markouts.length);
    expect(stored.filter((count) => count > 0)).toEqual([3, 1]);
  });

  test('of a fill that was heard late takes only what is not late yet', async () => {
    const { watch, stop, quality, venueNowMs } = desk();
    await jest.advanceTimersByTimeAsync(10);
    watch.note([fillAt(venueNowMs() - 5_000)]);
    await jest.advanceTimersByTimeAsync(5_100);
    await stop();
    expect(quality.markouts.map(({ markout }) => markout.horizonMs)).toEqual([10_000]);
  });

  test('keeps no timer for a fill from hours to come: the clock has jumped since it was read', async () => {
    const { watch, stop, venueNowMs } = desk();
    await jest.advanceTimersByTimeAsync(10);
    const before = jest.getTimerCount();
    watch.note([fillAt(venueNowMs() + 3_600_000)]);
    expect(jest.getTimerCount()).toBe(before);
    watch.note([fillAt(venueNowMs() + 30_000)]);
    expect(jest.getTimerCount()).toBe(before + 3);
    await stop();
  });

  test('goes on where a predecessor died: what is not due yet is taken in time', async () => {
    const { stop, quality, venueNowMs } = desk();
    const fill = fillAt(venueNowMs() - 5_000);
    quality.fills = [{ fill, known: [1_000] }];
    await jest.advanceTimersByTimeAsync(5_100);
    await stop();
    expect(quality.markouts.map(({ markout }) => markout)).toEqual([
      expect.objectContaining({ horizonMs: 10_000, source: 'mid', priceMs: fill.timeMs + 10_000 }),
    ]);
  });

  test('in a process that follows no quotes yet, makes it follow them', async () => {
    const { watch, stop, quality, market, venueNowMs } = desk();
    market.seen = undefined;
    market.midPx = async () => {
      market.seen = glance(123);
      return '123';
    };
    await jest.advanceTimersByTimeAsync(10);
    watch.note([fillAt(venueNowMs())]);
    await jest.advanceTimersByTimeAsync(1_100);
    await stop();
    expect(quality.markouts.map(({ markout }) => markout.px)).toEqual(['123']);
  });

  test('says nothing when the quotes are silent, and leaves it to the sweep', async () => {
    const { watch, stop, quality, market, venueNowMs } = desk();
    market.seen = undefined;
    await jest.advanceTimersByTimeAsync(10);
    watch.note([fillAt(venueNowMs())]);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(quality.markouts).toEqual([]);
    await stop();
  });

  test('survives a ledger that is away, and takes what comes after', async () => {
    const { watch, stop, quality, venueNowMs } = desk();
    quality.away = true;
    await jest.advanceTimersByTimeAsync(10);
    watch.note([fillAt(venueNowMs())]);
    await jest.advanceTimersByTimeAsync(2_000);
    quality.away = false;
    await jest.advanceTimersByTimeAsync(9_000);
    expect(quality.markouts.map(({ markout }) => markout.horizonMs)).toEqual([10_000]);
    await stop();
  });

  test('takes nothing any more once it was stopped', async () => {
    const { watch, stop, quality, venueNowMs } = desk();
    await jest.advanceTimersByTimeAsync(10);
    watch.note([fillAt(venueNowMs())]);
    await stop();
    await jest.advanceTimersByTimeAsync(70_000);
    expect(quality.markouts).toEqual([]);
  });
});

describe('the sweep', () => {
  const candle = (openMs: number, openPx: string, closePx: string) => ({
    openMs,
    openPx: px(openPx),
    closeMs: openMs + 59_999,
    closePx: px(closePx),
  });
  const START_MS = NOW_MS - (NOW_MS % 60_000);

  test('prices what nobody took from candles, and says of which moment each price is', async () => {
    const { quality, history } = fakeWorld();
    const fill = fillAt(START_MS + 1_000);
    quality.fills = [{ fill, known: [1_000] }];
    history.candles = [candle(START_MS, '100', '101'), candle(START_MS + 60_000, '102', '103')];
    await sweepMarkouts({ quality, history }, ACCOUNT, 0, START_MS + 600_000);
    expect(quality.markouts.map(({ markout }) => markout)).toEqual([
      {
        horizonMs: 10_000,
        source: 'candle',
        px: '100',
        priceMs: START_MS,
        takenMs: START_MS + 600_000,
      },
      {
        horizonMs: 60_000,
        source: 'candle',
        px: '102',
        priceMs: START_MS + 60_000,
        takenMs: START_MS + 600_000,
      },
    ]);
    expect(history.asked).toHaveLength(1);
  });

  test('says that there is none where the venue remembers no price', async () => {
    const { quality, history } = fakeWorld();
    quality.fills = [{ fill: fillAt(START_MS), known: [1_000, 10_000] }];
    await sweepMarkouts({ quality, history }, ACCOUNT, 0, START_MS + 600_000);
    const none = { horizonMs: 60_000, source: 'none', takenMs: START_MS + 600_000 };
    expect(quality.markouts.map(({ markout }) => markout)).toEqual([none]);
  });

  test('leaves alone what may still be taken in time', async () => {
    const { quality, history } = fakeWorld();
    quality.fills = [{ fill: fillAt(START_MS), known: [] }];
    await sweepMarkouts({ quality, history }, ACCOUNT, 0, START_MS + 30_000);
    expect(quality.markouts).toEqual([]);
  });
});

describe('the price when an order ended', () => {
  const view = (changes = {}) => ({
    ...viewOrder(intentOf(), { ...newOrderFacts(sizeBase('1')), cloid: CLOID }),
    ...changes,
  });

  test.each([
    ['left something unfilled', {}, 1],
    ['filled whole', { filledBase: sizeBase('1') }, 0],
    ['was never sent', { cloid: undefined }, 0],
  ])('is kept of one that %s: %p', async (_what, changes, kept) => {
    const world = fakeWorld();
    world.market.seen = glance(100);
    await createEndCapture(world)(view(changes) as never);
    expect(world.quality.endMarks.size).toBe(kept);
  });
});
