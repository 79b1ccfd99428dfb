/**
 * Failures that users of other systems report of the venue's edge: nonces, ticks, dust, streams and
 * paper exchanges that forget, played against the paper exchange and the real ledger. Each test
 * carries the number; see README.md beside it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, px, sizeBase } from '../../domain/kernel/decimal.ts';
import { checkPrice, checkSize, roundPrice, roundSizeDown } from '../../domain/market/asset.ts';
import { createLedger } from '../../gateways/ledger/ledger.ts';
import {
  openPaperDesk,
  type PaperDesk,
  TRADER,
  until,
} from '../gateways/hyperliquid/support/paper-desk.ts';
import {
  draftOf,
  SIGNER,
  startTestLedger,
  type TestLedger,
} from '../gateways/ledger/test-ledger.ts';

const listed: readonly { readonly name: string; readonly szDecimals: number }[] = JSON.parse(
  readFileSync('test/fixtures/market/meta.2025-08-22.json', 'utf8'),
).response.universe;

const seen = ({ venue }: PaperDesk) =>
  Promise.all([venue.account(TRADER), venue.openOrders(TRADER)]);

let desk: PaperDesk;
let opened: TestLedger;
beforeAll(async () => {
  [desk, opened] = await Promise.all([openPaperDesk(), startTestLedger()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([desk.close(), opened.close()]);
});

describe('nonces', () => {
  test('HB-7737: however many ask at once, no nonce is given twice', async () => {
    const nowMs = 1_770_000_000_000;
    // Two processes, each with its own ledger object, at the same millisecond.
    const [one, other] = [createLedger(opened.pool), createLedger(opened.pool)];
    const asked = Array.from({ length: 60 }, (_none, index) =>
      (index % 2 === 0 ? one : other).nextNonce(SIGNER, nowMs),
    );
    const nonces = await Promise.all(asked);
    expect(new Set(nonces).size).toBe(60);
    expect(Math.min(...nonces)).toBeGreaterThanOrEqual(nowMs);
  });

  test('ccxt-30348: a clock that goes back after a restart gives no old nonce', async () => {
    const ledger = createLedger(opened.pool);
    const last = await ledger.nextNonce(SIGNER, 1_780_000_000_000);
    expect(await createLedger(opened.pool).nextNonce(SIGNER, 1_600_000_000_000)).toBe(last + 1);
  });

  test('nomeida-61: one order has one nonce, however many prepare it', async () => {
    const ledger = createLedger(opened.pool);
    const drawn = await Promise.all(
      Array.from({ length: 20 }, () => ledger.prepareEnvelope(draftOf('nomeida-61'))),
    );
    expect(new Set(drawn.map(({ envelope }) => envelope.nonce)).size).toBe(1);
    expect(drawn.filter(({ inserted }) => inserted)).toHaveLength(1);
  });
});

describe('ticks and lots', () => {
  test('HB-8356: every price and size that is rounded is legal, for every asset of the venue', () => {
    expect(listed.length).toBeGreaterThan(200);
    // From one tick up, over all orders of magnitude.
    const ticks = fc.double({ min: 0, max: 8, noNaN: true }).map((power) => 10 ** power);
    const lot = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...listed), ticks, lot, (asset, scale, size) => {
        const price = decimal(10)
          .pow(asset.szDecimals - 6)
          .times(scale);
        const rounded = roundPrice(asset, price);
        expect(checkPrice(asset, rounded)).toBeUndefined();
        // Never further away than one tick: of 5 figures, or of the decimals that are allowed.
        const tick = Math.max(10 ** (asset.szDecimals - 6), Number(price) * 1e-4);
        expect(Math.abs(Number(rounded) - Number(price))).toBeLessThanOrEqual(tick);
        const lots = roundSizeDown(asset, decimal(String(size)));
        if (lots !== '0') expect(checkSize(asset, lots)).toBeUndefined();
        expect(Number(lots)).toBeLessThanOrEqual(size);
      }),
      { numRuns: 2_000 },
    );
  });

  test('NT-3611: every price of every listed asset, rounded, is taken by the venue', async () => {
    const assets = [...(await desk.venue.assets()).values()];
    expect(assets.length).toBeGreaterThan(1);
    for (const asset of assets) {
      const mid = desk.running.exchange.venue.market(asset.name)?.midPx;
      if (!mid) continue;
      const limitPx = roundPrice(asset, decimal(mid).times('0.9123456789'));
      const size = roundSizeDown(asset, decimal('15').div(decimal(limitPx)).plus('0.1'));
      const changes = { type: 'LIMIT', limitPx, sizeBase: size, asset: asset.name } as const;
      await desk.place(`NT-3611:${asset.name}`, changes);
    }
  });
});

describe('dust', () => {
  test('HB-8419: what is worth less than the least order is closed whole', async () => {
    await desk.place('dust-open', { sizeBase: sizeBase('0.01') });
    await desk.place('dust-part', {
      side: 'sell',
      sizeBase: sizeBase('0.00995'),
      reduceOnly: true,
    });
    const held = async () =>
      (await desk.venue.account(TRADER)).positions.find(({ asset }) => asset === 'BTC');
    const dust = await held();
    expect(dust?.sizeBase).toBe('0.00005');
    expect(Number(dust?.valueUsd)).toBeLessThan(10);
    await desk.place('dust-close', {
      side: 'sell',
      sizeBase: sizeBase('0.00005'),
      reduceOnly: true,
    });
    expect(await held()).toBeUndefined();
  });

  test('FT-4837: a close never turns the position round, whatever size it asks for', async () => {
    await desk.place('turn-open', { sizeBase: sizeBase('0.01') });
    await desk.place('turn-close', { side: 'sell', sizeBase: sizeBase('0.05'), reduceOnly: true });
    const { positions } = await desk.venue.account(TRADER);
    expect(positions.filter(({ asset }) => asset === 'BTC')).toEqual([]);
  });
});

describe('streams', () => {
  test('HB-8250: a socket that dies comes back, and tells so that the gap is read', async () => {
    let connections = 0;
    const stop = new AbortController();
    const handlers = {
      onConnected: () => {
        connections += 1;
      },
      onStatuses: () => undefined,
      onFills: () => undefined,
    };
    const running = desk.venue.streamAccount(TRADER, handlers, stop.signal);
    running.catch(() => undefined);
    await until(() => connections === 1, 'the first connection');
    desk.proxy.cut();
    await until(() => connections === 2, 'the second connection');
    stop.abort();
    await running.catch(() => undefined);
  }, 30_000);
});

describe('the paper exchange', () => {
  test('NT-5023: open orders and positions outlive it', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'scenario-'));
    try {
      const first = await openPaperDesk(stateDir);
      await first.place('held', { sizeBase: sizeBase('0.01') });
      await first.place('resting', { type: 'LIMIT', limitPx: px('20000') });
      const [account, orders] = await seen(first);
      expect([account.positions.length, orders.length]).toEqual([1, 1]);
      await first.close();
      const second = await openPaperDesk(stateDir);
      const [accountAfter, ordersAfter] = await seen(second);
      await second.close();
      expect(accountAfter.positions).toEqual(account.positions);
      expect(accountAfter.equityUsd).toBe(account.equityUsd);
      expect(ordersAfter).toEqual(orders);
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  }, 60_000);
});
