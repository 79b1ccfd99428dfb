import { describe, expect, test } from '@jest/globals';
import { createManualJudge } from '../../activities/manual-risk.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { type Px, px, sizeBase } from '../../domain/kernel/decimal.ts';
import { intentId } from '../../domain/kernel/ids.ts';
import { limitsOf } from '../domain/risk/samples.ts';
import { positionOf, venueOrder } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld } from './support/fake-world.ts';

/** What an approval says of the limits: they hold for all orders on their way together. */
const APPROVED = { assetUsd: '2500', grossUsd: '8000', assets: 10 };

/** 10,000 USD of equity, limits of 25 % a position: 25 units at 100 USD. */
function desk(limits: object = {}) {
  const world = fakeWorld();
  const judge = createManualJudge(world.venue, world.ledger, limitsOf(limits));
  const ask = (size: string, changes: Partial<OrderIntent> = {}) =>
    judge(
      {
        network: 'paper',
        account: ACCOUNT,
        intentId: intentId('by-hand'),
        strategy: 'manual',
        leg: 'main',
        asset: 'BTC',
        side: 'buy',
        type: 'MARKET',
        sizeBase: sizeBase(size),
        reduceOnly: false,
        ...changes,
      },
      '100' as Px,
    );
  return { ...world, ask };
}

describe('an order typed by hand', () => {
  test('passes up to the limit at the worst price that is sent, with the limits as amounts, and is refused above it, with check, value and rule', async () => {
    const { ask } = desk();
    expect(await ask('24.7')).toEqual(APPROVED);
    expect(await ask('24.8')).toEqual({
      kind: 'risk',
      field: 'positionSize',
      value: '2504.8 USD',
      rule: 'must be at most maxPositionFraction (0.25) of equity',
    });
  });

  test('is valued at its own limit price', async () => {
    const { ask } = desk();
    expect(await ask('25', { type: 'LIMIT', limitPx: px('100') })).toEqual(APPROVED);
    expect(await ask('25', { type: 'LIMIT', limitPx: px('101') })).toMatchObject({
      field: 'positionSize',
    });
    // A seller gets the bid at least, whatever less he would take.
    const sale = { type: 'LIMIT', side: 'sell', limitPx: px('90') } as const;
    expect(await ask('25.1', sale)).toMatchObject({ field: 'positionSize', value: '2510 USD' });
  });

  test('is judged with what is held and pending', async () => {
    const { ask, venue } = desk();
    venue.positions = [positionOf('BTC', '20')];
    venue.orders = [venueOrder({ remainingBase: sizeBase('4') })];
    expect(await ask('0.9')).toEqual(APPROVED);
    expect(await ask('2')).toMatchObject({ field: 'positionSize', value: '2602 USD' });
  });

  test('an order that only brings the position nearer to 0 always passes', async () => {
    const { ask, venue, ledger } = desk();
    venue.positions = [positionOf('BTC', '99')];
    ledger.equity = '99999';
    expect(await ask('99', { side: 'sell' })).toEqual(APPROVED);
    expect(await ask('100', { side: 'sell' })).toMatchObject({ kind: 'risk' });
  });

  test('the loss of the day is measured from the stored equity of its start', async () => {
    const { ask, ledger } = desk();
    ledger.equity = '10100';
    expect(await ask('1')).toEqual(APPROVED);
    ledger.equity = '10300';
    expect(await ask('1')).toMatchObject({ field: 'dailyLoss' });
  });

  test('of an unknown asset is refused', async () => {
    const { ask } = desk();
    expect(await ask('1', { asset: 'NOPE' })).toMatchObject({ kind: 'invalid', field: 'asset' });
  });
});
