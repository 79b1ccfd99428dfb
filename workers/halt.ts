/**
 * `perpetua halt` and `perpetua resume` as a process. Exit code 0 when all that was asked is done,
 * 1 when orders or positions are left, 4 when the venue cannot be reached (entries are halted in
 * every case), 2 for bad flags or settings.
 */
import { parseArgs } from 'node:util';
import { ConfigError } from '../config/config-error.ts';
import { resolveEndpoints } from '../config/endpoints.ts';
import { loadEmergencyKey } from '../config/keystore.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { EXIT } from '../domain/kernel/exit-codes.ts';
import { openEmergencyLane } from './emergency-lane.ts';
import { type HaltReport, halt, type ResumeReport, resume } from './halt/run-halt.ts';

const USAGE = `Usage: perpetua halt [--reason TEXT] [--cancel-entries] [--flatten --yes] [--json]
       perpetua resume [--json]

halt lets no order through any more that opens or adds to a position, until resume. It needs neither
Temporal nor workers. Protective stops and other orders that only reduce stay and go on.

  --reason TEXT       why, for whoever finds it halted
  --cancel-entries    also cancel our entries that rest on the exchange, and our TWAPs that it works
  --flatten --yes     also close every position of the account at the market; ends every TWAP
  --data-dir DIR      folder of all state
  --json              print one JSON document
`;

const OPTIONS = {
  reason: { type: 'string' },
  'cancel-entries': { type: 'boolean' },
  flatten: { type: 'boolean' },
  yes: { type: 'boolean' },
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

class UsageError extends Error {}

function readFlags() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    const [command, ...others] = positionals;
    if ((command !== 'halt' && command !== 'resume') || others.length > 0) {
      throw new UsageError(`command "${positionals.join(' ')}": must be halt or resume`);
    }
    if (values.flatten === true && values.yes !== true) {
      throw new UsageError('--flatten closes every position at the market: agree to it by --yes');
    }
    return { ...values, command };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function runHalt(
  loaded: LoadedConfig,
  flags: ReturnType<typeof readFlags>,
): Promise<HaltReport> {
  const { config } = loaded;
  const { endpoints } = resolveEndpoints(loaded);
  return halt({
    dataDir: config.dataDir,
    network: endpoints.network,
    reason: flags.reason ?? 'by hand',
    cancelEntries: flags['cancel-entries'] === true || flags.flatten === true,
    flatten: flags.flatten === true,
    nowMs: Date.now(),
    openLane: () => {
      const key = loadEmergencyKey(endpoints.network, config.dataDir);
      return openEmergencyLane({ config, endpoints }, key, () => undefined);
    },
  });
}

function exitOf(report: HaltReport | ResumeReport): number {
  if (!report.halted) return EXIT.done;
  if (report.isUnreachable) return EXIT.unreachable;
  if (report.problem !== undefined) return EXIT.failed;
  const { entries, twaps, positions } = report;
  const left = [entries?.left, twaps?.left, twaps?.unknown, positions?.left];
  return left.some((each) => each !== undefined && each.length > 0) ? EXIT.failed : EXIT.done;
}

function describe(report: HaltReport | ResumeReport): string {
  if (!report.halted) {
    const was = report.lifted;
    return was === undefined ? 'entries were not halted' : `entries pass again; was: ${was.reason}`;
  }
  const { entries, twaps, positions, problem } = report;
  const lines = [`entries are halted: ${report.halt.reason}`, `lift it by: perpetua resume`];
  if (entries) lines.push(`${entries.cancelled} entries cancelled, ${entries.left.length} left`);
  if (twaps) lines.push(`${twaps.cancelled} TWAPs cancelled, ${twaps.left.length} left`);
  if (twaps?.unknown && twaps.unknown.length > 0) {
    const ids = twaps.unknown.join(', ');
    lines.push(
      `TWAPs that run: ${ids}; the ledger does not answer, so whose they are is not known`,
    );
  }
  for (const { asset, sizeBase, outcome, reason } of positions?.orders ?? []) {
    lines.push(`close ${sizeBase} ${asset}: ${outcome}${reason ? ` (${reason})` : ''}`);
  }
  if (positions) lines.push(`positions left: ${positions.left.join(', ') || 'none'}`);
  if (problem !== undefined) lines.push(`not done: ${problem}`);
  return lines.join('\n');
}

async function main(): Promise<number> {
  const flags = readFlags();
  if (flags.help === true) {
    process.stdout.write(USAGE);
    return EXIT.done;
  }
  const dataDir = flags['data-dir'];
  const loaded = await loadConfig({
    flags: dataDir === undefined ? [] : [{ key: 'dataDir', value: dataDir, flag: '--data-dir' }],
  });
  const report =
    flags.command === 'halt' ? await runHalt(loaded, flags) : resume(loaded.config.dataDir);
  process.stdout.write(`${flags.json === true ? JSON.stringify(report) : describe(report)}\n`);
  return exitOf(report);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof ConfigError;
  process.stderr.write(`${(error as Error).message}\n${error instanceof UsageError ? USAGE : ''}`);
  process.exitCode = isUsage ? EXIT.usage : EXIT.failed;
}
