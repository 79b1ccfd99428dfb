/** Ichimoku: with the price beyond the cloud, the lines crossed that way and the past agreeing. */
import {
  COMMON_GENES,
  choiceGene,
  intGene,
  type Opinion,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { categoryGene, numberGene } from '../genes.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG, NO_VERDICT, SHORT } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { close, length } = source.bars;
  const kijunPeriod = numberGene(genes, 'kijun');
  const spanBPeriod = numberGene(genes, 'spanB');
  const lines = source.ichimoku(numberGene(genes, 'tenkan'), kijunPeriod, spanBPeriod);
  const asksPast = categoryGene(genes, 'laggingSpan') === 'yes';
  const atr = source.atr(numberGene(genes, 'atrPeriod'));
  const stance = new Int8Array(length).fill(NO_VERDICT);
  const strength = new Float64Array(length);
  for (let i = spanBPeriod + kijunPeriod - 1; i < length; i += 1) {
    const price = close[i] as number;
    const [a, b] = [lines.spanA[i] as number, lines.spanB[i] as number];
    const lead = (lines.tenkan[i] as number) - (lines.kijun[i] as number);
    // The lagging span: this close against the one of the bar over which it is drawn.
    const past = asksPast ? price - (close[i - kijunPeriod] as number) : lead;
    const isLong = price > Math.max(a, b) && lead > 0 && past > 0;
    const isShort = price < Math.min(a, b) && lead < 0 && past < 0;
    stance[i] = isLong ? LONG : isShort ? SHORT : FLAT;
    const range = atr[i] as number;
    const beyond = isLong ? price - Math.max(a, b) : isShort ? Math.min(a, b) - price : 0;
    strength[i] = range > 0 ? beyond / range / 4 : 0;
  }
  const reasonAt = (i: number): string => {
    const [a, b] = [lines.spanA[i] as number, lines.spanB[i] as number];
    const [low, high] = [shown(Math.min(a, b)), shown(Math.max(a, b))];
    const cloud = `close ${shown(close[i] as number)}, cloud ${low} to ${high}`;
    const cross = `tenkan ${shown(lines.tenkan[i] as number)}, kijun ${shown(lines.kijun[i] as number)}`;
    const before = shown(close[i - kijunPeriod] ?? Number.NaN);
    const past = asksPast ? `, close ${kijunPeriod} bars ago ${before}` : '';
    const verdict = stance[i] === FLAT ? ': the lines disagree' : ': all on one side';
    return `${cloud}, ${cross}${past}${verdict}`;
  };
  return { stance, strength, reasonAt };
}

export const ichimokuCloud: StrategySeed = {
  name: 'ichimoku',
  title: 'Trend following: price, lines and past on one side of the Ichimoku cloud',
  description:
    'Long while the close is above the cloud, tenkan above kijun and, when asked, the close above ' +
    'that of a displacement ago; short in the mirror image; flat otherwise. The cloud is the one ' +
    'drawn in the past over this bar, and nothing is read from the future.',
  genes: [
    intGene('tenkan', 'bars of the turning line', [5, 9, 20]),
    intGene('kijun', 'bars of the base line, and the displacement of the cloud', [15, 26, 60]),
    intGene('spanB', 'bars of the slow edge of the cloud', [40, 52, 120]),
    choiceGene('laggingSpan', 'whether the close of a displacement ago must agree', ['yes', 'no']),
    ...COMMON_GENES,
  ],
  constraints: [
    { less: 'tenkan', than: 'kijun' },
    { less: 'kijun', than: 'spanB' },
  ],
  warmupBars: (genes) =>
    Math.max(numberGene(genes, 'spanB') + numberGene(genes, 'kijun') + 1, riskWarmupBars(genes)),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
