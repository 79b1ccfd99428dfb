import { afterEach, describe, expect, test } from '@jest/globals';
import type { VenueAction } from '../../../domain/matching/contract/venue-actions.ts';
import { ALICE, BOB, type Desk, openDesk, order, START_MS } from './venue-fixture.ts';

const NEWCOMER = '0x00000000000000000000000000000000000000d4';
const UPPER_BOB = BOB.toUpperCase().replace('0X', '0x');
const DONE = { status: 'ok', response: { type: 'default' } };
const refusal = (text: string) => ({ status: 'err', response: text });
const USDC = 'USDC:0x6d1e7cde53ba9467b783cb7c530ce054';

let desk: Desk;
const opened = (): Desk => {
  desk = openDesk();
  return desk;
};
afterEach(() => expect(desk.venue.conservation().difference).toBe('0.0'));

const answer = (action: VenueAction, signer = ALICE, more = {}) =>
  desk.act(signer, action, more).response;
const perps = (account: string) => desk.venue.accountSummary(account).withdrawable;
const spot = (account: string) => desk.venue.spotBalance(account);
const rows = (account: string) => desk.venue.ledgerUpdates(account).map(({ delta }) => delta);

const usdSend = (amount: string, destination = BOB): VenueAction => ({
  type: 'usdSend',
  destination,
  amount,
  time: START_MS,
});
const toSpot = (amount: string): VenueAction => ({
  type: 'usdClassTransfer',
  amount,
  toPerp: false,
});
const send = (fields: Partial<Extract<VenueAction, { type: 'sendAsset' }>>): VenueAction => ({
  type: 'sendAsset',
  destination: BOB,
  sourceDex: '',
  destinationDex: '',
  token: USDC,
  amount: '10',
  fromSubAccount: '',
  nonce: START_MS,
  ...fields,
});

function openSub(): string {
  const response = answer({ type: 'createSubAccount', name: 'sub' });
  if (response?.status !== 'ok' || response.response.type !== 'createSubAccount') throw new Error();
  return response.response.data;
}

describe('usdSend', () => {
  test('moves money to another account and tells both', () => {
    opened();
    const { events } = desk.act(ALICE, usdSend('12.5', UPPER_BOB));
    expect([perps(ALICE), perps(BOB)]).toEqual(['99987.5', '100012.5']);
    const delta = {
      type: 'internalTransfer',
      usdc: '12.5',
      fee: '0.0',
      user: ALICE,
      destination: BOB,
    };
    expect(rows(BOB)).toEqual([delta, { type: 'deposit', usdc: '100000.0' }]);
    expect(events).toMatchObject([
      { kind: 'ledger', account: ALICE, update: { delta } },
      { kind: 'ledger', account: BOB, update: { delta } },
    ]);
  });

  test('opens an account that did not exist, for a fee of 1 USD', () => {
    opened();
    expect(answer(usdSend('99999.5', NEWCOMER))).toEqual(
      refusal('Insufficient balance for withdrawal'),
    );
    expect(desk.venue.userRole(NEWCOMER)).toEqual({ role: 'missing' });
    expect(answer(usdSend('20', NEWCOMER))).toEqual(DONE);
    expect([perps(ALICE), perps(NEWCOMER)]).toEqual(['99979.0', '20.0']);
    expect(answer(usdSend('5', NEWCOMER))).toEqual(DONE);
    expect(perps(ALICE)).toBe('99974.0');
    expect(answer(usdSend('25', ALICE), NEWCOMER)).toEqual(DONE);
  });

  test.each([
    ['0', 'Invalid send'],
    ['0.0000001', 'Invalid send'],
    ['100000.000001', 'Insufficient balance for withdrawal'],
    ['200000000', 'Account cannot hold more than 100000000 USDC'],
  ])('refuses %s', (amount, text) => {
    opened();
    expect(answer(usdSend(amount))).toEqual(refusal(text));
    expect(perps(BOB)).toBe('100000.0');
  });

  test('refuses to send to oneself', () => {
    opened();
    expect(answer(usdSend('1', ALICE))).toEqual(refusal('Invalid send'));
  });

  test('leaves what positions and orders need', () => {
    opened();
    desk.place(ALICE, order({ p: '100003', s: '1', tif: 'Ioc' }));
    desk.place(ALICE, order({ p: '90000', s: '1' }));
    const free = perps(ALICE);
    expect(Number(free)).toBeLessThan(91_000);
    expect(answer(usdSend((Number(free) + 0.01).toFixed(6)))).toEqual(
      refusal('Insufficient balance for withdrawal'),
    );
    expect(answer(usdSend(free))).toEqual(DONE);
    expect(perps(ALICE)).toBe('0.0');
  });
});

