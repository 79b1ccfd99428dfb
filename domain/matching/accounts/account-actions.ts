/**
 * Actions about accounts and their money rather than about orders: agents, sub-accounts, transfers,
 * isolated margin, fees, requests. The wire's keys; amounts as text are plain decimals of USDC.
 * Actions that only a wallet can sign carry further keys on the wire, which nothing here reads.
 */

export type AccountAction =
  | { readonly type: 'approveAgent'; readonly agentAddress: string; readonly agentName?: string }
  | { readonly type: 'createSubAccount'; readonly name: string }
  | {
      readonly type: 'subAccountTransfer';
      readonly subAccountUser: string;
      readonly isDeposit: boolean;
      /** Whole millionths of a USD. */
      readonly usd: number;
    }
  | {
      readonly type: 'subAccountSpotTransfer';
      readonly subAccountUser: string;
      readonly isDeposit: boolean;
      readonly token: string;
      readonly amount: string;
    }
  | {
      readonly type: 'vaultTransfer';
      readonly vaultAddress: string;
      readonly isDeposit: boolean;
      readonly usd: number;
    }
  | {
      readonly type: 'usdSend';
      readonly destination: string;
      readonly amount: string;
      readonly time: number;
    }
  | {
      readonly type: 'spotSend';
      readonly destination: string;
      readonly token: string;
      readonly amount: string;
      readonly time: number;
    }
  | {
      readonly type: 'withdraw3';
      readonly destination: string;
      readonly amount: string;
      readonly time: number;
    }
  /** A sub-account's amount reads `12.5 subaccount:0x…`. */
  | { readonly type: 'usdClassTransfer'; readonly amount: string; readonly toPerp: boolean }
  | SendAssetAction<'sendAsset'>
  | SendAssetAction<'agentSendAsset'>
  | {
      readonly type: 'updateIsolatedMargin';
      readonly asset: number;
      /** Whole millionths of a USD; negative takes margin out. */
      readonly ntli: number;
    }
  | { readonly type: 'topUpIsolatedOnlyMargin'; readonly asset: number; readonly leverage: string }
  /** `maxFeeRate` in per cent, as `0.01%`. */
  | { readonly type: 'approveBuilderFee'; readonly maxFeeRate: string; readonly builder: string }
  | { readonly type: 'setReferrer'; readonly code: string }
  | {
      readonly type: 'reserveRequestWeight';
      readonly weight: number;
      readonly destination?: string;
    }
  /** `signers` is JSON: `{"authorizedUsers":[…],"threshold":2}`, or `null` to undo it. */
  | { readonly type: 'convertToMultiSigUser'; readonly signers: string }
  | {
      readonly type: 'userSetAbstraction';
      readonly user: string;
      readonly abstraction: AbstractionLetter;
    }
  | { readonly type: 'userDexAbstraction'; readonly user: string; readonly enabled: boolean }
  | { readonly type: 'agentSetAbstraction'; readonly abstraction: AbstractionLetter }
  | { readonly type: 'tokenDelegate' }
  | { readonly type: 'evmUserModify'; readonly usingBigBlocks: boolean };

/** `i` disabled, `u` unified account, `p` portfolio margin. */
export type AbstractionLetter = 'i' | 'u' | 'p';

/** Dexes: `""` the perpetuals, `"spot"` the spot balances. `fromSubAccount` is empty or an address. */
export interface SendAssetAction<Type extends string> {
  readonly type: Type;
  readonly destination: string;
  readonly sourceDex: string;
  readonly destinationDex: string;
  readonly token: string;
  readonly amount: string;
  readonly fromSubAccount: string;
  readonly nonce: number;
}

/** What a wallet signs as readable text: an agent may never do these. */
export const USER_SIGNED_TYPES: ReadonlySet<string> = new Set([
  'approveAgent',
  'usdSend',
  'spotSend',
  'withdraw3',
  'usdClassTransfer',
  'sendAsset',
  'approveBuilderFee',
  'convertToMultiSigUser',
  'userSetAbstraction',
  'userDexAbstraction',
  'tokenDelegate',
] satisfies AccountAction['type'][]);
