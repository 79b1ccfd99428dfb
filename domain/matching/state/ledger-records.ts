/**
 * Money that moved other than by trades and funding: exactly the rows of
 * `userNonFundingLedgerUpdates`. Amounts are unsigned wire text in USDC.
 */

interface Transfer {
  readonly user: string;
  readonly destination: string;
}

/** What a transfer of a token says besides from whom to whom. */
interface TokenAmount extends Transfer {
  readonly token: 'USDC';
  readonly amount: string;
  readonly usdcValue: string;
  readonly fee: string;
  readonly nativeTokenFee: '0.0';
  readonly nonce: number | null;
  readonly feeToken: string;
}

export type LedgerDelta =
  | { readonly type: 'deposit'; readonly usdc: string }
  | {
      readonly type: 'withdraw';
      /** What arrives; the fee came off before. */
      readonly usdc: string;
      readonly nonce: number;
      readonly fee: string;
    }
  | { readonly type: 'accountClassTransfer'; readonly usdc: string; readonly toPerp: boolean }
  | ({
      readonly type: 'internalTransfer';
      readonly usdc: string;
      readonly fee: string;
    } & Transfer)
  | ({ readonly type: 'subAccountTransfer'; readonly usdc: string } & Transfer)
  | ({ readonly type: 'spotTransfer' } & TokenAmount)
  | ({
      readonly type: 'send';
      readonly sourceDex: string;
      readonly destinationDex: string;
    } & TokenAmount)
  | {
      readonly type: 'liquidation';
      readonly liquidatedNtlPos: string;
      readonly accountValue: string;
      readonly leverageType: 'Cross' | 'Isolated';
      readonly liquidatedPositions: readonly { readonly coin: string; readonly szi: string }[];
    };

export interface LedgerUpdate {
  readonly time: number;
  readonly hash: string;
  readonly delta: LedgerDelta;
}
