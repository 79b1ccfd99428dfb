import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lastBars } from '../../../domain/market/candles.ts';
import { marketSnapshot, snapshotHash, staleness } from '../../../domain/market/snapshot.ts';
import { barsFromCloses, factsOf, MINUTE_MS, sampleBars, snapshotOf } from './samples.ts';

const bars = barsFromCloses([100, 101, 102]);

describe('a market snapshot', () => {
  test('knows its last closed bar', () => {
    expect(snapshotOf(bars).barOpenTimeMs).toBe(2 * MINUTE_MS);
  });

  test.each([
    ['a mid price of 0', { midPx: '0' }, 'midPx'],
    ['a mark price in exponent notation', { markPx: '1e5' }, 'markPx'],
    ['a price that is no number', { midPx: 'NaN' }, 'midPx'],
    ['a funding rate that is no number', { fundingRatePerHour: '' }, 'fundingRatePerHour'],
    ['a time that is no number', { asOfMs: Number.NaN }, 'asOfMs'],
    ['bars of another asset', { series: { ...bars, asset: 'ETH' } }, 'series.asset'],
    ['no bars', { series: barsFromCloses([]) }, 'series'],
    ['a bar that is still open', { asOfMs: 3 * MINUTE_MS - 1 }, 'series'],
    ['a bar with a broken price', { series: barsFromCloses([1, Number.NaN]) }, 'bar at 60000'],
  ])('refuses %s and names the field', (_what, changes, field) => {
    const made = marketSnapshot(factsOf(bars, changes));
    expect(!made.ok && made.error.field).toBe(field);
  });

  test('is plain JSON', () => {
    const snapshot = snapshotOf(bars, { fundingRatePerHour: '0.0000125' });
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });
});

describe('freshness', () => {
  const snapshot = snapshotOf(bars);
  const heardMs = snapshot.receivedAtMs;

  test('lasts up to the given age on our clock', () => {
    expect(staleness(snapshot, heardMs + 5000, 5000)).toBeUndefined();
    expect(staleness(snapshot, heardMs + 5001, 5000)?.value).toBe('5001 ms');
  });

  test('is not given to prices from the future, nor by a broken clock', () => {
    expect(staleness(snapshot, heardMs - 5001, 5000)?.field).toBe('snapshot age');
    expect(staleness(snapshot, Number.NaN, 5000)?.field).toBe('snapshot age');
  });

  test('ends when more than one bar has closed since, by the market clock alone', () => {
    const lastOpenMs = 2 * MINUTE_MS;
    const at = (asOfMs: number) => snapshotOf(bars, { asOfMs, receivedAtMs: 7 });
    expect(staleness(at(lastOpenMs + 3 * MINUTE_MS - 1), 7, 1)).toBeUndefined();
    expect(staleness(at(lastOpenMs + 3 * MINUTE_MS), 7, 1)?.value).toBe('2 newer bars have closed');
  });
});

describe('the hash of a snapshot', () => {
  const series = sampleBars(100, 50);

  test('depends on the bars that are read and on no older ones', () => {
    const from = (bars: number) => series.openTimeMs.at(-bars);
    const short = snapshotHash(snapshotOf(lastBars(series, 20)), from(20));
    expect(snapshotHash(snapshotOf(series), from(20))).toBe(short);
    expect(snapshotHash(snapshotOf(series), from(21))).not.toBe(short);
  });

  test('changes with every price that a decision reads', () => {
    const hash = snapshotHash(snapshotOf(series));
    expect(snapshotHash(snapshotOf(series, { midPx: '1' }))).not.toBe(hash);
    expect(snapshotHash(snapshotOf(series, { markPx: '1' }))).not.toBe(hash);
    expect(snapshotHash(snapshotOf(series, { fundingRatePerHour: '0' }))).not.toBe(hash);
    fc.assert(
      fc.property(fc.nat(49), (index) => {
        const volumeBase = series.volumeBase.map((v, i) => (i === index ? v + 1 : v));
        expect(snapshotHash(snapshotOf({ ...series, volumeBase }))).not.toBe(hash);
      }),
      { numRuns: 20 },
    );
  });

  test('does not depend on when the snapshot was taken', () => {
    const hash = snapshotHash(snapshotOf(series));
    expect(snapshotHash(snapshotOf(series, { receivedAtMs: 1 }))).toBe(hash);
  });
});
