import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { usd } from '../../../domain/kernel/decimal.ts';
import { accountAddress, type Cloid, deploymentTag } from '../../../domain/kernel/ids.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import { createRecoveryReader } from '../../../gateways/ledger/recovery.ts';
import {
  ACCOUNT,
  cloidOf,
  draftOf,
  startTestLedger,
  type TestLedger,
  venueFill,
} from './test-ledger.ts';

const TAG = deploymentTag('test');
const ours = (digit: string): Cloid => `0x${TAG}${digit.repeat(24)}` as Cloid;
const OTHER = accountAddress(`0x${'c'.repeat(40)}`);

let opened: TestLedger;
beforeAll(async () => {
  opened = await startTestLedger();
});
afterAll(() => opened.close());

const parts = () => ({
  ledger: createLedger(opened.pool),
  recovery: createRecoveryReader(opened.pool),
});

describe('what recovery reads of the ledger', () => {
  test('sessions come with the assets that they trade', async () => {
    const { ledger, recovery } = parts();
    const row = { account: ACCOUNT, name: 'demo', workflowId: 'session:demo', updatedMs: 5 };
    await ledger.recordSession({ ...row, status: 'running', config: { assets: ['BTC', 'ETH'] } });
    expect(await recovery.sessions(ACCOUNT)).toEqual([
      { name: 'demo', workflowId: 'session:demo', status: 'running', assets: ['BTC', 'ETH'] },
    ]);
    expect(await recovery.sessions(OTHER)).toEqual([]);
  });

  test('forgotten are assets whose executions carry our tag, but no envelope is stored', async () => {
    const { ledger, recovery } = parts();
    await ledger.prepareEnvelope(draftOf('known', { cloid: ours('1') }));
    await ledger.recordFills(ACCOUNT, [
      venueFill(1, { cloid: ours('1'), asset: 'BTC' }),
      venueFill(2, { cloid: ours('2'), asset: 'ETH' }),
      venueFill(3, { cloid: cloidOf('foreign'), asset: 'SOL' }),
      venueFill(4, { asset: 'XRP' }),
    ]);
    expect(await recovery.forgottenAssets(ACCOUNT, TAG)).toEqual(['ETH']);
  });

  test('cash flows are realised profit less fees plus funding', async () => {
    const { ledger, recovery } = parts();
    expect(await recovery.cashFlowsUsd(OTHER)).toBe('0');
    await ledger.recordFills(OTHER, [
      venueFill(1, { closedPnlUsd: usd('10.5'), feeUsd: usd('0.25') }),
      venueFill(2, { closedPnlUsd: usd('-3'), feeUsd: usd('-0.05') }),
    ]);
    const payment = { timeMs: 1, asset: 'BTC', sizeBase: venueFill(1).sizeBase };
    await ledger.recordFunding(OTHER, [
      { ...payment, amountUsd: usd('-0.125'), ratePerHour: '0.00001' },
    ]);
    expect(await recovery.cashFlowsUsd(OTHER)).toBe('7.175');
  });

  test('the last balance is one that was explained, or whose gap was reported', async () => {
    const { ledger, recovery } = parts();
    const told = (atMs: number, balance: object | undefined, differences: object[] = []) =>
      ledger.recordReconciliation(ACCOUNT, atMs, { balance, differences });
    const last = () => recovery.lastBalance(ACCOUNT, '0.01');
    await told(1, undefined);
    expect(await last()).toBeUndefined();
    await told(2, { cashUsd: '100', flowsUsd: '0' });
    expect(await last()).toEqual({ cashUsd: '100', flowsUsd: '0' });
    await told(3, { cashUsd: '99', flowsUsd: '0', unexplainedUsd: '-1' });
    expect(await last()).toEqual({ cashUsd: '100', flowsUsd: '0' });
    await told(4, { cashUsd: '101', flowsUsd: '1', unexplainedUsd: '0.001' });
    expect(await last()).toEqual({ cashUsd: '101', flowsUsd: '1' });
    const gap = { kind: 'balanceMismatch', subject: '-51.00 USD' };
    await told(5, { cashUsd: '50', flowsUsd: '1', unexplainedUsd: '-51' }, [gap]);
    expect(await last()).toEqual({ cashUsd: '50', flowsUsd: '1' });
  });
});
