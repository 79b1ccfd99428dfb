/** Funding carry: takes the side that is paid, while the payments are large, lasting and calm. */
import {
  COMMON_GENES,
  intGene,
  type Opinion,
  realGene,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import { fundingColumns } from '../funding-columns.ts';
import type { Genes } from '../genes.ts';
import { numberGene } from '../genes.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG, NO_VERDICT, SHORT } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

const percent = (rate: number): string => `${shown(100 * rate)} %`;

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { length } = source.bars;
  const threshold = numberGene(genes, 'thresholdPerHour');
  const meanHours = numberGene(genes, 'meanHours');
  const persistHours = numberGene(genes, 'persistHours');
  const rankHours = numberGene(genes, 'rankHours');
  const maxJump = numberGene(genes, 'maxJump');
  const { mean, latest, persistence, rank, jump } = fundingColumns(source, meanHours, rankHours);
  const stance = new Int8Array(length).fill(NO_VERDICT);
  const strength = new Float64Array(length);
  const obstacleAt = (i: number): string | undefined => {
    const rate = mean[i] as number;
    if (Math.abs(rate) < threshold) return `within ${percent(threshold)}`;
    if (Math.sign(latest[i] as number) !== Math.sign(rate)) return 'the newest payment turned';
    if ((persistence[i] as number) < persistHours) return `fewer than ${persistHours} in a row`;
    const moved = Math.abs(jump[i] as number);
    return moved > maxJump ? `moved ${shown(moved)} deviations in an hour` : undefined;
  };
  for (let i = 0; i < length; i += 1) {
    const rate = mean[i] as number;
    if (Number.isNaN(rate)) continue;
    // Longs pay a positive rate: the short side is paid.
    stance[i] = obstacleAt(i) !== undefined ? FLAT : rate > 0 ? SHORT : LONG;
    const place = rank[i] as number;
    strength[i] = stance[i] === FLAT ? 0 : rate > 0 ? place : 1 - place;
  }
  const reasonAt = (i: number): string => {
    if (stance[i] === NO_VERDICT) {
      const known = source.input.funding?.timeMs.length ?? 0;
      return known === 0
        ? 'no funding payments are known: carry is never guessed'
        : `no ${rankHours} hourly payments in a row up to this bar (${known} are known)`;
    }
    const now =
      `funding ${percent(mean[i] as number)} per hour over ${meanHours} h, newest ` +
      `${percent(latest[i] as number)}, ${persistence[i]} payments in a row, rank ` +
      `${shown(rank[i] as number)} of ${rankHours} h`;
    return stance[i] === FLAT ? `${now}: ${obstacleAt(i)}` : now;
  };
  return { stance, strength, reasonAt };
}

export const fundingCarry: StrategySeed = {
  name: 'funding-carry',
  title: 'Carry: holds the side that is paid funding every hour',
  description:
    'Short while the mean funding rate of the last hours is above the threshold (longs pay), long ' +
    'while it is below minus the threshold, if the payments had one sign for long enough and did not ' +
    'just jump. Without payments that cover its hours it has no verdict: funding is never guessed. ' +
    'The price risk of the position is not hedged.',
  genes: [
    realGene(
      'thresholdPerHour',
      'least mean rate per hour, as a fraction',
      [0.000001, 0.00002, 0.001],
    ),
    intGene('meanHours', 'payments that are averaged', [1, 8, 24]),
    intGene('persistHours', 'payments in a row with one sign', [1, 4, 24]),
    intGene('rankHours', 'payments that the newest is ranked among', [25, 72, 240]),
    realGene('maxJump', 'largest change of the newest payment, in deviations', [0.5, 2, 6]),
    ...COMMON_GENES,
  ],
  constraints: [],
  warmupBars: riskWarmupBars,
  needs: (genes) => ({ fundingHours: Math.ceil(1.1 * numberGene(genes, 'rankHours')) + 2 }),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
