/** What a venue shows of an account, as a rebuild reads it: fixed facts, and statuses that tests set. */
import type {
  FundingPayment,
  VenueAccount,
  VenueFill,
  VenueOrderStatus,
} from '../../../activities/ports/venue.ts';
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import type { Cloid } from '../../../domain/kernel/ids.ts';
import type { VenueReads } from '../../../gateways/ledger/rebuild-types.ts';
import { NOW_MS, venueFill } from '../../gateways/ledger/test-ledger.ts';

export const FUNDING: FundingPayment = {
  timeMs: NOW_MS,
  asset: 'BTC',
  amountUsd: usd('-0.12'),
  sizeBase: sizeBase('0.02'),
  ratePerHour: '0.0000125',
};

export const HELD: VenueAccount = {
  equityUsd: usd('9990'),
  notionalUsd: usd('1800'),
  marginUsedUsd: usd('600'),
  withdrawableUsd: usd('9390'),
  positions: [
    {
      asset: 'BTC',
      sizeBase: sizeBase('0.02'),
      entryPx: px('60000.5'),
      valueUsd: usd('1800'),
      unrealizedPnlUsd: usd('0'),
      marginUsedUsd: usd('600'),
      leverage: 3,
    },
  ],
  asOfMs: NOW_MS,
};

export interface Shown extends VenueReads {
  readonly fills: readonly VenueFill[];
  readonly statuses: Map<Cloid, VenueOrderStatus>;
}

export function shownVenue(): Shown {
  const fills = [venueFill(1), venueFill(2)];
  const statuses = new Map<Cloid, VenueOrderStatus>();
  return {
    fills,
    statuses,
    account: async () => HELD,
    fillsSince: async () => fills,
    fundingSince: async () => [FUNDING],
    orderStatus: async (_account, cloid) => statuses.get(cloid),
  };
}
