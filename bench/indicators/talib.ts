/** TA-Lib's own times, through Python, when it is installed there: the reference of the trade. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BarArrays } from '../../domain/market/bar-arrays.ts';

const SCRIPT = fileURLToPath(new URL('./talib_times.py', import.meta.url));

export interface TalibTimes {
  readonly version: string;
  readonly nsPerBar: Readonly<Record<string, number>>;
}

/** @returns why there are none, as text, when Python or TA-Lib is not to be had */
export function talibTimes(bars: BarArrays): TalibTimes | string {
  const python = process.env.PERPETUA_BENCH_PYTHON ?? 'python3';
  const { high, low, close, volumeBase } = bars;
  const input = JSON.stringify({
    high: [...high],
    low: [...low],
    close: [...close],
    volume: [...volumeBase],
  });
  const run = spawnSync(python, [SCRIPT], { input, encoding: 'utf8', maxBuffer: 1 << 20 });
  if (run.status === 0) return JSON.parse(run.stdout) as TalibTimes;
  return run.status === 3
    ? `TA-Lib is not installed for ${python} (pip install TA-Lib; PERPETUA_BENCH_PYTHON names another)`
    : `${python} could not be run`;
}
