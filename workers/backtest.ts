/**
 * `perpetua backtest ...` as a process: trades stored candles and keeps what came of it. Prints one
 * report; exit codes are those of `domain/kernel/exit-codes.ts`, 1 also for a check that found a fault.
 */
import { styleFor } from '../client/cli/style.ts';
import { loadConfig } from '../config/load.ts';
import { CandleStore } from '../gateways/candle-store/store.ts';
import { readBacktestFlags } from './backtest/flags.ts';
import { compareBacktests, listBacktests } from './backtest/kept.ts';
import { runBacktest } from './backtest/run.ts';
import { runProcess } from './cli-process.ts';
import { marketDir } from './market-archive.ts';

async function main(words: readonly string[]): Promise<number> {
  const flags = readBacktestFlags(words);
  const dataDir = flags.text('data-dir');
  const { config } = await loadConfig({
    flags: dataDir === undefined ? [] : [{ key: 'dataDir', value: dataDir, flag: '--data-dir' }],
  });
  const store = new CandleStore(marketDir(config));
  try {
    const { document, text, exit } =
      flags.command.name === 'run'
        ? await runBacktest(flags, config, store)
        : flags.command.name === 'list'
          ? listBacktests(config.dataDir)
          : compareBacktests(config.dataDir, flags.words);
    const style = styleFor(process.stdout.isTTY === true, process.env);
    process.stdout.write(`${flags.is('json') ? JSON.stringify(document) : text(style)}\n`);
    return exit;
  } finally {
    await store.close();
  }
}

runProcess(main);