describe('withdraw3', () => {
  const withdraw3 = (amount: string): VenueAction => ({
    type: 'withdraw3',
    destination: ALICE,
    amount,
    time: START_MS,
  });

  test('takes money out of the venue, less a fee of 1 USD', () => {
    opened();
    expect(answer(withdraw3('100'))).toEqual(DONE);
    expect(perps(ALICE)).toBe('99900.0');
    expect(desk.venue.conservation()).toMatchObject({ deposited: '200000.0', withdrawn: '99.0' });
    expect(rows(ALICE)[0]).toEqual({
      type: 'withdraw',
      usdc: '99.0',
      fee: '1.0',
      nonce: START_MS,
    });
    expect(answer(withdraw3('99900.1'))).toEqual(refusal('Insufficient balance for withdrawal'));
    expect(answer(withdraw3('1'))).toEqual(refusal('Invalid send'));
  });
});

describe('the spot balance', () => {
  test('is filled from the perpetuals and emptied into them', () => {
    opened();
    expect(answer(toSpot('40'))).toEqual(DONE);
    expect([perps(ALICE), spot(ALICE)]).toEqual(['99960.0', '40.0']);
    expect(rows(ALICE)[0]).toEqual({ type: 'accountClassTransfer', usdc: '40.0', toPerp: false });
    expect(answer({ type: 'usdClassTransfer', amount: '41', toPerp: true })).toEqual(
      refusal('Insufficient balance for token transfer'),
    );
    expect(answer({ type: 'usdClassTransfer', amount: '40', toPerp: true })).toEqual(DONE);
    expect([perps(ALICE), spot(ALICE)]).toEqual(['100000.0', '0.0']);
  });

  test('is no margin', () => {
    opened();
    answer(toSpot('99990'));
    expect(desk.place(ALICE, order({ s: '0.01' }))).toEqual([
      { error: 'Insufficient margin to place order. asset=0' },
    ]);
  });

  test('is sent to others, in USDC alone', () => {
    opened();
    answer(toSpot('40'));
    const spotSend = { type: 'spotSend', destination: BOB, amount: '15', time: START_MS } as const;
    expect(answer({ ...spotSend, token: USDC })).toEqual(DONE);
    expect([spot(ALICE), spot(BOB)]).toEqual(['25.0', '15.0']);
    expect(rows(BOB)[0]).toMatchObject({ type: 'spotTransfer', token: 'USDC', amount: '15.0' });
    expect(answer({ ...spotSend, token: 'PURR:0x1' })).toEqual(refusal('Invalid send'));
    expect(answer({ ...spotSend, token: USDC, amount: '25.1' })).toEqual(
      refusal('Insufficient balance for token transfer'),
    );
  });

  test('of a sub-account is named behind the amount', () => {
    opened();
    const sub = openSub();
    const usd = 30_000_000;
    answer({ type: 'subAccountTransfer', subAccountUser: sub, isDeposit: true, usd });
    expect(answer(toSpot(`10 subaccount:${sub}`))).toEqual(DONE);
    expect([perps(sub), spot(sub), spot(ALICE)]).toEqual(['20.0', '10.0', '0.0']);
    expect(answer(toSpot(`10 subaccount:${BOB}`))).toEqual(
      refusal(`Invalid sub-account transfer from ${ALICE} to ${BOB}`),
    );
  });
});

