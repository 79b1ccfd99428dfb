/**
 * What takes orders out of the market without Temporal: one signer's connection to the venue, and
 * nonces. It needs neither workers nor ledger to be alive, and never opens anything.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { privateKeyToAccount } from 'viem/accounts';
import type { TwapPorts } from '../activities/cancel-twaps.ts';
import type { EntryPorts } from '../activities/kill-switch.activities.ts';
import type { LedgerPort } from '../activities/ports/ledger.ts';
import type { VenuePort } from '../activities/ports/venue.ts';
import type { SigningKey } from '../config/keystore.ts';
import type { WorkerConfig } from '../config/worker-env.ts';
import { type AccountAddress, accountAddress, deploymentTag } from '../domain/kernel/ids.ts';
import { createCancelMany } from '../gateways/hyperliquid/cancel-many.ts';
import type { VenueConnection } from '../gateways/hyperliquid/connection.ts';
import { scheduleCancel } from '../gateways/hyperliquid/schedule-cancel.ts';
import { createVenueTwaps } from '../gateways/hyperliquid/twap.ts';
import { createVenue } from '../gateways/hyperliquid/venue.ts';
import { createNoteCancels } from '../gateways/ledger/cancel-notes.ts';
import { createLedger } from '../gateways/ledger/ledger.ts';
import { openLedgerPool } from '../gateways/ledger/pool.ts';
import { createTwapLedger } from '../gateways/ledger/twaps.ts';
import { connectGoverned } from './governed-connection.ts';

export interface EmergencyLane extends EntryPorts, TwapPorts {
  readonly account: AccountAddress;
  readonly signer: AccountAddress;
  readonly connection: VenueConnection;
  readonly venue: VenuePort;
  readonly ledger: LedgerPort;
  /** See `gateways/hyperliquid/schedule-cancel.ts`. */
  readonly scheduleCancel: (timeMs: number | undefined) => Promise<string | undefined>;
  close(): Promise<void>;
}

/** The ledger is asked first, but an emergency does not wait for it longer than this. */
const LEDGER_WITHIN_MS = 1_000;

/** The answer, unless it takes longer than an emergency waits. @throws when it does */
export async function inTime<Answer>(
  answer: Promise<Answer>,
  withinMs = LEDGER_WITHIN_MS,
): Promise<Answer> {
  const late = new AbortController();
  const { signal } = late;
  const refuse = async (): Promise<never> => {
    await pause(withinMs, undefined, { signal });
    throw new Error(`the ledger did not answer within ${withinMs} ms`);
  };
  try {
    return await Promise.race([answer, refuse()]);
  } finally {
    late.abort();
  }
}

/**
 * Nonces for a key that the workers may use too. The ledger, when it answers, gives numbers that
 * nobody else gets. When it does not, no worker can draw one either: then the venue's clock counts,
 * strictly upwards in this process; the ledger starts above the clock again when it is back. Two
 * that meet in one millisecond cost one of them a refusal, never a second execution.
 */
export function emergencyNonces(
  fromLedger: (nowMs: number) => Promise<number>,
  exchangeTimeMs: () => Promise<number>,
  withinMs = LEDGER_WITHIN_MS,
): () => Promise<number> {
  let last = 0;
  return async () => {
    const nowMs = await exchangeTimeMs();
    const nonce = await inTime(fromLedger(nowMs), withinMs).catch(() => nowMs);
    last = Math.max(nonce, last + 1);
    return last;
  };
}

/** Opens the lane; nothing is sent before it is asked for something. */
export function openEmergencyLane(
  { config, endpoints }: WorkerConfig,
  key: SigningKey,
  onFault: (message: string) => void,
): EmergencyLane {
  const connection = connectGoverned({ config, endpoints }, key.address, onFault);
  const wallet = privateKeyToAccount(key.reveal());
  const venue = createVenue(connection, wallet, onFault);
  const pool = openLedgerPool(endpoints.ledgerUrl, { max: 1 });
  const ledger = createLedger(pool);
  const nextNonce = emergencyNonces(
    (nowMs) => ledger.nextNonce(key.address, nowMs),
    venue.exchangeTimeMs,
  );
  const noteCancels = createNoteCancels(pool);
  return {
    account: accountAddress(endpoints.account ?? key.address),
    signer: key.address,
    connection,
    venue,
    ledger,
    twaps: createVenueTwaps(connection, wallet),
    twapLedger: createTwapLedger(pool),
    inTime: (answer) => inTime(answer),
    tag: deploymentTag(endpoints.deployment),
    pause: (ms) => pause(ms),
    cancelMany: createCancelMany(connection, wallet, venue.assets),
    scheduleCancel: async (timeMs) => scheduleCancel(connection, wallet, timeMs, await nextNonce()),
    nextNonce,
    noteCancels: (...note) => inTime(noteCancels(...note)),
    close: () => pool.end(),
  };
}
