/** The venue's own count of an account's requests, and what the account has traded. */
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import type { VenueConnection } from '../connection.ts';
import { userRateLimitSchema } from '../wire/info-account.ts';
import type { AddressUse } from './address-meter.ts';

/** @throws VenueUnreachable, VenueDataCorrupt, RateLimited */
export async function readAddressUse(
  connection: VenueConnection,
  user: AccountAddress,
): Promise<AddressUse & { readonly tradedUsd: string }> {
  const answer = await connection.info({ type: 'userRateLimit', user }, userRateLimitSchema);
  const surplus = answer.nRequestsSurplus ?? 0;
  return {
    used: answer.nRequestsUsed,
    cap: answer.nRequestsCap + surplus,
    tradedUsd: answer.cumVlm,
  };
}
