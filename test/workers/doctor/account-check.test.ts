import { describe, expect, test } from '@jest/globals';
import { checkAccount } from '../../../workers/doctor/account-check.ts';
import { exchange } from './answering-exchange.ts';

const MASTER = `0x${'a'.repeat(40)}`;
const AGENT = `0x${'b'.repeat(40)}`;
const OTHER = `0x${'c'.repeat(40)}`;

const margin = (usd: string) => ({
  accountValue: usd,
  totalNtlPos: '0.0',
  totalRawUsd: usd,
  totalMarginUsed: '0.0',
});
const perpetuals = (usd: string) => ({
  marginSummary: margin(usd),
  crossMarginSummary: margin(usd),
  crossMaintenanceMarginUsed: '0.0',
  withdrawable: usd,
  assetPositions: [],
  time: 1,
});
const spot = (usdc: string) => ({
  balances: [{ coin: 'USDC', token: 0, total: usdc, hold: '0.0', entryNtl: '0.0' }],
});

interface Venue {
  readonly roles?: Readonly<Record<string, object>>;
  readonly perpetualsUsd?: string;
  readonly spotUsdc?: string;
  readonly mode?: string;
}

/** What doctor says of an account at an exchange that knows a master and its agent. */
async function examine(venue: Venue, account: string | undefined, signer: string) {
  const roles: Readonly<Record<string, object>> = {
    [MASTER]: { role: 'user' },
    [AGENT]: { role: 'agent', data: { user: MASTER } },
    ...venue.roles,
  };
  const exchangeUrl = await exchange({
    userRole: (user) => roles[user] ?? { role: 'missing' },
    clearinghouseState: () => perpetuals(venue.perpetualsUsd ?? '100.0'),
    spotClearinghouseState: () => spot(venue.spotUsdc ?? '0.0'),
    userAbstraction: () => venue.mode ?? 'disabled',
  });
  return checkAccount({ account, signer }, { exchangeUrl }, 'expected');
}

// FT-11559, HB-8165, NT-4010: a balance of 0 whose cause nobody told.
describe('doctor tells whose account is traded and what it has', () => {
  test.each<[string, Venue, string | undefined, string, string, string]>([
    ['its own key', {}, undefined, MASTER, 'ok', `${MASTER} has 100 USD for perpetuals`],
    ['an approved agent', {}, MASTER, AGENT, 'ok', `${MASTER} has 100 USD for perpetuals`],
    ['an agent taken for the account', {}, undefined, AGENT, 'fail', `is an agent of ${MASTER}`],
    [
      'an agent of somebody else',
      { roles: { [AGENT]: { role: 'agent', data: { user: OTHER } } } },
      MASTER,
      AGENT,
      'fail',
      `signed by ${AGENT}, which is an agent of ${OTHER}`,
    ],
    ['a key nobody approved', {}, MASTER, OTHER, 'fail', 'which is no agent (missing)'],
    ['an account nobody funded', {}, undefined, OTHER, 'fail', 'the exchange has never seen it'],
    [
      'a sub-account',
      { roles: { [OTHER]: { role: 'subAccount', data: { master: MASTER } } } },
      OTHER,
      AGENT,
      'fail',
      `a sub-account of ${MASTER}`,
    ],
    ['a vault', { roles: { [OTHER]: { role: 'vault' } } }, OTHER, AGENT, 'fail', 'is a vault'],
    [
      'USDC in spot',
      { perpetualsUsd: '0.0', spotUsdc: '52.5' },
      MASTER,
      AGENT,
      'warn',
      '0 USD for perpetuals and 52.5 USDC in spot',
    ],
    [
      'a unified account',
      { perpetualsUsd: '0.0', spotUsdc: '52.5', mode: 'unifiedAccount' },
      MASTER,
      AGENT,
      'fail',
      'is in mode unifiedAccount',
    ],
  ])('%s', async (_what, venue, account, signer, status, detail) => {
    const check = await examine(venue, account, signer);
    expect(check).toMatchObject({ status, detail: expect.stringContaining(detail) });
    expect(check.mend === undefined).toBe(status === 'ok');
  });

  test('an exchange that answers something else is unreachable, not a verdict', async () => {
    const exchangeUrl = await exchange({ userRole: () => ({ role: 'emperor' }) });
    const check = await checkAccount(
      { account: MASTER, signer: MASTER },
      { exchangeUrl },
      'expected',
    );
    expect(check).toMatchObject({
      status: 'fail',
      unreachable: true,
      detail: expect.stringContaining('userRole'),
    });
  });
});
