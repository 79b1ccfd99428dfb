import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';

const SCRIPT = fileURLToPath(new URL('../../../workers/ledger-server.ts', import.meta.url));

let folder: string;
const started: ChildProcess[] = [];
/** An empty database, made once: making one takes seconds. */
let template: string;
beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'perpetua-ledger-template-'));
  const database = await PGlite.create({ dataDir: join(template, 'ledger') });
  await database.close();
});
afterAll(() => rmSync(template, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perpetua-ledger-'));
  cpSync(template, folder, { recursive: true });
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(port: number): ChildProcess {
  const args = [SCRIPT, '--data-dir', folder, '--port', String(port)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

/** The port of a server once it says that it is ready. */
async function readyPort(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const document = JSON.parse(line) as { ready: boolean; port: number };
    if (document.ready) return document.port;
  }
  throw new Error('ended before it was ready');
}

async function stderrOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stdout?.resume();
  await once(child, 'close');
  return text;
}

async function clientOf(port: number): Promise<pg.Client> {
  const client = new pg.Client(`postgres://postgres:postgres@127.0.0.1:${port}/postgres`);
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Inserts rows until the server dies; notes each one that was acknowledged. */
async function insertUntilDeath(
  client: pg.Client,
  lane: number,
  acknowledged: Set<number>,
  onRow: () => void,
): Promise<void> {
  for (let row = 0; ; row += 1) {
    const id = lane * 1_000_000 + row;
    try {
      await client.query('insert into notes values ($1, $2)', [id, 'x'.repeat(200)]);
    } catch {
      return;
    }
    acknowledged.add(id);
    onRow();
  }
}

describe('the embedded ledger as a process', () => {
  test('loses no acknowledged row by kill -9 under load, and starts again each time', async () => {
    const acknowledged = new Set<number>();
    let server = start(0);
    const port = await readyPort(server);
    const setup = await clientOf(port);
    await setup.query('create table notes (id bigint primary key, body text)');
    await setup.end();
    for (let kill = 0; kill < 3; kill += 1) {
      const clients = await Promise.all(Array.from({ length: 5 }, () => clientOf(port)));
      const until = acknowledged.size + 100 + kill * 37;
      const dying = server;
      await Promise.all(
        clients.map((client, lane) =>
          insertUntilDeath(client, kill * 10 + lane, acknowledged, () => {
            if (acknowledged.size >= until) dying.kill('SIGKILL');
          }),
        ),
      );
      if (dying.exitCode === null && dying.signalCode === null) await once(dying, 'exit');
      server = start(port);
      expect(await readyPort(server)).toBe(port);
    }
    const reader = await clientOf(port);
    const { rows } = await reader.query<{ id: string }>('select id from notes');
    await reader.end();
    const stored = new Set(rows.map((row) => Number(row.id)));
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(400);
  });

  test('ends when its log cannot be written, and has all that it acknowledged afterwards', async () => {
    const server = start(0);
    const port = await readyPort(server);
    const client = await clientOf(port);
    await client.query('create table counts (x integer)');
    await client.query('insert into counts values (0)');
    await client.query('update counts set x = x + 1');
    const ended = once(server, 'exit');
    // What is there already cannot be written over either: the log panics.
    execFileSync('prlimit', [`--pid=${server.pid}`, '--fsize=0:']);
    await expect(client.query('update counts set x = x + 1')).rejects.toThrow(/File too large/);
    await ended;
    expect(server.exitCode).toBe(1);
    const again = await clientOf(await readyPort(start(port)));
    expect((await again.query('select x from counts')).rows).toEqual([{ x: 1 }]);
    await again.end();
  });

  test('ends cleanly on SIGTERM, and serves a folder only once at a time', async () => {
    const first = start(0);
    const port = await readyPort(first);
    const second = start(0);
    expect(await stderrOf(second)).toContain(`already served by pid ${first.pid}`);
    expect(second.exitCode).toBe(1);
    const client = await clientOf(port);
    await client.query('create table kept (x integer)');
    first.kill('SIGTERM');
    await once(first, 'exit');
    expect(first.exitCode).toBe(0);
    const again = await clientOf(await readyPort(start(0)));
    expect((await again.query('select * from kept')).rows).toEqual([]);
    await again.end();
  });

  test('names a port that somebody else has, and a flag that is none', async () => {
    const port = await readyPort(start(0));
    const other = join(folder, 'other');
    cpSync(template, other, { recursive: true });
    const run = (...args: string[]): ChildProcess => {
      const child = spawn(process.execPath, [SCRIPT, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      started.push(child);
      return child;
    };
    const taken = run('--data-dir', other, '--port', String(port));
    expect(await stderrOf(taken)).toContain(`port ${port}: already in use`);
    expect(taken.exitCode).toBe(1);
    const misspelt = run('--prot', '1');
    expect(await stderrOf(misspelt)).toContain('--prot');
    expect(misspelt.exitCode).toBe(2);
  });
});
