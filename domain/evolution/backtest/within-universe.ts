/** Signals as they are of a universe that changes: what is no member at a moment may not be opened then. */
import type { NoSignal, StrategySignal } from '../../signals/signal.ts';
import type { AssetSignals } from './signal-source.ts';

/** When a member list came into force, ms, ascending, and who was in it. */
export interface UniverseStep {
  readonly atMs: number;
  readonly members: ReadonlySet<string>;
}

/** The list in force at each of ascending moments: the newest at or before it. */
function isMemberAt(steps: readonly UniverseStep[], asset: string, timesMs: ArrayLike<number>) {
  const isMember = new Uint8Array(timesMs.length);
  for (let i = 0, at = -1; i < timesMs.length; i += 1) {
    while (at + 1 < steps.length && (steps[at + 1]?.atMs ?? 0) <= (timesMs[i] as number)) at += 1;
    isMember[i] = steps[at]?.members.has(asset) === true ? 1 : 0;
  }
  return isMember;
}

function heldBack(signal: StrategySignal | NoSignal): StrategySignal | NoSignal {
  if (signal.kind === 'noSignal') return signal;
  return { ...signal, mayOpen: false, reason: `${signal.reason}; is not in the universe` };
}

/**
 * Exits pass: a position whose asset has left the universe is closed by its strategy or its stop.
 * Before the first list nothing is a member.
 * @param closeTimeMs when each bar closes: what was chosen later is not known to it
 */
export function withinUniverse(
  signals: AssetSignals,
  asset: string,
  closeTimeMs: ArrayLike<number>,
  steps: readonly UniverseStep[],
): AssetSignals {
  const isMember = isMemberAt(steps, asset, closeTimeMs);
  return {
    stance: signals.stance,
    ...(signals.numbers === undefined ? {} : { numbers: signals.numbers }),
    ...(signals.exits === undefined ? {} : { exits: signals.exits }),
    mayOpen: signals.mayOpen.map((may, i) => (isMember[i] === 1 ? may : 0)),
    signalAt: (index) =>
      isMember[index] === 1 ? signals.signalAt(index) : heldBack(signals.signalAt(index)),
  };
}
