/**
 * Answers of `POST /info` about what happened to an account: fills, funding, transfers, TWAPs and
 * the value of it all over time. Decimals stay text; extra keys are kept.
 */
import { z } from 'zod';
import { sideSchema } from './info-market.ts';
import { decimalText, unsignedInt } from './scalars.ts';

/** A fill; `fee` is positive when paid, `closedPnl` does not contain it, `tid` is unique per coin. */
export const fillSchema = z.looseObject({
  coin: z.string(),
  px: decimalText,
  sz: decimalText,
  side: sideSchema,
  time: unsignedInt,
  startPosition: decimalText,
  dir: z.string(),
  closedPnl: decimalText,
  hash: z.string(),
  oid: unsignedInt,
  /** Whether this side took liquidity. */
  crossed: z.boolean(),
  fee: decimalText,
  tid: unsignedInt,
  feeToken: z.string(),
  /** The TWAP that it is a slice of, if it is. */
  twapId: unsignedInt.nullish(),
  /** Part of the fee. */
  builderFee: decimalText.optional(),
  cloid: z.string().nullish(),
  liquidation: z
    .looseObject({ liquidatedUser: z.string(), markPx: decimalText, method: z.string() })
    .nullish(),
});

export const userFillsSchema = z.array(fillSchema);

/** What an account paid (negative) or got for one position in one hour. */
export const fundingDeltaSchema = z.looseObject({
  coin: z.string(),
  usdc: decimalText,
  szi: decimalText,
  fundingRate: decimalText,
  nSamples: unsignedInt.nullish(),
});

export const userFundingSchema = z.array(
  z.looseObject({
    time: unsignedInt,
    hash: z.string(),
    delta: fundingDeltaSchema.extend({ type: z.literal('funding') }),
  }),
);

/** Money in and out that is no trade and no funding; the type says which further keys there are. */
export const ledgerUpdateSchema = z.looseObject({
  time: unsignedInt,
  hash: z.string(),
  delta: z.looseObject({ type: z.string(), usdc: decimalText.optional() }),
});

export const ledgerUpdatesSchema = z.array(ledgerUpdateSchema);

export const twapStateSchema = z.looseObject({
  coin: z.string(),
  user: z.string(),
  side: sideSchema,
  sz: decimalText,
  executedSz: decimalText,
  executedNtl: decimalText,
  minutes: unsignedInt,
  reduceOnly: z.boolean(),
  randomize: z.boolean(),
  timestamp: unsignedInt,
});

/** `time` is in seconds, unlike everywhere else. */
export const twapHistoryEntrySchema = z.looseObject({
  time: unsignedInt,
  state: twapStateSchema,
  status: z.looseObject({ status: z.string(), description: z.string().optional() }),
  twapId: unsignedInt.optional(),
});

export const twapHistorySchema = z.array(twapHistoryEntrySchema);

export const twapSliceFillsSchema = z.array(
  z.looseObject({ fill: fillSchema, twapId: unsignedInt }),
);

const timeSeriesSchema = z.array(z.tuple([unsignedInt, decimalText]));
const periodSchema = <Name extends string>(name: Name) =>
  z.tuple([
    z.literal(name),
    z.looseObject({
      accountValueHistory: timeSeriesSchema,
      pnlHistory: timeSeriesSchema,
      vlm: decimalText,
    }),
  ]);

/** `perp…` leaves out the spot balances. */
export const portfolioSchema = z.tuple([
  periodSchema('day'),
  periodSchema('week'),
  periodSchema('month'),
  periodSchema('allTime'),
  periodSchema('perpDay'),
  periodSchema('perpWeek'),
  periodSchema('perpMonth'),
  periodSchema('perpAllTime'),
]);

export type UserFill = z.infer<typeof fillSchema>;
export type LedgerUpdate = z.infer<typeof ledgerUpdateSchema>;
export type TwapState = z.infer<typeof twapStateSchema>;
export type TwapHistoryEntry = z.infer<typeof twapHistoryEntrySchema>;
export type Portfolio = z.infer<typeof portfolioSchema>;
