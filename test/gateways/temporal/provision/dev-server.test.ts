import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import {
  awaitTemporal,
  type DevServerOptions,
  devServerArgs,
  startDevServer,
} from '../../../../gateways/temporal/provision/dev-server.ts';
import { findTemporal } from '../../../../gateways/temporal/provision/find-server.ts';
import { SEARCH_ATTRIBUTES } from '../../../../gateways/temporal/provision/search-attributes.ts';

let dataDir: string;
let options: DevServerOptions;

/** Below the ports that systems give to outgoing connections: those of other tests might get it meanwhile. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const port = randomInt(20_000, 30_000);
    const server = createServer();
    server.once('error', () => resolve(freePort()));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'perpetua-temporal-'));
  options = {
    binary: (await findTemporal(() => {})).path,
    dataDir,
    port: await freePort(),
    uiPort: await freePort(),
    httpPort: await freePort(),
    namespace: 'default',
  };
}, 300_000);
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function keywordAttributes(address: string): Promise<string[]> {
  const connection = await Connection.connect({ address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    return Object.keys(customAttributes).filter((name) => name.startsWith('Perpetua'));
  } finally {
    await connection.close();
  }
}

describe('the embedded Temporal server', () => {
  test('knows our search attributes, also after a restart on the same file', async () => {
    for (let start = 0; start < 2; start += 1) {
      const server = await startDevServer(options);
      try {
        expect((await keywordAttributes(server.address)).sort()).toEqual(
          [...SEARCH_ATTRIBUTES].sort(),
        );
      } finally {
        await server.stop();
      }
    }
  });

  test('that knows none of our attributes is taught them', async () => {
    const bare = devServerArgs(options).filter((arg, index, all) => {
      return arg !== '--search-attribute' && all[index - 1] !== '--search-attribute';
    });
    expect(bare.join(' ')).not.toContain('Perpetua');
    const other = bare.map((arg) => (arg.endsWith('temporal.db') ? `${arg}.other` : arg));
    const child = spawn(options.binary, other, { stdio: 'ignore' });
    try {
      const address = `127.0.0.1:${options.port}`;
      await awaitTemporal(address, 'default', AbortSignal.timeout(30_000));
      expect(await keywordAttributes(address)).toHaveLength(SEARCH_ATTRIBUTES.length);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });

  test('that cannot start says what is in its way', async () => {
    const blocker = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => blocker.listen(options.port, '127.0.0.1', resolve));
    try {
      await expect(startDevServer(options)).rejects.toThrow(/address already in use/);
    } finally {
      await new Promise((resolve) => blocker.close(resolve));
    }
  });

  test('that nobody runs is reported with its address', async () => {
    const address = `127.0.0.1:${options.port}`;
    await expect(awaitTemporal(address, 'default', AbortSignal.timeout(1))).rejects.toThrow(
      address,
    );
  });
});
