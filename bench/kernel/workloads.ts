/** What the kernels are measured on: a seeded population, seeded series, and real bars. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RefGenome } from '../../domain/evolution/kernel/workload.ts';
import { NO_TRAIL } from '../../domain/evolution/kernel/workload.ts';
import { createRng, type Rng } from '../../domain/kernel/rng.ts';
import type { BarArrays } from '../../domain/market/bar-arrays.ts';
import { barsOfFile, SAMPLE } from '../candle-file.ts';

const MINUTE_MS = 60_000;
/** 45,031 real bars that may not be shipped; `PERPETUA_RECORDED_DATA` names the folder they are in. */
const RECORDED = 'candles/other-perp/1m/BTCPERP.2022-01.csv.gz';

const between = (rng: Rng, low: number, high: number): number => low + (high - low) * rng.next();
const whole = (rng: Rng, low: number, high: number): number => low + rng.int(high - low + 1);

function genome(rng: Rng): RefGenome {
  const rsiLow = between(rng, 15, 40);
  const fastPeriod = whole(rng, 3, 40);
  return {
    rsiPeriod: whole(rng, 5, 30),
    rsiLow,
    rsiHigh: 100 - rsiLow + between(rng, -5, 5),
    fastPeriod,
    slowPeriod: fastPeriod + whole(rng, 5, 120),
    bandPeriod: whole(rng, 10, 60),
    bandWidth: between(rng, 1.5, 3),
    rsiWeight: between(rng, 0.2, 1),
    emaWeight: between(rng, 0, 0.6),
    bandWeight: between(rng, 0.2, 1),
    threshold: between(rng, 0.4, 1.2),
    stopFraction: between(rng, 0.003, 0.03),
    targetFraction: between(rng, 0.003, 0.04),
    trailFraction: rng.next() < 0.5 ? NO_TRAIL : between(rng, 0.003, 0.03),
    sizeFraction: between(rng, 0.1, 3),
    mostBars: whole(rng, 10, 500),
  };
}

/** The same strategies for the same seed, whatever the count. */
export function population(count: number, seed = 1): readonly RefGenome[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => genome(rng));
}

/** Uniform numbers twelve at a time make a normal one. */
function normal(rng: Rng): number {
  let sum = -6;
  for (let i = 0; i < 12; i += 1) sum += rng.next();
  return sum;
}

/** A seeded walk with clustered volatility; closes are cents, and a bar opens where the last closed. */
export function seededBars(count: number, intervalMs: number, seed = 1): BarArrays {
  const rng = createRng(seed);
  const column = (): Float64Array => new Float64Array(count);
  const [open, high, low, close, volumeBase] = [column(), column(), column(), column(), column()];
  const usual = 0.0006 * Math.sqrt(intervalMs / MINUTE_MS);
  let [price, spread] = [40_000, usual];
  const cents = (value: number): number => Math.round(value * 100) / 100;
  for (let t = 0; t < count; t += 1) {
    spread = Math.max(0.3 * usual, spread + 0.05 * (usual - spread) + 0.1 * usual * normal(rng));
    const next = cents(price * (1 + spread * normal(rng)));
    open[t] = price;
    close[t] = next;
    high[t] = cents(Math.max(price, next) * (1 + spread * rng.next()));
    low[t] = cents(Math.min(price, next) * (1 - spread * rng.next()));
    volumeBase[t] = rng.int(1_000);
    price = next;
  }
  const openTimeMs = Float64Array.from({ length: count }, (_, t) => t * intervalMs);
  const shared = { asset: 'WALK', intervalMs, length: count, openTimeMs };
  return { ...shared, open, high, low, close, volumeBase };
}

export interface Workload {
  readonly name: string;
  readonly about: string;
  readonly bars: BarArrays;
  readonly genomes: readonly RefGenome[];
}

/** r1: a month of real minutes; the sample's, when the recorded one is not here. */
function r1(): Workload {
  const path = join(process.env.PERPETUA_RECORDED_DATA ?? '', RECORDED);
  const isHere = process.env.PERPETUA_RECORDED_DATA !== undefined && existsSync(path);
  const bars = barsOfFile(isHere ? path : SAMPLE);
  const about = isHere ? 'real minutes, January 2022' : 'real minutes of data/sample';
  return { name: 'r1', about, bars, genomes: population(256) };
}

export const WORKLOADS: Readonly<Record<string, () => Workload>> = {
  r1,
  h1: () => ({
    name: 'h1',
    about: 'two years of seeded hours',
    bars: seededBars(17_520, 60 * MINUTE_MS, 2),
    genomes: population(1_024),
  }),
  s1: () => ({
    name: 's1',
    about: 'a year of seeded minutes',
    bars: seededBars(525_600, MINUTE_MS, 3),
    genomes: population(64),
  }),
};
