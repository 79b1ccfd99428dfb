/** The venue's own TWAPs, against the paper exchange over the wire. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { privateKeyToAccount } from 'viem/accounts';
import type { Envelope } from '../../../activities/ports/envelope.ts';
import type { VenueTwapPort } from '../../../activities/ports/venue-twap.ts';
import type { VenueTwapSpec } from '../../../domain/execution/parents/venue-twap.ts';
import { matchTwap } from '../../../domain/execution/venue-twap/match.ts';
import { sizeBase } from '../../../domain/kernel/decimal.ts';
import { intentId } from '../../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { createVenueTwaps } from '../../../gateways/hyperliquid/twap.ts';
import type { FaultInput } from '../../../gateways/paper-exchange/faults/fault.ts';
import { cloidFor, openPaperDesk, type PaperDesk, TRADER } from './support/paper-desk.ts';

const SIGNER = privateKeyToAccount(
  '0x0123456789012345678901234567890123456789012345678901234567890123',
);

let desk: PaperDesk;
let twaps: VenueTwapPort;
let btc: AssetSpec;
let nonce = 0;
beforeAll(async () => {
  desk = await openPaperDesk();
  twaps = createVenueTwaps(desk.connection, SIGNER);
  btc = (await desk.venue.assets()).get('BTC') as AssetSpec;
});
afterAll(() => desk.close());

const specOf = (size: string, changes: Partial<VenueTwapSpec> = {}): VenueTwapSpec => ({
  kind: 'venueTwap',
  side: 'buy',
  sizeBase: sizeBase(size),
  reduceOnly: false,
  durationMs: 300_000,
  randomize: false,
  ...changes,
});

async function envelopeOf(key: string, spec: VenueTwapSpec): Promise<Envelope> {
  const nowMs = await desk.venue.exchangeTimeMs();
  nonce = Math.max(nonce + 1, nowMs);
  return {
    cloid: cloidFor(key),
    account: TRADER,
    intentId: intentId(`${key}/whole`),
    network: 'paper',
    epoch: 0,
    workflowId: `parent:${key}`,
    signer: TRADER,
    nonce,
    expiresAfterMs: nowMs + 8_000,
    action: twaps.twapAction(btc, spec),
    sends: 1,
  };
}

const nextNonce = (): number => {
  nonce += 1;
  return nonce;
};

async function inject(fault: FaultInput): Promise<void> {
  const { url, token } = desk.running.admin;
  const answer = await fetch(`${url}/faults`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify([fault]),
  });
  expect(answer.status).toBe(200);
}

const statusOf = async (twapId: number): Promise<string | undefined> =>
  (await twaps.twaps(TRADER)).find((twap) => twap.twapId === twapId)?.status;

describe('a TWAP of the venue', () => {
  test('is named by the reply, shown while it runs, and its slices say whose they are', async () => {
    const sent = await twaps.sendTwap(await envelopeOf('runs', specOf('0.11')));
    expect(sent).toEqual({ kind: 'running', twapId: expect.any(Number) });
    const { twapId } = sent as { twapId: number };
    const shown = (await twaps.twaps(TRADER)).find((twap) => twap.twapId === twapId);
    expect(shown).toMatchObject({
      asset: 'BTC',
      side: 'buy',
      sizeBase: '0.11',
      minutes: 5,
      status: 'activated',
      executedBase: '0.01',
    });
    const [slice] = await desk.venue.fillsSince(TRADER, 0);
    expect(slice).toMatchObject({ twapId, sizeBase: '0.01' });
    expect(slice).not.toHaveProperty('cloid');
    expect(await twaps.cancelTwap(btc, twapId, nextNonce())).toEqual({ kind: 'cancelled' });
    expect(await statusOf(twapId)).toBe('terminated');
  });

  test('whose bytes arrive twice runs once', async () => {
    const envelope = await envelopeOf('twice', specOf('0.22'));
    const first = await twaps.sendTwap(envelope);
    const second = await twaps.sendTwap(envelope);
    expect(first.kind).toBe('running');
    expect(second.kind).toBe('unknown');
    const same = (await twaps.twaps(TRADER)).filter(({ sizeBase: size }) => size === '0.22');
    expect(same).toHaveLength(1);
    await twaps.cancelTwap(btc, same[0]?.twapId ?? 0, nextNonce());
  });

  test('whose reply is lost is found by what was asked for', async () => {
    const spec = specOf('0.33', { randomize: true });
    const envelope = await envelopeOf('lost', spec);
    await inject({ kind: 'dropReply', match: { type: 'twapOrder' }, count: 1 });
    const sent = await twaps.sendTwap(envelope);
    expect(sent.kind).toBe('unknown');
    const wanted = {
      asset: 'BTC',
      spec,
      drawnUpMs: envelope.nonce,
      expiresAfterMs: envelope.expiresAfterMs,
    };
    const match = matchTwap(wanted, await twaps.twaps(TRADER), new Set());
    expect(match).toMatchObject({ kind: 'found', twap: { sizeBase: '0.33', status: 'activated' } });
    const { twapId } = (match as { twap: { twapId: number } }).twap;
    await twaps.cancelTwap(btc, twapId, nextNonce());
  });

  test('that the venue refuses says why, in the venue’s words', async () => {
    const reducing = await envelopeOf('reduce', specOf('0.1', { side: 'sell', reduceOnly: true }));
    const before = await desk.venue.account(TRADER);
    const held = before.positions.find(({ asset }) => asset === 'BTC');
    expect(held).toBeDefined();
    const buying = {
      ...reducing,
      action: twaps.twapAction(btc, specOf('0.1', { reduceOnly: true })),
    };
    expect(await twaps.sendTwap(buying)).toEqual({
      kind: 'rejected',
      reason: 'Reduce-only TWAP order would increase position.',
    });
  });

  test('that has ended is not cancelled again', async () => {
    const answer = await twaps.cancelTwap(btc, 999_999, nextNonce());
    expect(answer).toMatchObject({ kind: 'notOpen' });
  });
});
