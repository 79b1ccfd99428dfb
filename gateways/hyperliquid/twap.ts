/** The venue's own TWAPs: start one, look at them, cancel one. Implements `VenueTwapPort`. */
import type { PrivateKeyAccount } from 'viem';
import { z } from 'zod';
import type { Envelope } from '../../activities/ports/envelope.ts';
import { RateLimited } from '../../activities/ports/errors.ts';
import type { CancelOutcome } from '../../activities/ports/venue.ts';
import type { TwapSendOutcome, VenueTwapPort } from '../../activities/ports/venue-twap.ts';
import { minutesOf } from '../../domain/execution/parents/venue-twap.ts';
import { isTerminalTwap, type VenueTwap } from '../../domain/execution/venue-twap/twap-facts.ts';
import { sizeBase, usd } from '../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import type { VenueConnection } from './connection.ts';
import { withoutSignatures } from './connection.ts';
import { isFinalRefusal, postSigned } from './exchange.ts';
import { canonicalAction } from './wire/actions.ts';
import type { ExchangeResponse } from './wire/exchange.ts';
import {
  type TwapHistoryEntry,
  twapHistorySchema,
  twapStateSchema,
} from './wire/info-account-history.ts';
import { unsignedInt } from './wire/scalars.ts';

/** Of all that this answer has, the part about TWAPs that run. */
const runningSchema = z.looseObject({
  twapStates: z.array(z.tuple([unsignedInt, twapStateSchema])),
});

const messageOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : String(fault);

function readSend(answer: ExchangeResponse): TwapSendOutcome {
  if (answer.status === 'err') {
    const reason = answer.response;
    return isFinalRefusal(reason) ? { kind: 'rejected', reason } : { kind: 'unknown', reason };
  }
  if (answer.response.type !== 'twapOrder') {
    return { kind: 'unknown', reason: `an answer of type ${answer.response.type}` };
  }
  const { status } = answer.response.data;
  if ('running' in status) {
    const { twapId } = status.running as { readonly twapId: number };
    return { kind: 'running', twapId };
  }
  return { kind: 'rejected', reason: withoutSignatures(String(status.error)) };
}

async function sendTwap(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  envelope: Envelope,
): Promise<TwapSendOutcome> {
  try {
    return readSend(await postSigned(connection, signer, envelope));
  } catch (fault) {
    // Turned away by our own governor: it has not left.
    if (fault instanceof RateLimited)
      return { kind: 'rejected', reason: `not sent: ${fault.message}` };
    return { kind: 'unknown', reason: messageOf(fault) };
  }
}

async function cancelTwap(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  assetIndex: number,
  twapId: number,
  nonce: number,
): Promise<CancelOutcome> {
  const action = canonicalAction({ type: 'twapCancel', a: assetIndex, t: twapId });
  try {
    const answer = await postSigned(connection, signer, { action: { ...action }, nonce });
    if (answer.status === 'err') return { kind: 'unknown', reason: answer.response };
    if (answer.response.type !== 'twapCancel') {
      return { kind: 'unknown', reason: `an answer of type ${answer.response.type}` };
    }
    const { status } = answer.response.data;
    if (status === 'success') return { kind: 'cancelled' };
    return { kind: 'notOpen', reason: withoutSignatures(status.error) };
  } catch (fault) {
    return { kind: 'unknown', reason: messageOf(fault) };
  }
}

const placeOf = ({ coin, timestamp }: TwapHistoryEntry['state']): string => `${coin}:${timestamp}`;

function twapOf(twapId: number, { state, status }: TwapHistoryEntry): VenueTwap {
  const { description } = status;
  return {
    twapId,
    asset: state.coin,
    side: state.side === 'B' ? 'buy' : 'sell',
    sizeBase: sizeBase(state.sz),
    minutes: state.minutes,
    reduceOnly: state.reduceOnly,
    randomize: state.randomize,
    placedMs: state.timestamp,
    executedBase: sizeBase(state.executedSz),
    executedUsd: usd(state.executedNtl),
    status: status.status,
    ...(description === undefined ? {} : { description }),
  };
}

/**
 * The history has an entry for each change of each TWAP; those that run are shown with what they have
 * executed by now elsewhere. Some entries of the history carry no id: it is told by coin and time.
 */
async function readTwaps(
  connection: VenueConnection,
  user: AccountAddress,
): Promise<readonly VenueTwap[]> {
  const [history, { twapStates }] = await Promise.all([
    connection.info({ type: 'twapHistory', user }, twapHistorySchema),
    connection.info({ type: 'webData2', user }, runningSchema),
  ]);
  const idAt = new Map(twapStates.map(([id, state]) => [placeOf(state), id]));
  for (const { state, twapId } of history) {
    if (twapId !== undefined) idAt.set(placeOf(state), twapId);
  }
  const found = new Map<number, VenueTwap>();
  const keep = (twap: VenueTwap): void => {
    const known = found.get(twap.twapId);
    if (known === undefined || !isTerminalTwap(known)) found.set(twap.twapId, twap);
  };
  for (const entry of history.toSorted((a, b) => a.time - b.time)) {
    const id = entry.twapId ?? idAt.get(placeOf(entry.state));
    if (id !== undefined) keep(twapOf(id, entry));
  }
  for (const [id, state] of twapStates) {
    const status = { status: found.get(id)?.status ?? 'activated' };
    keep(twapOf(id, { time: 0, state, status }));
  }
  return [...found.values()];
}

/** What runs, or waits for its price, which this answer does not tell apart. */
async function readRunning(
  connection: VenueConnection,
  user: AccountAddress,
): Promise<readonly VenueTwap[]> {
  const { twapStates } = await connection.info({ type: 'webData2', user }, runningSchema);
  return twapStates.map(([id, state]) =>
    twapOf(id, { time: 0, state, status: { status: 'activated' } }),
  );
}

/** @param signer whose account, or agent's, the TWAPs are */
export function createVenueTwaps(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
): VenueTwapPort {
  return {
    twapAction: (asset, spec) => ({
      ...canonicalAction({
        type: 'twapOrder',
        twap: {
          a: asset.index,
          b: spec.side === 'buy',
          s: spec.sizeBase,
          r: spec.reduceOnly,
          m: minutesOf(spec),
          t: spec.randomize,
        },
      }),
    }),
    sendTwap: (envelope) => sendTwap(connection, signer, envelope),
    twaps: (account) => readTwaps(connection, account),
    runningTwaps: (account) => readRunning(connection, account),
    cancelTwap: (asset, twapId, nonce) =>
      cancelTwap(connection, signer, asset.index, twapId, nonce),
  };
}
