import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { privateKeyToAddress } from 'viem/accounts';
import { KeyError, loadSigningKey, paperKeyFile, SigningKey } from '../../config/keystore.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'perpetua-keys-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const KEY = `0x${'1'.repeat(63)}2`;

describe('a paper key', () => {
  test('is made once, stays the same, and is readable by its owner only', () => {
    const first = loadSigningKey('paper', dataDir, {});
    expect(first.address).toBe(privateKeyToAddress(first.reveal()).toLowerCase());
    expect(loadSigningKey('paper', dataDir, {}).reveal()).toBe(first.reveal());
    expect(statSync(paperKeyFile(dataDir)).mode & 0o777).toBe(0o600);
  });

  test('is another one in another folder', () => {
    const other = loadSigningKey('paper', join(dataDir, 'other'), {});
    expect(loadSigningKey('paper', dataDir, {}).address).not.toBe(other.address);
  });

  test('is refused when others may read its file', () => {
    loadSigningKey('paper', dataDir, {});
    chmodSync(paperKeyFile(dataDir), 0o644);
    expect(() => loadSigningKey('paper', dataDir, {})).toThrow(/chmod 600/);
  });

  test('is refused when its file is damaged or names another address', () => {
    loadSigningKey('paper', dataDir, {});
    const file = paperKeyFile(dataDir);
    writeFileSync(file, JSON.stringify({ address: `0x${'0'.repeat(40)}`, privateKey: KEY }));
    expect(() => loadSigningKey('paper', dataDir, {})).toThrow(/not the key's own/);
    writeFileSync(file, '{');
    expect(() => loadSigningKey('paper', dataDir, {})).toThrow(KeyError);
  });

  test('is one and the same for eight first users at once', async () => {
    const module = new URL('../../config/keystore.ts', import.meta.url).href;
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.module).then(({ loadSigningKey }) =>
        parentPort.postMessage(loadSigningKey('paper', workerData.dataDir, {}).address));`;
    const addresses = await Promise.all(
      Array.from(
        { length: 8 },
        () =>
          new Promise<string>((resolve, reject) => {
            const workerData = { module, dataDir };
            const worker = new Worker(code, { eval: true, workerData, execArgv: [] });
            worker.once('message', resolve);
            worker.once('error', reject);
          }),
      ),
    );
    expect(new Set(addresses).size).toBe(1);
    expect(readFileSync(paperKeyFile(dataDir), 'utf8')).toContain(addresses[0]);
  });
});

describe('a signing key', () => {
  test('shows its address but never itself: printed, inspected, spread or as JSON', () => {
    const key = new SigningKey(KEY, 'test');
    const shown = [
      `${JSON.stringify({ key })}`,
      inspect({ key }, { depth: 9, showHidden: true }),
      String(key),
      JSON.stringify({ ...key }),
      JSON.stringify(Object.entries(key)),
    ].join('\n');
    expect(shown).toContain(key.address);
    expect(shown).not.toContain(KEY.slice(2));
  });

  test('of testnet comes from the environment, and is asked for when it is missing', () => {
    const env = { PERPETUA_SIGNER_KEY: KEY };
    expect(loadSigningKey('testnet', dataDir, env).reveal()).toBe(KEY);
    expect(() => loadSigningKey('testnet', dataDir, {})).toThrow(/PERPETUA_SIGNER_KEY/);
  });

  test.each(['', '0x12', 'x'.repeat(66), `0x${'0'.repeat(64)}`, `0x${'f'.repeat(64)}`])(
    'that is none is refused without being shown: %s',
    (text) => {
      expect.assertions(2);
      try {
        new SigningKey(text, 'somewhere');
      } catch (error) {
        expect(error).toBeInstanceOf(KeyError);
        expect((error as Error).message).not.toContain(text.slice(2) || 'nothing');
      }
    },
  );
});
