/**
 * What takes orders out of the market without Temporal: one signer's connection to the venue, and
 * nonces. It needs neither workers nor ledger to be alive, and never opens anything.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { privateKeyToAccount } from 'viem/accounts';
import type { EntryPorts } from '../activities/kill-switch.activities.ts';
import type { LedgerPort } from '../activities/ports/ledger.ts';
import type { VenuePort } from '../activities/ports/venue.ts';
import type { SigningKey } from '../config/keystore.ts';
import type { WorkerConfig } from '../config/worker-env.ts';
import { type AccountAddress, accountAddress, deploymentTag } from '../domain/kernel/ids.ts';
import { createCancelMany } from '../gateways/hyperliquid/cancel-many.ts';
import type { VenueConnection } from '../gateways/hyperliquid/connection.ts';
import { scheduleCancel } from '../gateways/hyperliquid/schedule-cancel.ts';
import { createVenue } from '../gateways/hyperliquid/venue.ts';
import { createLedger } from '../gateways/ledger/ledger.ts';
import { openLedgerPool } from '../gateways/ledger/pool.ts';
import { connectGoverned } from './governed-connection.ts';

export interface EmergencyLane extends EntryPorts {
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
    const late = new AbortController();
    const drawn = fromLedger(nowMs).catch(() => undefined);
    const nonce = await Promise.race([
      drawn,
      pause(withinMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    last = Math.max(nonce ?? nowMs, last + 1);
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
  return {
    account: accountAddress(endpoints.account ?? key.address),
    signer: key.address,
    connection,
    venue,
    ledger,
    tag: deploymentTag(endpoints.deployment),
    pause: (ms) => pause(ms),
    cancelMany: createCancelMany(connection, wallet, venue.assets),
    scheduleCancel: async (timeMs) => scheduleCancel(connection, wallet, timeMs, await nextNonce()),
    nextNonce,
    close: () => pool.end(),
  };
}
