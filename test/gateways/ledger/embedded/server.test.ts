import { connect, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type LedgerServer, serveLedger } from '../../../../gateways/ledger/embedded/server.ts';
import { openEmptyDatabase } from '../test-ledger.ts';

let database: PGlite;
let server: LedgerServer;
beforeAll(async () => {
  database = await openEmptyDatabase();
  server = await serveLedger({
    backend: database,
    port: 0,
    serverVersion: '18.0',
    connectionsMax: 60,
    holdTimeoutMs: 400,
    onBackendFailure: (error) => {
      throw error;
    },
  });
  await database.exec('create table notes (id bigint primary key)');
});
afterAll(async () => {
  await server.close();
  await database.close();
});

const urlOf = (): string => `postgres://postgres:x@127.0.0.1:${server.port}/postgres`;

async function withClient<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: urlOf() });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

const idsNow = (): Promise<number[]> =>
  withClient(async (client) => {
    const { rows } = await client.query<{ id: string }>('select id from notes order by id');
    return rows.map((row) => Number(row.id));
  });

function rawSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.resume();
    socket.once('close', () => resolve());
  });

describe('clients of the embedded ledger', () => {
  test('get their own answers, forty at once, among errors and transactions', async () => {
    const one = (lane: number): Promise<void> =>
      withClient(async (client) => {
        for (let round = 0; round < 25; round += 1) {
          const width = ((lane + round) % 6) + 1;
          const values = Array.from({ length: width }, (_, index) => lane * 1_000 + round + index);
          const columns = values.map((_, index) => `$${index + 1}::integer as c${index}`);
          const { rows } = await client.query(`select ${columns.join(', ')}`, values);
          expect(Object.values(rows[0])).toEqual(values);
          if (round % 5 === 0) {
            await expect(client.query('select 1 / $1::integer', [0])).rejects.toThrow(/division/);
          }
          if (round % 10 === 0) {
            const id = 1_000_000 + lane * 1_000 + round;
            await client.query('begin');
            await client.query('insert into notes values ($1)', [id]);
            const seen = await client.query('select * from notes where id = $1', [id]);
            expect(seen.rows).toHaveLength(1);
            await client.query('rollback');
          }
        }
      });
    await Promise.all(Array.from({ length: 40 }, (_, lane) => one(lane)));
    expect(await idsNow()).toEqual([]);
  });

  test('may call their prepared statements alike, and leave none behind', async () => {
    const ask = (client: pg.Client, text: string) =>
      client.query<{ answer: string }>({ name: 'same', text, values: ['x'] });
    await withClient(async (one) => {
      await withClient(async (two) => {
        for (const _ of [1, 2, 3]) {
          const first = await ask(one, `select 'one-' || $1::text as answer`);
          const second = await ask(two, `select 'two-' || $1::text as answer`);
          expect([first.rows[0]?.answer, second.rows[0]?.answer]).toEqual(['one-x', 'two-x']);
        }
      });
    });
    await withClient(async (client) => {
      const left = () => client.query('select name from pg_prepared_statements');
      const deadline = Date.now() + 5_000;
      while ((await left()).rowCount !== 0 && Date.now() < deadline);
      expect((await left()).rows).toEqual([]);
    });
  });

  test('that vanish inside a transaction leave nothing of it, and hold nobody up', async () => {
    await withClient(async (client) => {
      await client.query('begin');
      await client.query('insert into notes values (1)');
      (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    });
    expect(await idsNow()).toEqual([]);
  });

  test('that vanish after an error inside a transaction hold nobody up either', async () => {
    await withClient(async (client) => {
      await client.query('begin');
      await expect(client.query('select no_such_column')).rejects.toThrow(/no_such_column/);
      (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    });
    expect(await idsNow()).toEqual([]);
  });

  test('that fall silent inside a transaction are disconnected', async () => {
    await withClient(async (client) => {
      const gone = new Promise<void>((resolve) => client.once('end', () => resolve()));
      await client.query('begin');
      await client.query('insert into notes values (2)');
      await gone;
    });
    expect(await idsNow()).toEqual([]);
  });

  test('that are one too many are told so', async () => {
    const idle = await Promise.all(Array.from({ length: 60 }, rawSocket));
    await expect(withClient((client) => client.query('select 1'))).rejects.toThrow(/too many/);
    const gone = idle.map(closeOf);
    for (const socket of idle) socket.destroy();
    await Promise.all(gone);
  });

  test('that speak another protocol are disconnected, others go on', async () => {
    const greedy = Buffer.alloc(8);
    greedy.writeInt32BE(2 ** 31 - 1);
    for (const words of [greedy, Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(64)]) {
      const socket = await rawSocket();
      socket.write(words);
      await closeOf(socket);
    }
    expect(await idsNow()).toEqual([]);
  });
});
