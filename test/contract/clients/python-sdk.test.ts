import { expect, test } from '@jest/globals';
import { ALICE_KEY, BOB_KEY } from '../paper-venue.ts';
import { ALICE, BOB, clientSuite } from './client-suite.ts';
import { pythonPackages, whyPythonClientIsMissing } from './installed.ts';

const pythonSdk = {
  name: 'hyperliquid-python-sdk',
  missing: whyPythonClientIsMissing(),
  command: 'python3',
  script: 'python/run.py',
  env: { PYTHONPATH: pythonPackages(), PYTHONDONTWRITEBYTECODE: '1' },
  args: [ALICE_KEY, BOB_KEY],
};

const done = { status: 'ok', response: { type: 'default' } };
const refused = (response: unknown) => ({ status: 'err', response });
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
const failed = (error: unknown) => ({ error });
/** The child of an order that has filled waits for its price, of another for its fill. */
const waiting = expect.stringMatching(/^waitingFor(Fill|Trigger)$/);
const ETH = 'asset=1';
const gone = failed(`Order was never placed, already canceled, or filled. ${ETH}`);
const unknownSigner = refused(
  expect.stringMatching(/^User or API Wallet 0x[0-9a-f]{40} does not exist\.$/),
);
const usd = (text: string): number => Number(text);

