/**
 * `portfolio`: an account's value, profit and volume over eight periods, out of its samples. There
 * is no spot market here, so the periods of perpetuals alone say the same. Pure.
 */
import { decimal, plain } from '../../../domain/kernel/decimal.ts';
import type { Portfolio } from '../../hyperliquid/wire/info-account-history.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';
import type { EquitySample } from './equity-history.ts';

const DAY_MS = 86_400_000;

const difference = (a: string, b: string): string => wireDecimal(plain(decimal(a).minus(b)));

/** Profit counts from the start of the period, volume is what was traded in it. */
function periodOf(samples: readonly EquitySample[], fromMs: number): Portfolio[0][1] {
  const within = samples.filter(({ atMs }) => atMs >= fromMs);
  const first = within[0];
  const last = within.at(-1);
  const before = samples.findLast(({ atMs }) => atMs <= fromMs);
  return {
    accountValueHistory: within.map(({ atMs, value }) => [atMs, value]),
    pnlHistory: within.map(({ atMs, pnl }) => [atMs, difference(pnl, first?.pnl ?? '0.0')]),
    vlm: last ? difference(last.volume, before?.volume ?? '0.0') : '0.0',
  };
}

/** Samples are oldest first. */
export function portfolioOf(samples: readonly EquitySample[], nowMs: number): Portfolio {
  const day = periodOf(samples, nowMs - DAY_MS);
  const week = periodOf(samples, nowMs - 7 * DAY_MS);
  const month = periodOf(samples, nowMs - 30 * DAY_MS);
  const allTime = periodOf(samples, 0);
  return [
    ['day', day],
    ['week', week],
    ['month', month],
    ['allTime', allTime],
    ['perpDay', day],
    ['perpWeek', week],
    ['perpMonth', month],
    ['perpAllTime', allTime],
  ];
}
