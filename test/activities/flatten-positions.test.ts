import { describe, expect, test } from '@jest/globals';
import { flattenPositions } from '../../activities/flatten-positions.ts';
import type { Envelope } from '../../activities/ports/envelope.ts';
import type { SendOutcome } from '../../activities/ports/venue.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import { NOW_MS, positionOf } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld } from './support/fake-world.ts';

const FILLED: SendOutcome = {
  kind: 'accepted',
  status: { oid: 1, status: 'filled', remainingBase: sizeBase('0'), statusTimestampMs: 0 },
  executedBase: sizeBase('1'),
};

/** A venue where an accepted order closes its position. */
function desk(outcome: () => SendOutcome = () => FILLED) {
  const world = fakeWorld();
  const { venue } = world;
  let nonce = NOW_MS + 1_000;
  venue.positions = [positionOf('BTC', '2'), positionOf('ETH', '-3')];
  const send = async (envelope: Envelope): Promise<SendOutcome> => {
    venue.sent.push(envelope);
    const answer = outcome();
    if (answer.kind === 'accepted') venue.positions = venue.positions.slice(1);
    return answer;
  };
  const ports = { ...world, venue: { ...venue, send, account: venue.account } };
  return { ...world, ports: { ...ports, nextNonce: async () => ++nonce } };
}

const ordersSent = (sent: readonly Envelope[]) =>
  sent.map(({ action }) => (action.orders as readonly Record<string, unknown>[])[0]);

describe('flattening', () => {
  test('closes every position by an order that only reduces', async () => {
    const { ports, venue, ledger } = desk();
    const result = await flattenPositions(ports, 'paper', ACCOUNT);
    expect(result).toEqual({
      orders: [
        { asset: 'BTC', sizeBase: '2', outcome: 'accepted' },
        { asset: 'ETH', sizeBase: '3', outcome: 'accepted' },
      ],
      left: [],
    });
    expect(ordersSent(venue.sent)).toMatchObject([
      { a: 0, s: '2', r: true },
      { a: 1, s: '3', r: true },
    ]);
    expect(ledger.envelopes.size).toBe(2);
  });

  test('goes on without the ledger, with nonces of its own', async () => {
    const { ports, venue, ledger } = desk();
    ledger.away.add('prepareEnvelope');
    expect((await flattenPositions(ports, 'paper', ACCOUNT)).left).toEqual([]);
    expect(venue.sent.map(({ nonce }) => nonce)).toEqual([NOW_MS + 1_001, NOW_MS + 1_002]);
  });

  test('tries a few times, each time by another order, and tells what is left', async () => {
    const { ports, venue } = desk(() => ({ kind: 'unknown', reason: 'no answer' }));
    const nowMs = { value: NOW_MS };
    const ticking = { ...ports.venue, exchangeTimeMs: async () => ++nowMs.value };
    const result = await flattenPositions({ ...ports, venue: ticking }, 'paper', ACCOUNT);
    expect(result.left).toEqual(['BTC', 'ETH']);
    expect(result.orders).toHaveLength(10);
    expect(new Set(venue.sent.map(({ cloid }) => cloid)).size).toBe(10);
    expect(result.orders[0]).toMatchObject({ outcome: 'unknown', reason: 'no answer' });
  });
});
