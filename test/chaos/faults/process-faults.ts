/** Faults of processes and of the machine: killed, stopped, swapped; a full disk, a clock that steps. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedgerPool } from '../../../gateways/ledger/pool.ts';
import { WORKERS } from '../plan/fault-plan.ts';
import type { Apply, Arena } from './arena.ts';

/** How long a process that is between two runs is waited for. */
const PRESENT_WITHIN_MS = 40_000;
const LOOK_MS = 50;
/** Of the kills that many are aimed right behind the start of an order. */
const AIMED_SHARE = 0.4;
const AIMED_WITHIN_MS = 150;
const STEP_MS = 90_000;

/** Does something to a process that works, waiting for one that is between two runs. */
async function toWorking(
  { chaos }: Arena,
  name: string,
  act: (pid: number) => boolean,
): Promise<number> {
  const deadlineMs = Date.now() + PRESENT_WITHIN_MS;
  while (Date.now() < deadlineMs) {
    const pid = chaos.workingPid(name);
    if (pid !== undefined && act(pid)) return pid;
    await sleep(LOOK_MS);
  }
  throw new Error(`${name}: was not there`);
}

export const killProcess: Apply = async (arena, { target, draw }) => {
  const { chaos, traffic, diary } = arena;
  const aimed = draw < AIMED_SHARE;
  if (aimed) {
    await traffic.nextStart();
    await sleep((draw / AIMED_SHARE) * AIMED_WITHIN_MS);
  }
  const oldPid = await toWorking(arena, target, () => chaos.stack.kill(target, 'SIGKILL'));
  const atMs = Date.now();
  const pid = await chaos.untilRestarted(target, oldPid);
  diary.kills.push({ target, atMs, aimed, pid });
};

export const stopProcess: Apply = async (arena, { target, forMs }) => {
  const pid = await toWorking(arena, target, () => arena.chaos.stack.kill(target, 'SIGSTOP'));
  await sleep(forMs);
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // Killed while it stood still.
  }
};

/** One worker after the other, as a deployment without a gap does it. */
export const deploySwap: Apply = async ({ chaos }) => {
  for (const worker of WORKERS) await chaos.deploy(worker);
};

/** Whether the ledger takes a row now; it is rolled back. */
async function takesRows(ledgerUrl: string): Promise<boolean> {
  const pool = openLedgerPool(ledgerUrl, { max: 1 });
  try {
    await pool.query(
      `insert into watermarks (account, kind, to_ms) values ('-', 'disk', 1)
       on conflict (account, kind) do update set to_ms = watermarks.to_ms + 1`,
    );
    return true;
  } catch {
    return false;
  } finally {
    await pool.end();
  }
}

export const fillDisk: Apply = async ({ chaos }, { forMs }) => {
  chaos.fillDisk(true);
  try {
    await sleep(forMs / 2);
    const wasFull = !(await takesRows(chaos.stack.endpoints.ledgerUrl));
    await sleep(forMs / 2);
    if (!wasFull) throw new Error('the ledger took a row on a full disk');
  } finally {
    chaos.fillDisk(false);
  }
};

export const stepClock: Apply = async (arena, { target, forMs, draw }) => {
  const { chaos } = arena;
  const offsetMs = draw < 0.5 ? STEP_MS : -STEP_MS;
  await toWorking(arena, target, () => chaos.stepClock(target, offsetMs));
  await sleep(forMs);
  chaos.stepClock(target, 0);
};
