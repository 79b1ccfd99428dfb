import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Usd } from '../../../../domain/kernel/decimal.ts';
import { exchangeResponseSchema } from '../../../../gateways/hyperliquid/wire/exchange.ts';
import { addressOf, signL1Action } from '../../../../gateways/hyperliquid/wire/signing.ts';
import {
  signMultiSig,
  signUserAction,
} from '../../../../gateways/hyperliquid/wire/user-signing.ts';
import type { Log } from '../../../../gateways/paper-exchange/log.ts';
import { createActions } from '../../../../gateways/paper-exchange/protocol/actions.ts';
import { venueAction } from '../../../../gateways/paper-exchange/protocol/venue-action.ts';
import {
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../../gateways/paper-exchange/start.ts';
import { sentBodies } from '../../hyperliquid/wire/vectors.ts';

const ALICE_KEY = '0x0123456789012345678901234567890123456789012345678901234567890123';
const ALICE = addressOf(ALICE_KEY);
const BOB = '0xcd49bbac6e85fdeb167eb7ca41a945d2b8758f6f';
const CAROL = '0xe5ca49fb3bd9a581f0d1ef9cb5d7177da08bf901';

let running: RunningPaperExchange;
let answer: ReturnType<typeof createActions>;
const logged: unknown[] = [];

beforeAll(async () => {
  const write = (...line: unknown[]): number => logged.push(line);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  running = await startPaperExchange({
    speed: 'manual',
    log,
    fund: [ALICE, BOB, CAROL].map((account) => ({
      account: account as typeof ALICE,
      usd: '1000' as Usd,
    })),
  });
  answer = createActions(running.exchange, log);
});

afterAll(() => running.close());

const nonce = Date.now();
const approval = {
  type: 'approveAgent' as const,
  signatureChainId: '0x66eee',
  hyperliquidChain: 'Testnet' as const,
  agentAddress: '0x5e9ee1089755c3435139848e47e6635505d5a13a',
  agentName: 'bot',
  nonce,
};
const signature = signUserAction(approval, ALICE_KEY);
const sealed = { action: approval, nonce, signature };
const strangerPattern = /^User or API Wallet 0x[0-9a-f]{40} does not exist\.$/;

describe('an action', () => {
  test('of any type and any client is read, and its signer recognised', () => {
    for (const { name, body } of sentBodies) {
      const read = exchangeResponseSchema.safeParse(answer(body));
      const words = read.data?.status === 'err' ? read.data.response : '';
      expect([name, read.success, words]).toEqual([
        name,
        true,
        expect.not.stringMatching(/^User or API|recover|support (expiresAfter|vault)/),
      ]);
    }
  });

  test('that was changed after a wallet signed it is a stranger to the exchange', () => {
    const action = { ...approval, agentName: 'other' };
    expect(answer({ ...sealed, action })).toEqual({
      status: 'err',
      response: expect.stringMatching(strangerPattern),
    });
  });

  test('that no type names means nothing', () => {
    expect(answer({ ...sealed, action: { type: 'spotDeploy' } })).toBe('malformed');
    expect(answer(undefined)).toBe('malformed');
  });
});

describe('the envelope of an action that a wallet signed', () => {
  test.each([
    ['another nonce', { nonce: nonce + 1 }, /^Invalid nonce: /],
    ['an expiry', { expiresAfter: nonce + 60_000 }, /do not support expiresAfter\.$/],
    ['a vault', { vaultAddress: BOB }, /do not support vaultAddress\.$/],
  ])('may not carry %s, which the wallet did not sign', (_what, extra, words) => {
    expect(answer({ ...sealed, ...extra })).toEqual({
      status: 'err',
      response: expect.stringMatching(words),
    });
  });

  test('may carry nulls', () => {
    const response = answer({ ...sealed, expiresAfter: null, vaultAddress: null });
    expect(JSON.stringify(response)).not.toMatch(/nonce|support (expiresAfter|vault)/);
  });
});

describe('an envelope of several owners', () => {
  const seal = (outer: number) => ({
    ...signMultiSig({
      multiSigUser: BOB,
      action: { ...approval, nonce },
      privateKeys: [ALICE_KEY],
      signatureChainId: '0x66eee',
      chain: 'Testnet',
      nonce: outer,
    }),
    nonce: outer,
  });

  test('has the nonce of the action inside it', () => {
    expect(answer(seal(nonce + 1))).toEqual({
      status: 'err',
      response: expect.stringMatching(/^Invalid nonce: /),
    });
    expect(JSON.stringify(answer(seal(nonce)))).not.toContain('Invalid nonce');
  });

  test('is nobody when it declares another outer signer', () => {
    const { action } = seal(nonce);
    const payload = { ...action.payload, outerSigner: BOB };
    expect(answer({ ...seal(nonce), action: { ...action, payload } })).toEqual({
      status: 'err',
      response: 'Unable to recover signer.',
    });
  });
});

describe('what goes to the venue', () => {
  const AGENT_KEY = `0x${'12'.repeat(32)}`;
  const BOB_KEY = '0xe908f86dbb4d55ac876378565aafeabc187f6690f046459397b17d9b9a19688e';
  const CAROL_KEY = '0x822e9959e022b78423eb653a62ea0020cd283e71a2a8133a6ff2aeffaf373cff';
  const noop = { type: 'noop' as const };
  const chain = { signatureChainId: '0x66eee', hyperliquidChain: 'Testnet' as const };
  const noopOf = (privateKey: string, at: number, extra: object = {}) => {
    const options = { privateKey, action: noop, nonce: at, isMainnet: false, ...extra };
    return { action: noop, nonce: at, signature: signL1Action(options), ...extra };
  };

  test('lets an agent act from its approval on, and with the vault that it names', () => {
    expect(answer(noopOf(AGENT_KEY, nonce))).toMatchObject({ status: 'err' });
    const agentAddress = addressOf(AGENT_KEY);
    const action = { type: 'approveAgent' as const, ...chain, agentAddress, nonce: nonce + 60 };
    const envelope = { action, nonce: nonce + 60, signature: signUserAction(action, ALICE_KEY) };
    expect(answer(envelope)).toMatchObject({ status: 'ok' });
    expect(answer(noopOf(AGENT_KEY, nonce + 61))).toMatchObject({ status: 'ok' });
    expect(answer(noopOf(AGENT_KEY, nonce + 62, { vaultAddress: BOB }))).toEqual({
      status: 'err',
      response: `Vault not registered: ${BOB}`,
    });
  });

  test('lets several owners act once enough of them have signed', () => {
    const signers = JSON.stringify({ authorizedUsers: [ALICE, CAROL], threshold: 2 });
    const at = nonce + 70;
    const action = { type: 'convertToMultiSigUser' as const, ...chain, signers, nonce: at };
    const envelope = { action, nonce: at, signature: signUserAction(action, BOB_KEY) };
    expect(answer(envelope)).toMatchObject({ status: 'ok' });
    const signedBy = (privateKeys: readonly [string, ...string[]], outer: number) => ({
      ...signMultiSig({
        multiSigUser: BOB,
        action: noop,
        privateKeys,
        signatureChainId: '0x66eee',
        chain: 'Mainnet',
        nonce: outer,
      }),
      nonce: outer,
    });
    expect(answer(signedBy([ALICE_KEY, CAROL_KEY], at + 1))).toMatchObject({ status: 'ok' });
    expect(answer(signedBy([CAROL_KEY, CAROL_KEY], at + 2))).toMatchObject({ status: 'err' });
    expect(answer(noopOf(BOB_KEY, at + 3))).toMatchObject({ status: 'err' });
  });

  test('names a destination in lower case, whatever was signed', () => {
    const destination = '0x5E9EE1089755c3435139848e47e6635505d5a13A';
    const at = nonce + 80;
    const action = { type: 'usdSend' as const, ...chain, destination, amount: '1', time: at };
    const submitted = JSON.stringify(venueAction(action));
    expect(submitted).toContain(destination.toLowerCase());
    expect(submitted).not.toContain(destination);
  });
});

test('nothing that was signed with is ever logged', () => {
  const action = { type: 'noop' as const };
  const options = { privateKey: ALICE_KEY, action, nonce: nonce + 50, isMainnet: true };
  const signed = signL1Action(options);
  expect(answer({ action, nonce: nonce + 50, signature: signed })).toMatchObject({ status: 'ok' });
  const text = JSON.stringify(logged);
  expect(text).toContain(`"nonce":${nonce + 50}`);
  for (const { r, s } of [signed, signature]) {
    expect(text).not.toContain(r.slice(2));
    expect(text).not.toContain(s.slice(2));
  }
});
