/** Checks of what keeps trading safe when parts fail: the kill switch and the watchdog. */
import { readHalt } from '../../config/halt-file.ts';
import { readWatchdog } from '../../config/watchdog-state.ts';
import { type Check, failure, fine, warning } from './check.ts';
import type { Expectation } from './part-checks.ts';

const START = 'perpetua up';
/** The watchdog writes once a second, and waits for the venue at most for so long. */
const STALE_AFTER_MS = 60_000;

export function checkKillSwitch(dataDir: string): Check {
  const name = 'kill switch';
  const halt = readHalt(dataDir);
  if (halt === undefined) return fine(name, 'off: entries pass');
  const since = halt.sinceMs === undefined ? '' : ` since ${new Date(halt.sinceMs).toISOString()}`;
  return warning(name, `entries are halted${since}: ${halt.reason}`, 'perpetua resume');
}

export function checkWatchdog(
  dataDir: string,
  expectation: Expectation,
  nowMs: number = Date.now(),
): Check {
  const name = 'watchdog';
  if (expectation === 'not started') return warning(name, 'not started', START);
  const state = readWatchdog(dataDir);
  if (state === undefined) return failure(name, 'left no word', `see the logs folder, or ${START}`);
  if (nowMs - state.atMs > STALE_AFTER_MS) {
    const detail = `pid ${state.pid} wrote last ${Math.round((nowMs - state.atMs) / 1_000)} s ago`;
    return failure(name, detail, 'see the logs folder');
  }
  const seconds = Math.round(state.silentForMs / 1_000);
  if (state.status === 'silent') {
    const { lastAct } = state;
    const done = lastAct
      ? `: ${lastAct.problem ?? `${lastAct.cancelled} entries cancelled, ${lastAct.left} left`}`
      : '';
    return failure(name, `no worker was heard of for ${seconds} s${done}`, 'see the logs folder');
  }
  return fine(name, `heard of a worker ${seconds} s ago; cancels as ${state.signer}`);
}
