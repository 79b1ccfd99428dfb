/**
 * Entry filters: conditions that hold entries of any seed back. Exits pass: what closes a position
 * is never filtered. `ema-crossover+volatility-regime` is the seed with the filter's genes added.
 */
import { indexFrom } from '../market/bar-arrays.ts';
import { HOUR_MS, SENTIMENT_AGE_MS } from '../market/side-series.ts';
import { choiceGene, intGene, realGene } from './common-genes.ts';
import type { GeneConstraint, GeneSpec, Genes } from './genes.ts';
import { categoryGene, numberGene } from './genes.ts';
import type { SeedNeeds, StrategySeed } from './seed.ts';
import { LONG, SHORT } from './seed.ts';
import { shown } from './shown.ts';
import type { IndicatorSource } from './source.ts';

/** What a filter says of the bars of one window. */
interface Sieve {
  /** Whether a position of this stance may not be opened on the bar. */
  blocks(index: number, stance: number): boolean;
  /** The filter's reading, with its numbers. */
  readingAt(index: number): string;
}

export interface EntryFilter {
  /** Kebab-case; follows a seed's name after a plus sign. */
  readonly name: string;
  readonly title: string;
  readonly genes: readonly GeneSpec[];
  readonly constraints: readonly GeneConstraint[];
  warmupBars(genes: Genes): number;
  needs?(genes: Genes): SeedNeeds;
  sieve(source: IndicatorSource, genes: Genes): Sieve;
}

const volatilityRegime: EntryFilter = {
  name: 'volatility-regime',
  title: 'opens only while volatility is within a band around its usual level',
  genes: [
    intGene('regimeWindow', 'bars of volatility now', [10, 20, 100]),
    intGene('regimeBase', 'bars of its usual level', [50, 200, 500]),
    realGene('regimeMin', 'least volatility, in usual levels', [0, 0.5, 1]),
    realGene('regimeMax', 'most volatility, in usual levels', [1, 2, 5]),
  ],
  constraints: [{ less: 'regimeWindow', than: 'regimeBase' }],
  warmupBars: (genes) => numberGene(genes, 'regimeBase') + 1,
  sieve(source, genes) {
    const near = source.realisedVolatility(numberGene(genes, 'regimeWindow'));
    const far = source.realisedVolatility(numberGene(genes, 'regimeBase'));
    const [min, max] = [numberGene(genes, 'regimeMin'), numberGene(genes, 'regimeMax')];
    const ratio = (i: number): number =>
      (far[i] as number) > 0 ? (near[i] as number) / (far[i] as number) : 0;
    return {
      blocks: (i) => !(ratio(i) >= min && ratio(i) <= max),
      readingAt: (i) =>
        `volatility ${shown(ratio(i))} of usual, allowed ${shown(min)} to ${shown(max)}`,
    };
  },
};

const sentiment: EntryFilter = {
  name: 'sentiment',
  title: 'holds longs or shorts back at extremes of fear and greed; opens nothing without an index',
  genes: [
    choiceGene('sentimentRule', 'whether extremes are faded or followed', [
      'contrarian',
      'momentum',
    ]),
    realGene('sentimentFear', 'index up to which there is fear', [5, 25, 45]),
    realGene('sentimentGreed', 'index from which there is greed', [55, 75, 95]),
  ],
  constraints: [],
  warmupBars: () => 1,
  needs: () => ({ sentiment: true }),
  sieve(source, genes) {
    const { openTimeMs, intervalMs } = source.bars;
    const [fear, greed] = [numberGene(genes, 'sentimentFear'), numberGene(genes, 'sentimentGreed')];
    const isContrarian = categoryGene(genes, 'sentimentRule') === 'contrarian';
    const series = source.input.sentiment;
    /** Place of the newest reading that was known when the bar closed; -1 for none. */
    const placeOf = (i: number): number =>
      series === undefined
        ? -1
        : indexFrom(series.timeMs, (openTimeMs[i] as number) + intervalMs + 1) - 1;
    const ageMs = (i: number): number =>
      (openTimeMs[i] as number) + intervalMs - (series?.timeMs[placeOf(i)] ?? Number.NaN);
    const reading = (i: number): number | undefined =>
      ageMs(i) <= SENTIMENT_AGE_MS ? series?.value[placeOf(i)] : undefined;
    return {
      blocks: (i, stance) => {
        const value = reading(i);
        // Without the index nobody knows: nothing is opened.
        if (value === undefined) return true;
        const [noLong, noShort] = isContrarian ? [greed, fear] : [fear, greed];
        const blocksLong = isContrarian ? value >= noLong : value <= noLong;
        const blocksShort = isContrarian ? value <= noShort : value >= noShort;
        return stance === LONG ? blocksLong : stance === SHORT && blocksShort;
      },
      readingAt: (i) => {
        const value = reading(i);
        const bounds = `fear up to ${shown(fear)}, greed from ${shown(greed)}`;
        if (value !== undefined) return `index ${shown(value)}, ${bounds}`;
        const newest = Number.isNaN(ageMs(i))
          ? 'no reading of it is stored'
          : `the newest reading is ${shown(ageMs(i) / HOUR_MS)} hours old`;
        const rule = `must be at most ${SENTIMENT_AGE_MS / HOUR_MS}`;
        return `no index: ${newest}, ${rule} (perpetua data sync --source fear-greed)`;
      },
    };
  },
};