clientSuite(pythonSdk, (told) => {
  test('basic_order: an order rests, is found by its id, and is cancelled once', () => {
    const flow = told<{ placed: { response: { data: { statuses: [typeof resting] } } } }>(
      'basic_order',
    );
    const { oid } = flow.placed.response.data.statuses[0].resting;
    expect(flow).toMatchObject({
      placed: order(resting),
      status: { status: 'order', order: { status: 'open', order: { oid, tif: 'Gtc' } } },
      open: [{ oid, coin: 'ETH', side: 'B', sz: '0.2', origSz: '0.2' }],
      cancelled: cancel('success'),
      cancelledAgain: cancel(gone),
      statusAfter: 'canceled',
    });
  });

  test('basic_order_with_cloid: the client id is echoed, found and cancelled by', () => {
    const cloid = '0x00000000000000000000000000000001';
    expect(told('basic_order_with_cloid')).toMatchObject({
      placed: order({ resting: { oid: expect.any(Number), cloid } }),
      status: { status: 'order', order: { order: { cloid } } },
      unknown: { status: 'unknownOid' },
      cancelled: cancel('success'),
      cancelledAgain: cancel(gone),
    });
  });

  test('basic_market_order: a position is opened and closed at the market', () => {
    expect(told('basic_market_order')).toMatchObject({
      opened: order(filled('0.05')),
      position: { coin: 'ETH', szi: '-0.05' },
      closed: order(filled('0.05')),
      positionAfter: null,
      fills: [
        { dir: 'Close Short', side: 'B', sz: '0.05', crossed: true },
        { dir: 'Open Short', side: 'A', sz: '0.05', crossed: true, closedPnl: '0.0' },
      ],
      closedAgain: null,
    });
  });

  test('basic_order_modify: a change makes a new order under the same client id', () => {
    const flow = told<{ oid: number; px: number; afterOid: unknown; openAfterCloid: unknown }>(
      'basic_order_modify',
    );
    const cloid = '0x00000000000000000000000000000009';
    expect(flow).toMatchObject({
      byOid: order({ resting: { oid: expect.any(Number), cloid } }),
      statusOfOld: 'canceled',
      afterOid: { order: { order: { limitPx: `${flow.px + 5}.0`, sz: '0.1', tif: 'Alo' } } },
      byCloid: order({ resting: { oid: expect.any(Number), cloid } }),
      openAfterCloid: [{ limitPx: `${flow.px + 6}.0`, sz: '0.1', cloid }],
      ofCancelled: order(failed(expect.stringContaining('Cannot modify canceled or filled order'))),
    });
    expect(flow.afterOid).not.toMatchObject({ order: { order: { oid: flow.oid } } });
  });

  test('basic_tpsl: triggers rest, are cancelled, and come in groups', () => {
    const flow = told<{ stopRow: [{ limitPx: string }] }>('basic_tpsl');
    expect(flow).toMatchObject({
      opened: order(filled('0.02')),
      stop: order(resting),
      stopRow: [
        {
          orderType: 'Stop Market',
          isTrigger: true,
          reduceOnly: true,
          triggerCondition: expect.stringMatching(/^Price below \d+$/),
          tif: null,
        },
      ],
      stopCancelled: cancel('success'),
      take: order(resting),
      takeCancelled: cancel('success'),
      grouped: order(filled('0.02'), waiting, waiting),
      ofPosition: order('waitingForTrigger'),
      closed: order(filled('0.04')),
      openAfterClose: [],
    });
    const { children, withPosition } = told<Record<string, { orderType: string }[]>>('basic_tpsl');
    expect(children?.map(({ orderType }) => orderType).sort()).toEqual([
      'Stop Market',
      'Take Profit Market',
    ]);
    expect(withPosition).toContainEqual(
      expect.objectContaining({ isPositionTpsl: true, orderType: 'Stop Market' }),
    );
  });

  test('cancel_open_orders: every open order is cancelled', () => {
    expect(told('cancel_open_orders')).toEqual({ before: 3, after: 0 });
  });

  test('a batch: one bad order does not stop the others, one bad cancel neither', () => {
    expect(told('bulk_orders')).toEqual({
      placed: order(resting, failed(`Order must have minimum value of $10. ${ETH}`), resting),
      cancelled: cancel('success', gone, 'success'),
    });
  });

  test('time in force: post-only, immediate and reduce-only keep their word', () => {
    expect(told('time_in_force')).toEqual({
      postOnly: order(resting),
      postOnlyCrossing: order(
        failed(
          expect.stringMatching(
            /^Post only order would have immediately matched, bbo was [\d.]+@[\d.]+\. asset=1$/,
          ),
        ),
      ),
      immediate: order(filled('0.05')),
      immediateUnmatched: order(
        failed(`Order could not immediately match against any resting orders. ${ETH}`),
      ),
      reduceOnlyIncreasing: order(failed(`Reduce only order would increase position. ${ETH}`)),
      closed: order(filled('0.05')),
    });
  });

  test('expires_after: an action counts until its expiry', () => {
    expect(told('expires_after')).toEqual({
      expired: refused('Action already expired'),
      placed: order(resting),
      cancelled: cancel('success'),
    });
  });

  test('noop: a nonce is used up once', () => {
    const { nonce, ...answers } = told<{ nonce: number }>('noop');
    expect(answers).toEqual({
      first: done,
      again: refused(`Invalid nonce: duplicate nonce ${nonce}`),
    });
  });

  test('basic_schedule_cancel: open orders are cancelled at the time that was set', () => {
    expect(usd(told<{ rateLimit: { cumVlm: string } }>('volume').rateLimit.cumVlm)).toBeGreaterThan(
      1e6,
    );
    expect(told('basic_schedule_cancel')).toEqual({
      tooSoon: refused(expect.any(String)),
      scheduled: done,
      cleared: done,
      again: done,
      status: 'scheduledCancel',
      open: [],
    });
  });

  test('twap: is started, refused below five minutes, and cancelled once', () => {
    const twap = (status: unknown) => ({
      status: 'ok',
      response: { type: 'twapOrder', data: { status } },
    });
    const twapCancel = (status: unknown) => ({
      status: 'ok',
      response: { type: 'twapCancel', data: { status } },
    });
    expect(told('twap')).toMatchObject({
      started: twap({ running: { twapId: expect.any(Number) } }),
      tooShort: twap(failed('Invalid TWAP duration: 1 min(s)')),
      cancelled: twapCancel('success'),
      cancelledAgain: twapCancel(failed('TWAP was never placed, already canceled, or filled.')),
      slices: expect.any(Array),
    });
  });

  test('basic_leverage_adjustment: cross, isolated, and margin moved to and from a position', () => {
    const flow = told<Record<'before' | 'after', { leverage: { rawUsd: string } }>>(
      'basic_leverage_adjustment',
    );
    expect(flow).toMatchObject({
      cross: done,
      whileOpen: refused('Cannot switch leverage type with open position.'),
      isolated: done,
      before: { leverage: { type: 'isolated', value: 21 } },
      added: done,
      removed: done,
      removedTooMuch: refused(
        'Isolated position does not have sufficient margin available to remove.',
      ),
      tooHigh: refused('Invalid leverage value'),
      noPosition: { status: 'err' },
      restored: done,
    });
    const added = usd(flow.after.leverage.rawUsd) - usd(flow.before.leverage.rawUsd);
    expect(added).toBeCloseTo(100, 5);
  });

  test('basic_agent: an agent trades for its account until another replaces it', () => {
    const flow = told<{ extraAgent: string }>('basic_agent');
    const traded = {
      placed: order(resting),
      owner: { status: 'order', order: { status: 'open' } },
      cancelled: cancel('success'),
    };
    const address = flow.extraAgent.toLowerCase();
    expect(flow).toMatchObject({
      approved: done,
      byAgent: traded,
      approvedExtra: done,
      byExtra: traded,
      extraAgents: [{ name: 'persist', address, validUntil: expect.any(Number) }],
      role: { role: 'agent', data: { user: ALICE } },
      replaced: done,
      byReplaced: { placed: unknownSigner },
      transferByAgent: { status: 'err' },
    });
  });

  test('basic_sub_account: a sub-account is made, funded, traded for and emptied', () => {
    const { user } = told<{ user: string }>('basic_sub_account');
    expect(told('basic_sub_account')).toMatchObject({
      created: { status: 'ok', response: { type: 'createSubAccount', data: user } },
      deposited: done,
      state: { accountValue: '5000.0' },
      placed: order(resting),
      openOfSub: [{ coin: 'ETH', sz: '0.2' }],
      openOfMaster: [],
      cancelled: cancel('success'),
      withdrawn: done,
      subAccounts: [
        {
          name: 'example123',
          subAccountUser: user,
          master: ALICE,
          clearinghouseState: { marginSummary: { accountValue: '3000.0' } },
        },
      ],
      tooMuch: { status: 'err' },
      role: { role: 'subAccount', data: { master: ALICE } },
      byStranger: { status: 'err' },
    });
  });

  test('basic_transfer: dollars reach the other account, and no more than there are', () => {
    const flow = told<{ before: string; after: string }>('basic_transfer');
    expect(usd(flow.after) - usd(flow.before)).toBeCloseTo(12.5, 6);
    expect(flow).toMatchObject({ sent: done, tooMuch: { status: 'err' } });
  });

  test('basic_spot_to_perp: dollars move between perpetuals, spot and another account', () => {
    const usdc = (total: string) => ({
      balances: expect.arrayContaining([expect.objectContaining({ coin: 'USDC', total })]),
    });
    expect(told('basic_spot_to_perp')).toMatchObject({
      toSpot: done,
      spot: usdc('101.25'),
      spotSent: done,
      spotOfOther: usdc('1.0'),
      toPerp: done,
      tooMuch: { status: 'err' },
    });
  });

  test('basic_send_asset: is sent to a dex that exists', () => {
    expect(told('basic_send_asset')).toMatchObject({ sent: done, unknownDex: { status: 'err' } });
  });

  test('basic_withdraw: money leaves with the fee of a withdrawal and is in the ledger', () => {
    const flow = told<{ before: string; after: string; ledger: unknown }>('basic_withdraw');
    expect(flow).toMatchObject({ withdrawn: done, tooMuch: { status: 'err' } });
    expect(usd(flow.before) - usd(flow.after)).toBeCloseTo(20, 6);
    expect(flow.ledger).toContainEqual(
      expect.objectContaining({ delta: expect.objectContaining({ type: 'withdraw' }) }),
    );
  });

  test('basic_builder_fee: a builder is paid what was approved and no more', () => {
    expect(told('basic_builder_fee')).toMatchObject({
      unapproved: refused('Builder fee has not been approved.'),
      approved: done,
      opened: order(filled('0.05')),
      aboveApproval: { status: 'err' },
      fills: [{ coin: 'ETH', builderFee: expect.stringMatching(/^0\.0\d+$/) }],
    });
  });

  test('basic_vault: a vault that nobody registered is unknown', () => {
    expect(told('basic_vault')).toMatchObject({
      order: refused('Vault not registered: 0x1719884eb866cb12b2287399b15f7db5e7d775ea'),
      transfer: refused('Vault not registered: 0x1719884eb866cb12b2287399b15f7db5e7d775ea'),
    });
  });

  test('basic_set_referrer: a code that nobody registered is unknown', () => {
    expect(told('basic_set_referrer')).toMatchObject({
      unknown: refused('Referral code not registered'),
      state: { referredBy: null },
    });
  });

  test('user_abstraction: perpetuals keep their own balance', () => {
    expect(told('user_abstraction')).toMatchObject({
      state: 'default',
      agentSet: { status: 'err' },
      userSet: done,
      after: 'disabled',
    });
  });

  test('a signer without an account is told its address', () => {
    const { address, ...answers } = told<{ address: string }>('unknown_signer');
    const words = refused(`User or API Wallet ${address} does not exist.`);
    expect(answers).toEqual({ order: words, transfer: words });
  });

  test('multi_sig: an account of two signers acts when both have signed', () => {
    expect(told('multi_sig')).toMatchObject({
      converted: done,
      signers: { authorizedUsers: expect.arrayContaining([ALICE, BOB]), threshold: 2 },
      placed: order(resting),
      tooFew: { status: 'err' },
      open: [{ coin: 'ETH', sz: '0.2' }],
      sent: done,
      alone: { status: 'err' },
      value: '4900.0',
    });
  });

  test('basic_ws: every channel tells, in order, what happens', () => {
    const flow = told<{ first: Record<string, { data: { isSnapshot?: true } }> }>('basic_ws');
    expect(flow).toMatchObject({
      quiet: [],
      updates: [
        ['open', '0.05'],
        ['filled', '0.0'],
        ['open', '0.05'],
        ['filled', '0.0'],
      ],
      fills: [
        [true, expect.any(Array)],
        [null, ['Open Long']],
        [null, ['Close Long']],
      ],
      unsubscribed: true,
    });
    for (const channel of ['userFills', 'userFundings', 'userNonFundingLedgerUpdates']) {
      expect([channel, flow.first[channel]?.data.isSnapshot]).toEqual([channel, true]);
    }
  });

  test('every question of Info gets an answer', () => {
    const shapes = told<Record<string, unknown>>('questions');
    expect(Object.keys(shapes)).toHaveLength(35);
    expect(shapes).toMatchObject({
      all_mids: expect.arrayContaining(['BTC', 'ETH', 'SOL', 'XRP']),
      candles_snapshot: ['list', 25, ['T', 'c', 'h', 'i', 'l', 'n', 'o', 's', 't', 'v']],
      query_user_abstraction_state: 'disabled',
      perp_dexs: ['list', 1, null],
    });
  });
});
