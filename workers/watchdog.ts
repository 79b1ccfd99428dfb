/**
 * The watchdog's process: cancels our entries when no worker was heard of for too long. Prints one
 * JSON line when it watches; ends on SIGTERM and SIGINT. It signs with a key of its own when one is
 * configured, else with the workers'.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { cancelEntries } from '../activities/kill-switch.activities.ts';
import { listenToHearts } from '../config/heartbeat-files.ts';
import { loadEmergencyKey, SIGNER_KEY_ENV, WATCHDOG_KEY_ENV } from '../config/keystore.ts';
import { type WatchdogState, writeWatchdog } from '../config/watchdog-state.ts';
import { readWorkerConfig } from '../config/worker-env.ts';
import { readAddressUse } from '../gateways/hyperliquid/governor/address-use.ts';
import { machineClockMs } from '../gateways/hyperliquid/governor/shared-store.ts';
import { type EmergencyLane, openEmergencyLane } from './emergency-lane.ts';
import { createVenueSwitch, type VenueSwitch } from './watchdog/venue-switch.ts';
import { createWatch, type Watch } from './watchdog/watch.ts';

const log = pino({ name: 'watchdog' }, pino.destination({ dest: 2, sync: true }));

const LOOK_EVERY_MS = 1_000;
const VENUE_SWITCH_EVERY_MS = 5_000;

function venueSwitchOf(lane: EmergencyLane): VenueSwitch {
  const { account, connection, venue } = lane;
  return createVenueSwitch(
    {
      isFlat: async () => (await venue.account(account)).positions.length === 0,
      tradedUsd: async () => Number((await readAddressUse(connection, account)).tradedUsd),
      exchangeTimeMs: venue.exchangeTimeMs,
      schedule: lane.scheduleCancel,
    },
    machineClockMs,
  );
}

const messageOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : String(fault);

/** Winds the venue's switch up while workers are heard of, until the signal aborts. */
async function keepWound(kept: VenueSwitch, watch: Watch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if (!watch.isSilent()) await kept.step();
    } catch (fault) {
      log.warn({ reason: messageOf(fault) }, 'the scheduled cancel was not looked after');
    }
    await sleep(VENUE_SWITCH_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function main(): Promise<void> {
  const workerConfig = await readWorkerConfig();
  const { config, endpoints } = workerConfig;
  log.level = config.logLevel;
  const key = loadEmergencyKey(endpoints.network, config.dataDir);
  delete process.env[SIGNER_KEY_ENV];
  delete process.env[WATCHDOG_KEY_ENV];
  const lane = openEmergencyLane(workerConfig, key, (fault) => log.warn({ fault }, 'lane'));
  const silence = `no worker was heard of for ${config.watchdog.silentMs / 1_000} s`;
  const watch = createWatch(
    {
      heard: listenToHearts(config.dataDir),
      nowMs: machineClockMs,
      cancelEntries: () => cancelEntries(lane, lane.account, silence),
    },
    config.watchdog.silentMs,
  );
  const ended = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended.abort());
  const { signal } = ended;
  const venueSwitch = venueSwitchOf(lane);
  const winding = config.watchdog.scheduleCancel
    ? keepWound(venueSwitch, watch, signal)
    : Promise.resolve();
  process.stdout.write(`${JSON.stringify({ ready: true, signer: key.address })}\n`);
  let lastAct: WatchdogState['lastAct'];
  while (!signal.aborted) {
    const act = await watch.look();
    if (act !== undefined) {
      lastAct = { atMs: Date.now(), ...act };
      log.error(act, 'no worker was heard of: entries were cancelled');
    }
    const scheduledForMs = venueSwitch.scheduledForMs();
    try {
      writeWatchdog(config.dataDir, {
        pid: process.pid,
        atMs: Date.now(),
        status: watch.isSilent() ? 'silent' : 'watching',
        silentForMs: Math.round(watch.silentForMs()),
        signer: key.address,
        ...(lastAct === undefined ? {} : { lastAct }),
        ...(scheduledForMs === undefined ? {} : { scheduledForMs }),
      });
    } catch (fault) {
      // A full disk must not keep it from watching.
      log.warn({ reason: messageOf(fault) }, 'the state was not written');
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  await winding;
  await lane.close();
}

main().catch((fault: unknown) => {
  log.fatal({ fault: messageOf(fault) }, 'watchdog failed');
  process.exitCode = 1;
});