const correlationFilter: EntryFilter = {
  name: 'correlation',
  title: 'compares with the bars of another asset: alone only, or together only in its direction',
  genes: [
    choiceGene('correlationAsset', 'the asset whose bars are read', ['BTC', 'ETH', 'SOL']),
    intGene('correlationBars', 'bars of the correlation and of the direction', [20, 60, 300]),
    realGene(
      'correlationLimit',
      'correlation of returns from which the two move together',
      [0, 0.7, 1],
    ),
    choiceGene(
      'correlationRule',
      'together: only in the direction of the other (agree), or not at all (alone)',
      ['agree', 'alone'],
    ),
  ],
  constraints: [],
  warmupBars: (genes) => numberGene(genes, 'correlationBars') + 1,
  needs: (genes) => ({ others: [categoryGene(genes, 'correlationAsset')] }),
  sieve(source, genes) {
    const asset = categoryGene(genes, 'correlationAsset');
    const bars = numberGene(genes, 'correlationBars');
    const limit = numberGene(genes, 'correlationLimit');
    const mustAgree = categoryGene(genes, 'correlationRule') === 'agree';
    if (asset === source.bars.asset) {
      return {
        blocks: () => false,
        readingAt: () => `${asset} is itself the reference of ${bars} bars`,
      };
    }
    const correlation = source.correlationWith(asset, bars);
    const close = source.otherClose(asset);
    const move = (i: number): number => (close[i] as number) / (close[i - bars] ?? Number.NaN) - 1;
    return {
      blocks: (i, stance) => {
        const together = correlation[i] as number;
        // Without the other's bars nobody knows: nothing is opened.
        if (Number.isNaN(together)) return true;
        return together >= limit && !(mustAgree && Math.sign(move(i)) === stance);
      },
      readingAt: (i) =>
        Number.isNaN(correlation[i])
          ? `bars of ${asset} are missing among the last ${bars}`
          : `correlation with ${asset} ${shown(correlation[i] as number)} over ${bars} bars ` +
            `(limit ${shown(limit)}), which moved ${shown(100 * move(i))} %`,
    };
  },
};

export const FILTERS: readonly EntryFilter[] = [volatilityRegime, sentiment, correlationFilter];

const joinNeeds = (one: SeedNeeds, other: SeedNeeds): SeedNeeds => ({
  ...one,
  ...other,
  ...(one.others === undefined && other.others === undefined
    ? {}
    : { others: [...new Set([...(one.others ?? []), ...(other.others ?? [])])] }),
});

/** The seed with its entries filtered; its name says so. */
export function withFilter(seed: StrategySeed, filter: EntryFilter): StrategySeed {
  return {
    ...seed,
    name: `${seed.name}+${filter.name}`,
    title: `${seed.title}; ${filter.title}`,
    description: `${seed.description} Filtered: ${filter.title}.`,
    genes: [...seed.genes, ...filter.genes],
    constraints: [...seed.constraints, ...filter.constraints],
    warmupBars: (genes) => Math.max(seed.warmupBars(genes), filter.warmupBars(genes)),
    needs: (genes) => joinNeeds(seed.needs?.(genes) ?? {}, filter.needs?.(genes) ?? {}),
    trace: (input, genes, source) => {
      const trace = seed.trace(input, genes, source);
      const sieve = filter.sieve(source, genes);
      const wanted = trace.mayOpen;
      const mayOpen = wanted.map((open, i) =>
        open === 1 && sieve.blocks(i, trace.stance[i] as number) ? 0 : open,
      );
      const reasonAt = (i: number): string => {
        const held = wanted[i] === 1 && mayOpen[i] === 0 ? 'held back by ' : '';
        return `${trace.reasonAt(i)}; ${held}${filter.name}: ${sieve.readingAt(i)}`;
      };
      return { ...trace, mayOpen, reasonAt };
    },
  };
}
