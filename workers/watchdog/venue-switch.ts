/**
 * Keeps the venue's own dead-man's switch wound up, for the case that this whole machine is gone. It
 * cancels everything, protective stops included: so it is set only while the account is flat, and
 * taken back as soon as a position is seen. What is left is a machine that dies within one look after
 * its first fill: then the stop is cancelled when the time comes.
 */

export interface VenueSwitchPorts {
  readonly isFlat: () => Promise<boolean>;
  /** USD traded so far, by the venue's count. */
  readonly tradedUsd: () => Promise<number>;
  readonly exchangeTimeMs: () => Promise<number>;
  /** Sets the time or takes it back. @returns the venue's words when it refuses */
  readonly schedule: (timeMs: number | undefined) => Promise<string | undefined>;
}

export interface VenueSwitch {
  /** Sets, renews or takes back, as is due. @throws when the venue does not answer */
  step(): Promise<void>;
  /** When the venue will act, if nothing else happens, by its own clock. */
  scheduledForMs(): number | undefined;
}

/** Source: the venue's refusal of accounts that have traded less. */
const REQUIRED_USD = 1_000_000;
const AHEAD_MS = 180_000;
const RENEW_EVERY_MS = 60_000;
/** Traded volume grows slowly, and a refusal is not taken back soon. */
const ASK_AGAIN_MS = 600_000;

/** @param nowMs a clock that only goes forward */
export function createVenueSwitch(ports: VenueSwitchPorts, nowMs: () => number): VenueSwitch {
  let scheduledForMs: number | undefined;
  // An earlier run may have left one set.
  let mayBeSet = true;
  let renewAtMs = Number.NEGATIVE_INFINITY;
  let notBeforeMs = Number.NEGATIVE_INFINITY;

  const takeBack = async (): Promise<void> => {
    if (!mayBeSet) return;
    await ports.schedule(undefined);
    mayBeSet = false;
    scheduledForMs = undefined;
    renewAtMs = Number.NEGATIVE_INFINITY;
  };
  const windUp = async (): Promise<void> => {
    if (nowMs() < renewAtMs || nowMs() < notBeforeMs) return;
    if (scheduledForMs === undefined && (await ports.tradedUsd()) < REQUIRED_USD) {
      notBeforeMs = nowMs() + ASK_AGAIN_MS;
      return;
    }
    const timeMs = (await ports.exchangeTimeMs()) + AHEAD_MS;
    // Whatever becomes of the request, it may have been heard.
    mayBeSet = true;
    const refusal = await ports.schedule(timeMs);
    if (refusal === undefined) {
      scheduledForMs = timeMs;
      renewAtMs = nowMs() + RENEW_EVERY_MS;
    } else {
      notBeforeMs = nowMs() + ASK_AGAIN_MS;
    }
  };
  return {
    step: async () => ((await ports.isFlat()) ? windUp() : takeBack()),
    scheduledForMs: () => scheduledForMs,
  };
}
