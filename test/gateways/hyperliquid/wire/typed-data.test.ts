import { describe, expect, test } from '@jest/globals';
import * as sdk from '@nktkas/hyperliquid/api/exchange';
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { hashTypedData } from 'viem';
import { accountAddress } from '../../../../domain/kernel/ids.ts';
import { domainSeparator, structHasher } from '../../../../gateways/hyperliquid/wire/typed-data.ts';
import {
  userActionDigest,
  userActionSchema,
} from '../../../../gateways/hyperliquid/wire/user-actions.ts';

const hexDigits = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdefABCDEF'), { minLength: length, maxLength: length })
    .map((digits) => `0x${digits.join('')}` as const);
const anAddressText = hexDigits(40);
/** viem takes no mixed case that is no checksum. */
const anAddress = anAddressText.map((text) => text.toLowerCase());
const anAmount = fc.tuple(fc.nat(), fc.nat()).map(([whole, part]) => `${whole}.${part}`);
const aText = fc.string({ maxLength: 40, unit: 'binary' });
const aNonce = fc.maxSafeNat();

/** The SDK's own table of what is signed, and any values for it, by action. */
const forms: Readonly<Record<string, [types: object, fields: fc.Arbitrary<object>]>> = {
  usdSend: [
    sdk.UsdSendTypes,
    fc.record({ destination: anAddressText, amount: anAmount, time: aNonce }),
  ],
  spotSend: [
    sdk.SpotSendTypes,
    fc.record({ destination: anAddressText, token: aText, amount: anAmount, time: aNonce }),
  ],
  withdraw3: [
    sdk.Withdraw3Types,
    fc.record({ destination: anAddressText, amount: anAmount, time: aNonce }),
  ],
  usdClassTransfer: [
    sdk.UsdClassTransferTypes,
    fc.record({ amount: anAmount, toPerp: fc.boolean(), nonce: aNonce }),
  ],
  sendAsset: [
    sdk.SendAssetTypes,
    fc.record({
      destination: anAddressText,
      sourceDex: aText,
      destinationDex: aText,
      token: aText,
      amount: anAmount,
      fromSubAccount: fc.oneof(fc.constant(''), anAddressText),
      nonce: aNonce,
    }),
  ],
  approveAgent: [
    sdk.ApproveAgentTypes,
    fc.record({ agentAddress: anAddress, agentName: aText, nonce: aNonce }),
  ],
  approveBuilderFee: [
    sdk.ApproveBuilderFeeTypes,
    fc.record({
      maxFeeRate: anAmount.map((amount) => `${amount}%`),
      builder: anAddress,
      nonce: aNonce,
    }),
  ],
  tokenDelegate: [
    sdk.TokenDelegateTypes,
    fc.record({ validator: anAddress, wei: aNonce, isUndelegate: fc.boolean(), nonce: aNonce }),
  ],
  userSetAbstraction: [
    sdk.UserSetAbstractionTypes,
    fc.record({
      user: anAddress,
      abstraction: fc.constantFrom('disabled', 'unifiedAccount', 'portfolioMargin'),
      nonce: aNonce,
    }),
  ],
  userDexAbstraction: [
    sdk.UserDexAbstractionTypes,
    fc.record({ user: anAddress, enabled: fc.boolean(), nonce: aNonce }),
  ],
  convertToMultiSigUser: [
    sdk.ConvertToMultiSigUserTypes,
    fc.record({ signers: aText, nonce: aNonce }),
  ],
};

const contract = '0x0000000000000000000000000000000000000000';
const shared = {
  multiSigUser: accountAddress('0x1719884EB866cb12b2287399B15f7db5e7d775eA'),
  outerSigner: accountAddress('0x14791697260E4c9A71f18484C9f997B308e59325'),
};
const sharedFields = [
  { name: 'payloadMultiSigUser', type: 'address' },
  { name: 'outerSigner', type: 'address' },
];

describe('the digest of a user-signed action', () => {
  test('is tried for every action', () => {
    const types = userActionSchema.options.map(({ shape }) => shape.type.value);
    expect(Object.keys(forms).sort()).toEqual([...types].sort());
  });

  test.each(Object.entries(forms))(
    'is the one that viem makes, for one owner and for several: %s',
    (type, [types, fields]) => {
      fc.assert(
        fc.property(
          fields,
          fc.constantFrom('Mainnet', 'Testnet'),
          fc.nat(),
          (message, hyperliquidChain, chainId) => {
            const signatureChainId = `0x${chainId.toString(16)}`;
            const values = { hyperliquidChain, ...message };
            const action = userActionSchema.parse({ type, signatureChainId, ...values });
            const [[primaryType, own]] = Object.entries(types) as [[string, object[]]];
            const digestOf = (signed: unknown[], extra: object) =>
              hashTypedData({
                domain: {
                  name: 'HyperliquidSignTransaction',
                  version: '1',
                  chainId,
                  verifyingContract: contract,
                },
                types: { [primaryType]: signed } as Record<string, never[]>,
                primaryType,
                message: { ...values, ...extra },
              });
            expect(`0x${bytesToHex(userActionDigest(action))}`).toBe(digestOf(own, {}));
            const [chainField, ...rest] = own;
            expect(`0x${bytesToHex(userActionDigest(action, shared))}`).toBe(
              digestOf([chainField, ...sharedFields, ...rest], {
                payloadMultiSigUser: shared.multiSigUser,
                outerSigner: shared.outerSigner,
              }),
            );
          },
        ),
        { numRuns: 25 },
      );
    },
  );
});

describe('typed data', () => {
  test('of L1 actions lies in the domain that the reference gives', () => {
    expect(bytesToHex(domainSeparator('Exchange', 1337))).toBe(
      'd79297fcdf2ffcd4ae223d01edaa2ba214ff8f401d7c9300d995d17c82aa4040',
    );
  });

  test('is refused when a field is missing or of an unknown type', () => {
    const hash = structHasher('Order(string coin,uint64 nonce)');
    expect(() => hash({ coin: 'BTC' })).toThrow('nonce must be given');
    expect(() => structHasher('Order(int8 coin)')).toThrow('int8 is no known field type');
  });
});
