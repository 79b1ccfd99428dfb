import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseFlags } from '../../../gateways/paper-exchange/options.ts';
import { post, runToEnd, signedBody, startServer, USER } from './server-process.ts';

describe('a flag that breaks a rule is named with its value and rule', () => {
  test.each([
    [['--port', '99999'], '--port "99999": must be a whole number from 0 to 65535'],
    [['--port', 'http'], '--port "http": must be a whole number from 0 to 65535'],
    [['--speed', '0'], '--speed "0": must be a number above 0, at most 10000'],
    [['--speed', 'NaN'], '--speed "NaN": must be a number above 0, at most 10000'],
    [['--steps', '3'], '--steps "3": must be a whole number from 4 to 60'],
    [['--fund', '0x12=5'], '--fund "0x12=5": must be 0xADDRESS=USD'],
    [['--fund', `${USER}=-5`], `--fund "${USER}=-5": must be 0xADDRESS=USD`],
    [['--fsync', 'often'], '--fsync "often": must be always, batch, never'],
    [['--faucet', '0'], '--faucet "0": must be USD above 0'],
    [['--account', `${USER}:feeTier=vip7`], 'feeTier=vip7": must be 0xADDRESS:feeTier=TIER'],
    [['--account', `${USER}:latencyMs=80..20`], 'latencyMs=80..20": must be 0xADDRESS:feeTier'],
    [['--sped', '60'], "Unknown option '--sped'"],
  ])('%j', (args, words) => {
    const parsed = parseFlags(args);
    if (parsed.ok) throw new Error('it was accepted');
    const { field, value, rule } = parsed.error;
    expect(`${field} ${JSON.stringify(value)}: ${rule}`).toContain(words);
  });
});

test('the terms of an account are its fee tier, its latency or both', () => {
  const termsOf = (text: string): unknown => {
    const parsed = parseFlags(['--account', `${USER}:${text}`]);
    if (!parsed.ok || parsed.value === 'help') throw new Error('it was not accepted');
    return parsed.value.account;
  };
  const account = USER;
  expect(termsOf('feeTier=vip2,latencyMs=20..80')).toEqual([
    { account, feeTier: 2, latencyMs: [20, 80] },
  ]);
  expect(termsOf('latencyMs=5')).toEqual([{ account, latencyMs: [5, 5] }]);
  expect(termsOf('feeTier=base')).toEqual([{ account, feeTier: 0 }]);
});

describe('the program', () => {
  test('exits 2 on a bad flag, with the message and nothing on stdout', async () => {
    const ended = await runToEnd(['--seed', 'x']);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain('--seed "x": must be a whole number');
  });

  test('exits 1 when the port is taken, and names it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await runToEnd(['--port', String(port)]);
    other.close();
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`port ${port}: already in use on 127.0.0.1`);
  });

  test('exits 1 without a tape, and names the directory', async () => {
    const ended = await runToEnd(['--tape', '/nowhere']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('tape /nowhere: must be a directory');
  });

  test('exits 2 on a fault that breaks a rule, and names the file', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'paper-exchange-'));
    const file = join(dir, 'faults.json');
    writeFileSync(file, '[{"kind":"delay","ms":-5}]');
    const ended = await runToEnd(['--faults', file, '--port', '0']);
    rmSync(dir, { recursive: true });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`faults ${file}: faults[0].ms "-5": must be whole milliseconds`);
  });

  test('writes no signature into its log, saves its state on SIGTERM and exits 0', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'paper-exchange-'));
    const args = ['--state', dir, '--fund', `${USER}=1000`, '--log-level', 'trace'];
    const server = await startServer(args);
    const body = signedBody({ type: 'noop' }, Date.now());
    expect(await post(`${server.url}/exchange`, body)).toEqual({
      status: 'ok',
      response: { type: 'default' },
    });
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(server.stderr()).toContain('"msg":"action"');
    expect(server.stderr()).toContain('"msg":"stopping"');
    expect(server.stderr()).not.toContain(body.signature.r.slice(2));
    expect(server.stderr()).not.toContain(body.signature.s.slice(2));
    rmSync(dir, { recursive: true });
  });
});
