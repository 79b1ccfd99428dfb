/** What every data command works with: the settings, the store, and where it prints. */
import type { Report } from '../../client/cli/report.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { loadConfig } from '../../config/load.ts';
import { CandleStore } from '../../gateways/candle-store/store.ts';
import type { CommandFlags } from '../command-flags.ts';
import { marketDir } from '../market-archive.ts';
import { openBar, type ProgressBar } from './progress-bar.ts';

export interface DataContext {
  readonly flags: CommandFlags;
  readonly loaded: LoadedConfig;
  readonly store: CandleStore;
  readonly bar: ProgressBar;
}

export type DataCommandRun = (context: DataContext) => Promise<Report>;

export async function openContext(flags: CommandFlags): Promise<DataContext> {
  const dataDir = flags.text('data-dir');
  const loaded = await loadConfig({
    flags: dataDir === undefined ? [] : [{ key: 'dataDir', value: dataDir, flag: '--data-dir' }],
  });
  const store = new CandleStore(marketDir(loaded.config));
  return { flags, loaded, store, bar: openBar(process.stderr) };
}
