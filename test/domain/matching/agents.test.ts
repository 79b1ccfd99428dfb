import { describe, expect, test } from '@jest/globals';
import type { VenueAction } from '../../../domain/matching/contract/venue-actions.ts';
import {
  ALICE,
  BOB,
  bookAt,
  CONFIG,
  type Desk,
  openDesk,
  order,
  START_MS,
} from './venue-fixture.ts';

const AGENT = '0x00000000000000000000000000000000000000e1';
const OTHER = '0x00000000000000000000000000000000000000e2';
const THIRD = '0x00000000000000000000000000000000000000e3';
const NO_ADDRESS = `0x${'0'.repeat(40)}`;
const DAY_MS = 86_400_000;

const DONE = { status: 'ok', response: { type: 'default' } };
const refusal = (text: string) => ({ status: 'err', response: text });
const stranger = (address: string) => refusal(`User or API Wallet ${address} does not exist.`);

const approve = (desk: Desk, agentAddress: string, agentName?: string, owner = ALICE) =>
  desk.act(owner, {
    type: 'approveAgent',
    agentAddress,
    ...(agentName === undefined ? {} : { agentName }),
  }).response;

const place = (desk: Desk, signer: string, more = {}) =>
  desk.act(signer, { type: 'order', orders: [order()], grouping: 'na' }, more).response;

const RESTS = { status: 'ok', response: { data: { statuses: [{ resting: {} }] } } };

describe('an agent', () => {
  test('trades for the account that approved it, with nonces of its own', () => {
    const desk = openDesk();
    expect(place(desk, AGENT)).toEqual(stranger(AGENT));
    expect(approve(desk, AGENT)).toEqual(DONE);
    expect(place(desk, AGENT)).toMatchObject(RESTS);
    expect(desk.venue.openOrders(ALICE)).toHaveLength(1);
    expect(desk.venue.openOrders(AGENT)).toEqual([]);
    expect(desk.venue.accountFor(AGENT, START_MS + 1000)).toBe(ALICE);
    expect(desk.venue.userRole(AGENT)).toEqual({ role: 'agent', data: { user: ALICE } });
    expect(desk.venue.userRole(THIRD)).toEqual({ role: 'missing' });
    expect(desk.venue.userRole(ALICE)).toEqual({ role: 'user' });
  });

  test('cannot do what a wallet signs, even when money was sent to its address', () => {
    const desk = openDesk();
    approve(desk, AGENT);
    const withdrawal: VenueAction = {
      type: 'withdraw3',
      destination: AGENT,
      amount: '100',
      time: START_MS,
    };
    expect(desk.act(AGENT, withdrawal).response).toEqual(
      refusal(`Must deposit before performing actions. User: ${AGENT}`),
    );
    desk.act(BOB, { type: 'usdSend', destination: AGENT, amount: '50', time: START_MS });
    expect(desk.act(AGENT, withdrawal).response).toEqual(
      refusal('Insufficient balance for withdrawal'),
    );
    expect(place(desk, AGENT)).toMatchObject(RESTS);
    expect(desk.venue.openOrders(ALICE)).toHaveLength(1);
    expect(desk.venue.accountSummary(ALICE).marginSummary.accountValue).toBe('100000.0');
  });

  test('without a name is replaced by the next one, and its address is never used again', () => {
    const desk = openDesk();
    approve(desk, AGENT);
    expect(approve(desk, OTHER)).toEqual(DONE);
    expect(place(desk, AGENT)).toEqual(stranger(AGENT));
    expect(place(desk, OTHER)).toMatchObject(RESTS);
    expect(desk.venue.mainAgent(ALICE)).toMatchObject({ address: OTHER, name: '' });
    for (const owner of [ALICE, BOB]) {
      expect(approve(desk, AGENT, 'again', owner)).toEqual(refusal('Extra agent already used.'));
      expect(approve(desk, ALICE, 'me', owner)).toEqual(refusal('Extra agent already used.'));
    }
  });

  test('with a name is one of at most three, and two more for each sub-account', () => {
    const desk = openDesk();
    const address = (n: number) => `0x${String(n).padStart(40, 'f')}`;
    for (const n of [1, 2, 3]) expect(approve(desk, address(n), `bot ${n}`)).toEqual(DONE);
    expect(approve(desk, address(4), 'bot 4')).toEqual(
      refusal('Too many extra agents for cumulative volume traded. Current limit is 3'),
    );
    expect(approve(desk, address(4), 'bot 3')).toEqual(DONE);
    expect(approve(desk, OTHER)).toEqual(DONE);
    desk.act(ALICE, { type: 'createSubAccount', name: 'sub' });
    expect(approve(desk, address(5), 'bot 5')).toEqual(DONE);
    expect(desk.venue.extraAgents(ALICE).map(({ name }) => name)).toEqual([
      'bot 1',
      'bot 2',
      'bot 3',
      'bot 5',
    ]);
    expect(approve(desk, address(6), 'a name of 17 char')).toHaveProperty('status', 'err');
  });

  test('is removed by the zero address under its name', () => {
    const desk = openDesk();
    approve(desk, AGENT, 'bot');
    expect(approve(desk, NO_ADDRESS, 'bot')).toEqual(DONE);
    expect(desk.venue.extraAgents(ALICE)).toEqual([]);
    expect(place(desk, AGENT)).toEqual(stranger(AGENT));
  });

  test('lasts 180 days, or as long as its name says', () => {
    const desk = openDesk();
    approve(desk, AGENT);
    const until = START_MS + 3_600_000;
    expect(approve(desk, OTHER, `bot valid_until ${until}`)).toEqual(DONE);
    expect(desk.venue.extraAgents(ALICE)).toEqual([
      { name: 'bot', address: OTHER, validUntil: until },
    ]);
    expect(approve(desk, THIRD, `late valid_until ${START_MS}`)).toEqual(
      refusal('Agent valid_until already expired.'),
    );
    expect(desk.venue.accountFor(OTHER, until - 1)).toBe(ALICE);
    expect(desk.venue.accountFor(OTHER, until)).toBeUndefined();
    desk.wait(3_600_000);
    expect(place(desk, OTHER)).toEqual(stranger(OTHER));
    desk.wait(179 * DAY_MS);
    expect(place(desk, AGENT)).toMatchObject(RESTS);
    desk.wait(DAY_MS);
    expect(place(desk, AGENT)).toEqual(stranger(AGENT));
  });
});

