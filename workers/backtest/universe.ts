/** `backtest run --universe`: the universes that were kept of a venue, each known from its moment on. */
import { CliFailure } from '../../client/cli/failure.ts';
import type { UniverseStep } from '../../domain/evolution/backtest/within-universe.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { membersOf } from '../../domain/market/universe/record.ts';
import type { CandleStore } from '../../gateways/candle-store/store.ts';
import { createUniverseFiles } from '../../gateways/candle-store/universe-files.ts';

/**
 * The universe that stood at the first moment and all that were chosen until the last.
 * @throws CliFailure with exit code 5 when none was chosen by the last moment, or none has a member
 */
export function loadUniverses(
  store: CandleStore,
  venue: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly UniverseStep[] {
  const files = createUniverseFiles(store.root);
  const known = files.moments(venue).filter((atMs) => atMs < toMs);
  const first = Math.max(
    0,
    known.findLastIndex((atMs) => atMs <= fromMs),
  );
  const steps = known.slice(first).map((atMs) => ({
    atMs,
    members: new Set(membersOf(files.read(venue, atMs))),
  }));
  if (everMembers(steps).length > 0) return steps;
  if (steps.length > 0) {
    const rule = `${steps.length} are kept for the time asked for`;
    throw new CliFailure(EXIT.notFound, `no universe of ${venue} has a member: ${rule}`, {
      mend: `perpetua data universe --stored --venue ${venue}`,
    });
  }
  throw new CliFailure(EXIT.notFound, `no universe of ${venue} is kept for the time asked for`, {
    mend: 'perpetua data universe --schedule',
  });
}

/** Everything that was a member at some moment, by name. */
export const everMembers = (steps: readonly UniverseStep[]): readonly string[] =>
  [...new Set(steps.flatMap(({ members }) => [...members]))].sort();
