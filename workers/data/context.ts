/** What every data command works with: the settings, the store, and where it prints. */
import { join } from 'node:path';
import type { Report } from '../../client/cli/report.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { CandleStore } from '../../gateways/candle-store/store.ts';
import type { DataFlags } from './flags.ts';
import { openBar, type ProgressBar } from './progress-bar.ts';

export interface DataContext {
  readonly flags: DataFlags;
  readonly loaded: LoadedConfig;
  readonly store: CandleStore;
  readonly bar: ProgressBar;
}

export type DataCommandRun = (context: DataContext) => Promise<Report>;

/** Where market data lies, by the settings. */
export const marketDir = ({ market, dataDir }: Config): string =>
  market.dir ?? join(dataDir, 'market');

/** Settings that flags can change: flag and key. */
const SETTINGS = [
  ['data-dir', 'dataDir'],
  ['exchange-url', 'exchange.url'],
] as const;

export async function openContext(flags: DataFlags): Promise<DataContext> {
  const settings = SETTINGS.flatMap(([flag, key]) => {
    const value = flags.text(flag);
    return value === undefined ? [] : [{ key, value, flag: `--${flag}` }];
  });
  const loaded = await loadConfig({ flags: settings });
  const store = new CandleStore(marketDir(loaded.config));
  return { flags, loaded, store, bar: openBar(process.stderr) };
}
