/**
 * `perpetua doctor` as a process: a table for people or one JSON document. Exit code 0 when nothing
 * failed, 4 when parts are unreachable and nothing else is wrong, 2 for bad flags or settings, else 1.
 */
import { parseArgs } from 'node:util';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { type Diagnosis, diagnose } from './doctor/diagnose.ts';

const EXIT_USAGE = 2;
const USAGE = `Usage: perpetua doctor [--data-dir DIR] [--json]

Checks runtime, Temporal, ports, disk, keys, ledger, exchange, clock and account, and says how to mend what
is wrong.
`;

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

function table(diagnosis: Diagnosis): string {
  const width = Math.max(...diagnosis.checks.map((check) => check.name.length));
  const lines = diagnosis.checks.flatMap(({ name, status, detail, mend }) => [
    `${MARKS[status]}  ${name.padEnd(width)}  ${detail}`,
    ...(mend === undefined ? [] : [`${' '.repeat(width + 8)}mend: ${mend}`]),
  ]);
  return `${lines.join('\n')}\n`;
}

function readFlags(): { dataDir?: string; json: boolean; help: boolean } | string {
  try {
    const { values } = parseArgs({
      options: {
        'data-dir': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const dataDir = values['data-dir'];
    return {
      ...(dataDir === undefined ? {} : { dataDir }),
      json: values.json === true,
      help: values.help === true,
    };
  } catch (error) {
    return (error as Error).message;
  }
}

async function main(): Promise<number> {
  const flags = readFlags();
  if (typeof flags === 'string') {
    process.stderr.write(`${flags}\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (flags.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { dataDir } = flags;
  try {
    const loaded = await loadConfig({
      flags: dataDir === undefined ? [] : [{ key: 'dataDir', value: dataDir, flag: '--data-dir' }],
    });
    const { diagnosis, exitCode } = await diagnose(loaded);
    process.stdout.write(flags.json ? `${JSON.stringify(diagnosis)}\n` : table(diagnosis));
    return exitCode;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_USAGE;
  }
}

process.exitCode = await main();
