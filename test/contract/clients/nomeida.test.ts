import { expect, test } from '@jest/globals';
import { ALICE_KEY } from '../paper-venue.ts';
import { ALICE, BOB, clientSuite } from './client-suite.ts';
import { whyNpmClientIsMissing } from './installed.ts';

const nomeida = {
  name: 'hyperliquid (npm, nomeida), its exported URL constants overwritten',
  missing: whyNpmClientIsMissing('hyperliquid'),
  command: process.execPath,
  script: 'nomeida/flows.mjs',
  args: [ALICE_KEY, ALICE, BOB],
};

const done = { status: 'ok', response: { type: 'default' } };
const order = (...statuses: unknown[]) => ({
  status: 'ok',
  response: { type: 'order', data: { statuses } },
});
const cancel = (...statuses: unknown[]) => ({
  status: 'ok',
  response: { type: 'cancel', data: { statuses } },
});
const resting = { resting: { oid: expect.any(Number) } };
const filled = (totalSz: string) => ({
  filled: { totalSz, avgPx: expect.any(String), oid: expect.any(Number) },
});

clientSuite(nomeida, (told) => {
  test('an order rests, is seen, and is cancelled by either id', () => {
    expect(told('limitOrder')).toMatchObject({
      placed: order(resting),
      open: [{ coin: 'ETH-PERP', side: 'buy', sz: 0.2 }],
      status: 'open',
      cancelled: cancel('success'),
    });
    expect(told('cancelByCloid')).toEqual(cancel('success'));
  });

  test('an order is changed alone and in a batch', () => {
    const { price } = told<{ price: number }>('modify');
    expect(told('modify')).toMatchObject({
      modified: done,
      row: { limitPx: price + 5, sz: 0.1 },
      batch: order(resting),
      open: [{ limitPx: price + 6, sz: 0.2 }],
      cancelled: cancel('success'),
    });
  });

  test('a position is opened and closed at the market', () => {
    expect(told('market')).toMatchObject({
      opened: order(filled('0.05')),
      position: { coin: 'ETH-PERP', szi: 0.05 },
      closed: order(filled('0.05')),
      dirs: ['Close Long', 'Open Long'],
    });
  });

  test('a stop rests until its price', () => {
    const { at } = told<{ at: number }>('trigger');
    expect(told('trigger')).toMatchObject({
      placed: order(resting),
      open: [{ orderType: 'Stop Market', triggerPx: at, triggerCondition: `Price below ${at}` }],
    });
  });

  test('leverage is set up to the maximum of the market', () => {
    expect(told('leverage')).toEqual({
      set: done,
      restored: done,
      refused: { status: 'err', response: 'Invalid leverage value' },
    });
  });

  test('a TWAP is started and cancelled', () => {
    expect(told('twap')).toMatchObject({
      started: { response: { data: { status: { running: { twapId: expect.any(Number) } } } } },
      cancelled: { response: { type: 'twapCancel', data: { status: 'success' } } },
    });
  });

  test('money is sent and moved, agents and builders are approved, a nonce is used up', () => {
    expect(told('transfers')).toEqual({ sent: done, toSpot: done, toPerp: done });
    expect(told('approvals')).toEqual({ builder: done, agent: done });
    expect(told('noop')).toEqual(done);
  });

  test('questions are answered in the shapes that it converts', () => {
    expect(told('questions')).toEqual({
      mids: true,
      assets: true,
      candles: true,
      rateLimit: expect.arrayContaining(['cumVlm', 'nRequestsUsed', 'nRequestsCap']),
      role: { role: 'user' },
      funding: true,
      metaAndAssetCtxs: 2,
      history: true,
    });
  });

  test('orders and questions go over the socket too', () => {
    expect(told('overTheSocket')).toMatchObject({
      placed: order(resting),
      asked: { type: 'openOrders', data: [{ sz: '0.2' }] },
      cancelled: cancel('success'),
    });
  });

  test('every channel that it can hear tells', () => {
    expect(told('stream')).toMatchObject({
      channels: [
        'activeAssetCtx',
        'allMids',
        'bbo',
        'candle',
        'l2Book',
        'orderUpdates',
        'trades',
        'userFills',
      ],
      coin: 'ETH-PERP',
      updates: ['open', 'filled', 'open', 'filled'],
    });
  });
});
