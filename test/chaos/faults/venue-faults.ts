/** Faults of the venue and of its answers and streams, over the paper exchange's admin interface. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultInput } from '../../../gateways/paper-exchange/faults/fault.ts';
import type { PlannedFault } from '../plan/fault-plan.ts';
import type { Apply, Arena } from './arena.ts';

const LOOK_MS = 100;
/** A fault that nothing has met in its time stays open for as long as this, until something has. */
const MET_WITHIN_MS = 15_000;
const ADDED_WITHIN_MS = 10_000;
const TRIES = 3;
const STEP_MS = 90_000;

/** Half of the faults of requests are about actions alone, the others about questions too. */
const aboutActions = (draw: number) =>
  draw < 0.5 ? { match: { path: '/exchange' as const } } : {};
const share = (draw: number): number => 0.4 + 0.6 * ((draw * 10) % 1);

/** What the exchange is told; times are kept here, so that a fault can wait to be met. */
function inputOf({ kind, draw }: PlannedFault): FaultInput {
  const requests = { ...aboutActions(draw), probability: share(draw) };
  const frames = { probability: share(draw) };
  switch (kind) {
    case 'delay':
      return { kind, ms: [50, 1_500], where: draw < 0.3 ? 'reply' : 'request', ...requests };
    case 'dropRequest':
    case 'dropReply':
      return { kind, ...requests };
    case 'duplicateRequest':
      return { kind, match: { path: '/exchange' }, probability: share(draw) };
    case 'tooManyRequests':
      return { kind, effect: 'before', ...requests };
    case 'tooManyButAccepted':
      return { kind: 'tooManyRequests', effect: 'after', ...requests };
    case 'serverError':
      return { kind, effect: 'before', status: draw < 0.5 ? 500 : 503, ...requests };
    case 'serverErrorButAccepted':
      return { kind: 'serverError', effect: 'after', status: 502, ...requests };
    case 'delayEvents':
      return { kind, ms: [50, 2_000], ...frames };
    case 'duplicateEvents':
    case 'reorderEvents':
    case 'gap':
      return { kind, ...frames };
    case 'clockSkew':
      return { kind, ms: draw < 0.5 ? STEP_MS : -STEP_MS };
    case 'partialFills':
      return { kind, capBase: '0.001' };
    case 'priceSpike':
      return { kind, fraction: draw < 0.5 ? '0.004' : '-0.004' };
    case 'maintenance':
    case 'postOnly':
    case 'disconnect':
    case 'staleFeed':
    case 'freeze':
      return { kind };
    default:
      throw new Error(`${kind}: is no fault of the venue`);
  }
}

/** Tries until it works or time is up: the exchange may be between two lives. */
async function insistFor<Value>(withinMs: number, act: () => Promise<Value>): Promise<Value> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    try {
      return await act();
    } catch (fault) {
      if (Date.now() > deadlineMs) throw fault;
      await sleep(LOOK_MS);
    }
  }
}

/** Once from its beginning to its end. @returns whether anything met it, as far as is known */
async function inflict({ venue }: Arena, id: string, fault: PlannedFault): Promise<boolean> {
  await insistFor(ADDED_WITHIN_MS, () => venue.add([{ ...inputOf(fault), id }]));
  await sleep(fault.forMs);
  const deadlineMs = Date.now() + MET_WITHIN_MS;
  for (;;) {
    const injected = await insistFor(ADDED_WITHIN_MS, () => venue.injected());
    const times = injected.get(id);
    // The exchange died and has forgotten it: whether anything met it, nobody knows.
    if (times === undefined) return false;
    if (times > 0 || Date.now() > deadlineMs) {
      await venue.remove(id).catch(() => undefined);
      return times > 0;
    }
    await sleep(LOOK_MS);
  }
}

export const troubleVenue: Apply = async (arena, fault) => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const id = `${fault.kind}-${fault.number}-${attempt}`;
    if (await inflict(arena, id, fault)) return;
  }
  throw new Error(`${fault.kind}: nothing met it`);
};
