/** The venue's own dead-man's switch: at a time set in advance it cancels every open order. */
import type { PrivateKeyAccount } from 'viem';
import type { VenueConnection } from './connection.ts';
import { postSigned } from './exchange.ts';

/**
 * Sets the time, at least 5 s ahead on the venue's clock, or takes it back.
 * @returns the venue's words when it refuses
 * @throws VenueUnreachable, VenueDataCorrupt, RateLimited
 */
export async function scheduleCancel(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  timeMs: number | undefined,
  nonce: number,
): Promise<string | undefined> {
  const action = { type: 'scheduleCancel', ...(timeMs === undefined ? {} : { time: timeMs }) };
  const answer = await postSigned(connection, signer, { action, nonce });
  return answer.status === 'ok' ? undefined : answer.response;
}