describe('sub-account transfers', () => {
  test('go both ways, in millionths of a USD', () => {
    opened();
    const sub = openSub();
    const move = { type: 'subAccountTransfer', subAccountUser: sub } as const;
    expect(answer({ ...move, isDeposit: true, usd: 1_500_001 })).toEqual(DONE);
    expect(perps(sub)).toBe('1.500001');
    expect(rows(sub)).toEqual([
      { type: 'subAccountTransfer', usdc: '1.500001', user: ALICE, destination: sub },
    ]);
    expect(answer({ ...move, isDeposit: false, usd: 1_500_002 })).toEqual(
      refusal('Insufficient balance for withdrawal'),
    );
    expect(answer({ ...move, isDeposit: false, usd: 1_500_001 })).toEqual(DONE);
    expect(perps(ALICE)).toBe('100000.0');
  });

  test('of spot money go both ways too', () => {
    opened();
    const sub = openSub();
    answer(toSpot('9'));
    const move = {
      type: 'subAccountSpotTransfer',
      subAccountUser: sub,
      token: USDC,
      amount: '4',
    } as const;
    expect(answer({ ...move, isDeposit: true })).toEqual(DONE);
    expect([spot(ALICE), spot(sub)]).toEqual(['5.0', '4.0']);
    expect(answer({ ...move, isDeposit: false })).toEqual(DONE);
    expect(answer({ ...move, isDeposit: false })).toEqual(
      refusal('Insufficient balance for token transfer'),
    );
  });

  test("of others' accounts are refused", () => {
    opened();
    const sub = openSub();
    const move = { type: 'subAccountTransfer', subAccountUser: sub, usd: 1 } as const;
    expect(answer({ ...move, isDeposit: true }, BOB)).toEqual(
      refusal(`Invalid sub-account transfer from ${BOB} to ${sub}`),
    );
    expect(answer({ ...move, isDeposit: false }, BOB)).toEqual(
      refusal(`Invalid sub-account transfer from ${sub} to ${BOB}`),
    );
  });
});

describe('sendAsset', () => {
  test('moves between the dexes of one account and to others', () => {
    opened();
    expect(answer(send({ destination: ALICE, destinationDex: 'spot' }))).toEqual(DONE);
    expect([perps(ALICE), spot(ALICE)]).toEqual(['99990.0', '10.0']);
    expect(answer(send({ sourceDex: 'spot', amount: '4' }))).toEqual(DONE);
    expect([spot(ALICE), perps(BOB)]).toEqual(['6.0', '100004.0']);
    expect(rows(BOB)[0]).toMatchObject({
      type: 'send',
      sourceDex: 'spot',
      destinationDex: '',
      amount: '4.0',
    });
  });

  test('takes from a sub-account on request', () => {
    opened();
    const sub = openSub();
    const usd = 30_000_000;
    answer({ type: 'subAccountTransfer', subAccountUser: sub, isDeposit: true, usd });
    expect(answer(send({ fromSubAccount: sub }))).toEqual(DONE);
    expect([perps(sub), perps(BOB)]).toEqual(['20.0', '100010.0']);
    expect(answer(send({ fromSubAccount: BOB }))).toEqual(
      refusal(`Invalid sub-account transfer from ${BOB} to ${BOB}`),
    );
  });

  test.each([
    { destination: ALICE },
    { destinationDex: 'xyz' },
    { sourceDex: 'xyz' },
    { token: 'PURR:0x1' },
    { amount: '0' },
  ])('refuses what is no send: %j', (fields) => {
    opened();
    expect(answer(send(fields))).toEqual(refusal('Invalid send'));
  });

  test('by an agent stays within the accounts of its principal', () => {
    opened();
    const sub = openSub();
    answer({ type: 'approveAgent', agentAddress: NEWCOMER });
    const bySigner = (destination: string) =>
      answer({ ...send({ destination }), type: 'agentSendAsset' } as VenueAction, NEWCOMER);
    expect(bySigner(BOB)).toEqual(
      refusal('Agent can only send asset to same user or their sub-accounts.'),
    );
    expect(bySigner(sub)).toEqual(DONE);
    expect(perps(sub)).toBe('10.0');
  });
});

describe('what is not modelled', () => {
  test.each<VenueAction>([
    { type: 'vaultTransfer', vaultAddress: BOB, isDeposit: true, usd: 1 },
    { type: 'tokenDelegate' },
    { type: 'userSetAbstraction', user: ALICE, abstraction: 'u' },
    { type: 'agentSetAbstraction', abstraction: 'p' },
  ])('is refused in words: $type', (action) => {
    opened();
    expect(answer(action)).toHaveProperty('status', 'err');
  });

  test('is accepted where it would change nothing', () => {
    opened();
    expect(answer({ type: 'evmUserModify', usingBigBlocks: true })).toEqual(DONE);
    expect(desk.venue.userAbstraction(ALICE)).toBe('default');
    expect(answer({ type: 'userSetAbstraction', user: ALICE, abstraction: 'i' })).toEqual(DONE);
    expect(desk.venue.userAbstraction(ALICE)).toBe('disabled');
  });
});
