import { expect, test } from '@jest/globals';
import { ALICE_KEY } from '../paper-venue.ts';
import { ALICE, clientSuite } from './client-suite.ts';
import { whyNpmClientIsMissing } from './installed.ts';

const ccxt = {
  name: 'ccxt',
  missing: whyNpmClientIsMissing('ccxt'),
  command: process.execPath,
  script: 'ccxt/flows.mjs',
  args: [ALICE_KEY, ALICE],
};

const SYMBOL = 'ETH/USDC:USDC';
const id = expect.stringMatching(/^\d+$/);
const refusedWith = (words: string) => expect.stringContaining(words);

clientSuite(ccxt, (told) => {
  test('loads its markets with its unasked builder and referrer calls', () => {
    expect(told('loadMarkets')).toEqual({
      count: expect.any(Number),
      market: {
        id: '1',
        base: 'ETH',
        swap: true,
        precision: { amount: 0.0001, price: 0.1 },
        contractSize: 1,
        maxLeverage: 25,
      },
      approvedBuilderFee: true,
      refSet: true,
    });
  });

  test('reads prices, candles, funding, time and status', () => {
    expect(told('publicData')).toMatchObject({
      time: expect.any(Number),
      status: 'ok',
      book: { bids: expect.any(Number), asks: expect.any(Number), symbol: SYMBOL },
      candleCount: 10,
      fundingRate: expect.any(Number),
      history: 24,
      tickers: expect.arrayContaining([
        [SYMBOL, expect.any(Number), expect.any(Number), expect.any(Number)],
      ]),
      currencies: expect.arrayContaining(['USDC']),
    });
  });

  test('reads the balance and the fees of the base tier', () => {
    expect(told('balance')).toEqual({
      USDC: { total: 1_000_000, used: 0, free: 1_000_000 },
      fee: { maker: 0.00015, taker: 0.00045 },
    });
  });

  test('places a limit order, finds it everywhere, and cancels it once', () => {
    const { price } = told<{ price: number }>('limitOrder');
    const clientOrderId = '0xa1b2c3d4000000000000000000000a01';
    const row = { id, clientOrderId, side: 'buy', type: 'limit', price, amount: 0.2, filled: 0 };
    expect(told('limitOrder')).toMatchObject({
      placed: { id, clientOrderId },
      open: [{ ...row, status: 'open' }],
      order: { ...row, status: 'open' },
      cancelled: 'success',
      after: { ...row, status: 'canceled' },
      cancelledAgain: refusedWith('Order was never placed, already canceled, or filled.'),
    });
  });

  test('finds and cancels by the client id', () => {
    expect(told('cancelByClientOrderId')).toMatchObject({
      byCloid: { status: 'open' },
      after: { status: 'canceled' },
    });
  });

  test('opens and closes a position at the market, with its trades and fees', () => {
    const flow = told<{ opened: { id: string }; closed: { id: string } }>('marketOrder');
    const taken = (order: string, side: string) => ({
      order,
      side,
      amount: 0.05,
      takerOrMaker: 'taker',
      fee: { currency: 'USDC', cost: expect.any(Number) },
    });
    expect(flow).toMatchObject({
      opened: { id, filled: 0.05, remaining: 0 },
      position: { symbol: SYMBOL, side: 'long', contracts: 0.05, marginMode: 'cross' },
      closed: { id, filled: 0.05, remaining: 0 },
      after: 0,
      trades: [taken(flow.opened.id, 'buy'), taken(flow.closed.id, 'sell')],
      order: { status: 'closed', filled: 0.05 },
    });
  });

  test('keeps post-only, immediate and reduce-only apart, and hears the refusals', () => {
    expect(told('timeInForce')).toMatchObject({
      postOnly: { id },
      row: [{ id, timeInForce: 'ALO', postOnly: true }],
      crossing: refusedWith('Post only order would have immediately matched'),
      immediate: { filled: 0.05 },
      reduced: { filled: 0.05 },
      unmatched: refusedWith('Order could not immediately match against any resting orders.'),
      increasing: refusedWith('Reduce only order would increase position.'),
      tooSmall: refusedWith('Order must have minimum value of $10.'),
    });
  });

  test('places stops and take-profits, at the market and with a limit', () => {
    const { low, high } = told<{ low: number; high: number }>('triggerOrders');
    expect(told('triggerOrders')).toMatchObject({
      rows: {
        stopMarket: { type: 'Stop Market', triggerPrice: low },
        stopLimit: { type: 'Stop Limit', triggerPrice: low },
        takeProfitMarket: { type: 'Take Profit Market', triggerPrice: high },
        takeProfitLimit: { type: 'Take Profit Limit', triggerPrice: high },
      },
      open: 0,
    });
  });

  test('places an order with its stop and its take-profit', () => {
    const { prices } = told<{ prices: { stop: number; take: number } }>('bracket');
    expect(told('bracket')).toMatchObject({
      placed: { id },
      children: expect.arrayContaining([
        ['Stop Market', prices.stop],
        ['Take Profit Market', prices.take],
      ]),
    });
  });

  test('changes an order: a new id, the new price and size', () => {
    const { price, placed } = told<{ price: number; placed: string }>('editOrder');
    expect(told('editOrder')).toMatchObject({
      edited: { id },
      open: [{ price: price + 5, amount: 0.1 }],
      old: { id: placed, status: 'canceled' },
    });
    const { edited } = told<{ edited: { id: string } }>('editOrder');
    expect(edited.id).not.toBe(placed);
  });

  test('places and cancels many at once', () => {
    expect(told('manyOrders')).toEqual({
      placed: [expect.objectContaining({ id }), expect.objectContaining({ id })],
      cancelled: 2,
      found: true,
      orders: true,
    });
  });

  test('sets leverage and margin mode, and moves margin', () => {
    expect(told('leverage')).toMatchObject({
      set: 'ok',
      mode: 'ok',
      added: 'ok',
      reduced: 'ok',
      position: { leverage: 5, marginMode: 'isolated' },
      liquidationPrice: expect.any(Number),
      restored: 'ok',
      tooHigh: refusedWith('Invalid leverage value'),
    });
  });

  test('starts and cancels a TWAP', () => {
    expect(told('twap')).toMatchObject({ started: id });
  });

  test('reads ledger, deposits, withdrawals and funding payments', () => {
    expect(told('accountHistory')).toMatchObject({
      ledger: expect.any(Number),
      deposits: expect.any(Number),
      withdrawals: expect.any(Number),
      funding: expect.any(Number),
    });
  });

  test('moves money between perpetuals and spot', () => {
    expect(told('transfer')).toMatchObject({ spot: 'ok', back: 'ok' });
  });

  test('is known by the same account when it signs for the test network', () => {
    expect(told('sandbox')).toMatchObject({ id });
  });

  test('hears books, prices, orders, trades, positions and balance, and trades by socket', () => {
    expect(told('stream')).toMatchObject({
      book: [SYMBOL, expect.any(Number)],
      ticker: [SYMBOL, 'number'],
      tickers: [SYMBOL],
      candle: 6,
      balance: { total: expect.any(Number) },
      first: { id },
      orders: expect.arrayContaining([expect.objectContaining({ id, status: 'open' })]),
      edited: id,
      market: { id, filled: 0.05 },
      trade: 0.05,
      positions: [[SYMBOL, 'long', 0.05]],
      publicTrades: true,
      refused: refusedWith('Order must have minimum value of $10.'),
    });
  });
});
