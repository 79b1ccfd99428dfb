/**
 * Answers of `POST /info` about markets. Decimals stay text; extra keys that the venue may add are
 * kept; a missing or misshapen field is refused with its name.
 */
import { z } from 'zod';
import { decimalText, unsignedInt } from './scalars.ts';

export const perpAssetSchema = z.looseObject({
  name: z.string(),
  szDecimals: unsignedInt,
  maxLeverage: unsignedInt,
  marginTableId: unsignedInt.optional(),
  onlyIsolated: z.boolean().optional(),
  isDelisted: z.boolean().optional(),
  marginMode: z.string().optional(),
});

export const marginTableSchema = z.looseObject({
  description: z.string(),
  marginTiers: z.array(z.looseObject({ lowerBound: decimalText, maxLeverage: unsignedInt })),
});

/** An asset's id is its index in `universe`. */
export const metaSchema = z.looseObject({
  universe: z.array(perpAssetSchema),
  marginTables: z.array(z.tuple([unsignedInt, marginTableSchema])).optional(),
  /** Index of the token that margin is paid in. */
  collateralToken: unsignedInt.optional(),
});

export const allPerpMetasSchema = z.array(metaSchema);

export const assetCtxSchema = z.looseObject({
  funding: decimalText,
  openInterest: decimalText,
  prevDayPx: decimalText,
  dayNtlVlm: decimalText,
  premium: decimalText.nullable(),
  oraclePx: decimalText,
  markPx: decimalText,
  midPx: decimalText.nullable(),
  impactPxs: z.tuple([decimalText, decimalText]).nullable(),
  dayBaseVlm: decimalText.optional(),
});

export const metaAndAssetCtxsSchema = z.tuple([metaSchema, z.array(assetCtxSchema)]);

/** Coin -> mid price; the last trade's price when there is no book. */
export const allMidsSchema = z.record(z.string(), decimalText);

export const bookLevelSchema = z.looseObject({ px: decimalText, sz: decimalText, n: unsignedInt });

/** Bids from the best down, then asks from the best up. */
export const l2BookSchema = z.looseObject({
  coin: z.string(),
  time: unsignedInt,
  levels: z.tuple([z.array(bookLevelSchema), z.array(bookLevelSchema)]),
  /** Only of a book that was joined to fewer figures. */
  spread: decimalText.optional(),
});

export const sideSchema = z.enum(['A', 'B']);

export const tradeSchema = z.looseObject({
  coin: z.string(),
  side: sideSchema,
  px: decimalText,
  sz: decimalText,
  time: unsignedInt,
  tid: unsignedInt,
  hash: z.string().optional(),
  /** Buyer and seller. */
  users: z.tuple([z.string(), z.string()]).optional(),
});

/** `t` is the open time and `T` the last millisecond, both in ms since 1970. */
export const candleSchema = z.looseObject({
  t: unsignedInt,
  T: unsignedInt,
  s: z.string(),
  i: z.string(),
  o: decimalText,
  c: decimalText,
  h: decimalText,
  l: decimalText,
  v: decimalText,
  n: unsignedInt,
});

export const candleSnapshotSchema = z.array(candleSchema);

export const fundingHistorySchema = z.array(
  z.looseObject({
    coin: z.string(),
    fundingRate: decimalText,
    premium: decimalText,
    time: unsignedInt,
  }),
);

export const exchangeStatusSchema = z.looseObject({
  time: unsignedInt,
  specialStatuses: z.unknown(),
});

/** By coin: what each venue's next funding is expected to be, null when it does not list it. */
export const predictedFundingsSchema = z.array(
  z.tuple([
    z.string(),
    z.array(
      z.tuple([
        z.string(),
        z
          .looseObject({
            fundingRate: decimalText,
            nextFundingTime: unsignedInt,
            fundingIntervalHours: unsignedInt.optional(),
          })
          .nullable(),
      ]),
    ),
  ]),
);

/** From this maximum leverage on, a market order may be worth this many USD. */
export const maxMarketOrderNtlsSchema = z.array(z.tuple([unsignedInt, decimalText]));

/** Null for the first dex, which has no name. */
export const perpDexsSchema = z.array(
  z
    .looseObject({
      name: z.string(),
      fullName: z.string(),
      deployer: z.string(),
      oracleUpdater: z.string().nullable(),
    })
    .nullable(),
);

export const spotTokenSchema = z.looseObject({
  name: z.string(),
  szDecimals: unsignedInt,
  weiDecimals: unsignedInt,
  index: unsignedInt,
  tokenId: z.string(),
  isCanonical: z.boolean(),
  evmContract: z.unknown(),
  fullName: z.string().nullable(),
  deployerTradingFeeShare: decimalText.optional(),
});

export const spotMetaSchema = z.looseObject({
  tokens: z.array(spotTokenSchema),
  universe: z.array(
    z.looseObject({
      name: z.string(),
      tokens: z.tuple([unsignedInt, unsignedInt]),
      index: unsignedInt,
      isCanonical: z.boolean(),
    }),
  ),
});

export const spotAssetCtxSchema = z.looseObject({
  prevDayPx: decimalText,
  dayNtlVlm: decimalText,
  markPx: decimalText,
  midPx: decimalText.nullable(),
  circulatingSupply: decimalText,
  coin: z.string(),
  totalSupply: decimalText.optional(),
  dayBaseVlm: decimalText.optional(),
});

export const spotMetaAndAssetCtxsSchema = z.tuple([spotMetaSchema, z.array(spotAssetCtxSchema)]);

export type Meta = z.infer<typeof metaSchema>;
export type PerpAsset = z.infer<typeof perpAssetSchema>;
export type AssetCtx = z.infer<typeof assetCtxSchema>;
export type L2Book = z.infer<typeof l2BookSchema>;
export type BookLevel = z.infer<typeof bookLevelSchema>;
export type Trade = z.infer<typeof tradeSchema>;
export type Candle = z.infer<typeof candleSchema>;