describe('an account of several owners', () => {
  const convert = (signers: string) => ({ type: 'convertToMultiSigUser', signers }) as const;
  const shared = (action: Exclude<VenueAction, { type: 'multiSig' }>): VenueAction => ({
    type: 'multiSig',
    payload: { multiSigUser: ALICE, outerSigner: BOB, action },
  });
  const owned = (): Desk => {
    const desk = openDesk();
    const signers = JSON.stringify({ authorizedUsers: [OTHER, BOB], threshold: 2 });
    expect(desk.act(ALICE, convert(signers)).response).toEqual(DONE);
    return desk;
  };

  test('acts when enough different owners signed, under the nonces of the outer signer', () => {
    const desk = owned();
    expect(desk.venue.multiSigSigners(ALICE)).toEqual({
      authorizedUsers: [BOB, OTHER],
      threshold: 2,
    });
    const action = shared({ type: 'order', orders: [order()], grouping: 'na' });
    expect(desk.act(BOB, action, { owners: [BOB, OTHER] }).response).toMatchObject(RESTS);
    expect(desk.venue.openOrders(ALICE)).toHaveLength(1);
    for (const owners of [[], [BOB], [BOB, BOB], [BOB, AGENT]]) {
      expect(desk.act(BOB, action, { owners }).response).toEqual(
        refusal(`Multi-sig threshold not met: ${new Set(owners.slice(0, 1)).size} < 2`),
      );
    }
    expect(desk.act(AGENT, action, { owners: [BOB, OTHER] }).response).toEqual(
      refusal(`Multi-sig outer signer ${AGENT} is not authorized.`),
    );
  });

  test('is not acted for by its own key, until its owners undo it', () => {
    const desk = owned();
    expect(place(desk, ALICE)).toEqual(
      refusal(`Account ${ALICE} is a multi-sig user: its owners must sign.`),
    );
    const undo = shared(convert('null'));
    expect(desk.act(BOB, undo, { owners: [BOB, OTHER] }).response).toEqual(DONE);
    expect(place(desk, ALICE)).toMatchObject(RESTS);
  });

  test.each([
    'no json',
    '{}',
    '{"authorizedUsers":[],"threshold":1}',
    `{"authorizedUsers":["${BOB}"],"threshold":2}`,
    `{"authorizedUsers":["${BOB}","${BOB}"],"threshold":1}`,
    `{"authorizedUsers":["bob"],"threshold":1}`,
    `{"authorizedUsers":["${ALICE}"],"threshold":1}`,
    '[1,2]',
  ])('refuses owners that are none: %s', (signers) => {
    const desk = openDesk();
    expect(desk.act(ALICE, convert(signers)).response).toHaveProperty('status', 'err');
    expect(desk.venue.multiSigSigners(ALICE)).toBeNull();
  });
});

