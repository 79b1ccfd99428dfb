/** The checks of a strategy's honesty, on the bars that it is about to trade. */
import { usageFailure } from '../../client/cli/failure.ts';
import {
  type CheckFault,
  lookAheadFaults,
  repaintFaults,
  warmupFaults,
} from '../../domain/signals/checks.ts';
import type { Prepared } from './setup.ts';

const CHECKS = ['lookahead', 'warmup', 'repaint'] as const;
type Check = (typeof CHECKS)[number];

/** Cuts at these shares of the series, after each of which nothing may matter. */
const CUTS = [0.35, 0.5, 0.65, 0.8, 0.95];
/** Repainting is asked bar by bar: of so many newest bars. */
const REPAINT_BARS = 200;

/** @throws CliFailure for a word that is no check */
export function readChecks(text: string | undefined): readonly Check[] {
  if (text === undefined) return [];
  return text.split(',').map((word) => {
    const check = CHECKS.find((one) => one === word.trim());
    if (check !== undefined) return check;
    const rule = `must be one or more of ${CHECKS.join(', ')} with commas between`;
    throw usageFailure({ field: '--check', value: text, rule });
  });
}

/** Faults of one check over all assets. */
export function runCheck(check: Check, { seed, genes, inputs }: Prepared): readonly CheckFault[] {
  return inputs.flatMap((input) => {
    const { length } = input.bars;
    if (check === 'warmup') return warmupFaults(seed, genes, input);
    if (check === 'repaint') {
      return repaintFaults(seed, genes, input, Math.max(1, length - REPAINT_BARS), length);
    }
    const cuts = CUTS.map((share) => Math.max(1, Math.floor(length * share)));
    return lookAheadFaults(seed, genes, input, cuts);
  });
}
