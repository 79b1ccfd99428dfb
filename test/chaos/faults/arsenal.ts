/** Which function carries out which kind of fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedFault } from '../plan/fault-plan.ts';
import type { LinkFault } from '../world/tcp-proxy.ts';
import type { Apply } from './arena.ts';
import {
  resetOrder,
  startTwice,
  terminateOrder,
  terminateParent,
  tradeByHand,
} from './operator-faults.ts';
import { deploySwap, fillDisk, killProcess, stepClock, stopProcess } from './process-faults.ts';
import { troubleVenue } from './venue-faults.ts';

/** A worker that is between two runs has no connection to trouble: it is waited for. */
const CONNECTED_WITHIN_MS = 30_000;
const LOOK_MS = 50;

const failLink: Apply = async ({ chaos }, { kind, target, forMs, draw }) => {
  const link = chaos.links.get(target);
  if (link === undefined) throw new Error(`${target}: there is no such link`);
  const deadlineMs = Date.now() + CONNECTED_WITHIN_MS;
  while (link.connections === 0 && Date.now() < deadlineMs) await sleep(LOOK_MS);
  const hit = await link.fail(kind as LinkFault, forMs, draw);
  if (hit === 0) throw new Error(`${target}: no connection met it`);
};

const BY_KIND: Readonly<Record<string, Apply>> = {
  deploySwap,
  diskFull: fillDisk,
  clockStep: stepClock,
  terminate: terminateOrder,
  terminateParent,
  reset: resetOrder,
  duplicateStart: startTwice,
  foreignOrder: tradeByHand,
};

export function applyOf({ family, kind }: PlannedFault): Apply {
  const special = family === 'network' ? failLink : BY_KIND[kind];
  if (special !== undefined) return special;
  switch (family) {
    case 'kill':
      return killProcess;
    case 'process':
      return stopProcess;
    case 'venue':
      return troubleVenue;
    default:
      throw new Error(`${kind}: nobody knows how to do it`);
  }
}