describe('sub-accounts', () => {
  const create = (desk: Desk, owner = ALICE, name = 'sub'): string => {
    const { response } = desk.act(owner, { type: 'createSubAccount', name });
    if (response?.status !== 'ok' || response.response.type !== 'createSubAccount') {
      throw new Error(`not created: ${JSON.stringify(response)}`);
    }
    return response.response.data;
  };

  test('have an address that is the same in every replay, and a role', () => {
    const [desk, again] = [openDesk(), openDesk()];
    const sub = create(desk);
    expect(create(again)).toBe(sub);
    expect(sub).toMatch(/^0x[0-9a-f]{40}$/);
    expect(create(desk, ALICE, 'two')).not.toBe(sub);
    expect(desk.venue.subAccounts(ALICE)).toMatchObject([
      { name: 'sub', subAccountUser: sub, master: ALICE },
      { name: 'two' },
    ]);
    expect(desk.venue.userRole(sub)).toEqual({ role: 'subAccount', data: { master: ALICE } });
  });

  test('open at another address when money waits at the first', () => {
    const [desk, again] = [openDesk(), openDesk()];
    const expected = create(again);
    desk.act(BOB, { type: 'usdSend', destination: expected, amount: '5', time: 0 });
    expect(create(desk)).not.toBe(expected);
    expect(desk.venue.accountSummary(expected).withdrawable).toBe('5.0');
  });

  test('are addressed by their master and its agents, and by nobody else', () => {
    const desk = openDesk();
    const vaultAddress = create(desk);
    const usd = 50_000_000_000;
    desk.act(ALICE, {
      type: 'subAccountTransfer',
      subAccountUser: vaultAddress,
      isDeposit: true,
      usd,
    });
    approve(desk, AGENT);
    for (const signer of [ALICE, AGENT]) {
      expect(place(desk, signer, { vaultAddress })).toMatchObject(RESTS);
    }
    expect(desk.venue.openOrders(vaultAddress)).toHaveLength(2);
    expect(desk.venue.openOrders(ALICE)).toEqual([]);
    expect(place(desk, BOB, { vaultAddress })).toEqual(
      refusal(`Vault not registered: ${vaultAddress}`),
    );
    expect(place(desk, ALICE, { vaultAddress: BOB })).toEqual(
      refusal(`Vault not registered: ${BOB}`),
    );
    expect(desk.venue.accountFor(AGENT, START_MS + 10, vaultAddress)).toBe(vaultAddress);
    expect(desk.venue.accountFor(BOB, START_MS + 10, vaultAddress)).toBeUndefined();
  });

  test('are not addressed by what a wallet signs', () => {
    const desk = openDesk();
    const action: VenueAction = { type: 'approveAgent', agentAddress: AGENT };
    expect(desk.act(ALICE, action, { vaultAddress: create(desk) }).response).toEqual(
      refusal('User-signed actions do not support vaultAddress.'),
    );
  });

  test('are separate in margin: a loss of one leaves the other alone', () => {
    const desk = openDesk();
    const sub = create(desk);
    const usd = 1_000_000_000;
    desk.act(ALICE, { type: 'subAccountTransfer', subAccountUser: sub, isDeposit: true, usd });
    const orders = [order({ p: '100010', s: '0.15', tif: 'Ioc' })];
    desk.act(ALICE, { type: 'order', orders, grouping: 'na' }, { vaultAddress: sub });
    desk.market(bookAt(94_000));
    expect(desk.venue.accountSummary(sub).assetPositions).toEqual([]);
    expect(desk.venue.accountSummary(ALICE).marginSummary.accountValue).toBe('99000.0');
    expect(desk.venue.conservation().difference).toBe('0.0');
  });

  test('give back what they were given, also to a master that has nothing left', () => {
    const desk = openDesk();
    const move = { type: 'subAccountTransfer', subAccountUser: create(desk) } as const;
    const usd = 100_000_000_000;
    expect(desk.act(ALICE, { ...move, isDeposit: true, usd }).response).toEqual(DONE);
    expect(place(desk, ALICE)).toMatchObject({
      response: { data: { statuses: [{ error: expect.anything() }] } },
    });
    expect(desk.act(ALICE, { ...move, isDeposit: false, usd }).response).toEqual(DONE);
    expect(desk.venue.accountSummary(ALICE).withdrawable).toBe('100000.0');
  });

  test('wait for volume where the venue demands it', () => {
    const desk = openDesk({ ...CONFIG, subAccountVolumeUsd: '100000' });
    expect(desk.act(ALICE, { type: 'createSubAccount', name: 'sub' }).response).toEqual(
      refusal(
        'Cannot create sub-accounts until enough volume traded. Required: $100000. Traded: $0.',
      ),
    );
  });
});
