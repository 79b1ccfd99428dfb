/** Cancels several orders by one signed action: for a halt, when every request counts. */
import type { PrivateKeyAccount } from 'viem';
import type { CancelMany } from '../../activities/ports/kill-switch.ts';
import type { CancelOutcome, VenuePort } from '../../activities/ports/venue.ts';
import type { VenueConnection } from './connection.ts';
import { withoutSignatures } from './connection.ts';
import { postSigned } from './exchange.ts';

/** See `CancelMany`. Only `cancelled` is proof. */
export function createCancelMany(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  assets: VenuePort['assets'],
): CancelMany {
  return async (orders, nonce) => {
    const all = (reason: string): CancelOutcome[] =>
      orders.map(() => ({ kind: 'unknown', reason }));
    try {
      const listed = await assets();
      const cancels = orders.map(({ asset, cloid }) => {
        const spec = listed.get(asset);
        if (spec === undefined) throw new RangeError(`asset ${asset} is not listed`);
        return { asset: spec.index, cloid };
      });
      const action = { type: 'cancelByCloid', cancels };
      const answer = await postSigned(connection, signer, { action, nonce });
      if (answer.status === 'err') return all(answer.response);
      if (answer.response.type !== 'cancel') return all('an answer without statuses');
      const { statuses } = answer.response.data;
      return orders.map((_order, index): CancelOutcome => {
        const status = statuses[index];
        if (status === undefined) return { kind: 'unknown', reason: 'an answer without a status' };
        if (status === 'success') return { kind: 'cancelled' };
        return { kind: 'notOpen', reason: withoutSignatures(status.error) };
      });
    } catch (fault) {
      return all(fault instanceof Error ? fault.message : String(fault));
    }
  };
}
