/**
 * Installs the third-party clients that are missing, in the versions that are pinned here. A client
 * that cannot be installed is told on stderr and is not an error: its tests say so themselves.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import {
  CLIENTS_DIR,
  pythonPackages,
  REQUIREMENTS,
  whyNpmClientIsMissing,
  whyPythonClientIsMissing,
} from './installed.ts';

function run(command: string, args: readonly string[]): boolean {
  const { status } = spawnSync(command, args, {
    cwd: CLIENTS_DIR,
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  return status === 0;
}

function installNpmClients(): void {
  if (['ccxt', 'hyperliquid'].every((name) => whyNpmClientIsMissing(name) === undefined)) return;
  const isDone = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  if (!isDone) process.stderr.write('the npm clients could not be installed\n');
}

/** All packages or none: they are moved into place at the end. */
function installPythonClient(): void {
  if (whyPythonClientIsMissing() === undefined) return;
  const target = pythonPackages();
  const unfinished = mkdtempSync(`${target}-`);
  const isDone = run('python3', [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
    ...['--target', unfinished, '--requirement', REQUIREMENTS],
  ]);
  if (isDone) {
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, target);
  } else {
    rmSync(unfinished, { recursive: true, force: true });
    process.stderr.write('the Python client could not be installed\n');
  }
}

installNpmClients();
installPythonClient();
