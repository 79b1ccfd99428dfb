/** `perpetua data doctor`: what is odd about the stored data, and repairs from finer bars. */
import { CliFailure } from '../../client/cli/failure.ts';
import { type Report, report } from '../../client/cli/report.ts';
import type { Style } from '../../client/cli/style.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { examine, type SeriesHealth } from '../../gateways/candle-store/doctor.ts';
import { storedSeries } from '../../gateways/candle-store/layout.ts';
import type { DataContext } from './context.ts';
import { matches, readSeriesFlags } from './flags.ts';
import { formatCount, formatKey, formatMoment } from './show.ts';

const percent = (move: number): string => `${(100 * Math.expm1(move)).toFixed(1)} %`;

function linesOf(health: SeriesHealth, style: Style): string[] {
  const { damage, gaps, zeroVolume, outliers, disputed, crossChecks } = health;
  const lines = damage.map((one) => style.paint('bad', `damaged: ${one}`));
  if (gaps.longest) {
    const { afterMs, missingRows } = gaps.longest;
    const longest = `the longest of ${formatCount(missingRows)} after ${formatMoment(afterMs)}`;
    lines.push(
      `gaps: ${formatCount(gaps.count)}, ${formatCount(gaps.missingRows)} rows missing, ${longest}`,
    );
  }
  if (zeroVolume > 0) lines.push(`without a trade: ${formatCount(zeroVolume)} bars`);
  const [worst] = outliers.shown;
  if (worst) {
    const at = `${worst.field} ${percent(worst.move)} away at ${formatMoment(worst.timeMs)}`;
    lines.push(`outliers: ${formatCount(outliers.count)}, the greatest: ${at}`);
  }
  const [dispute] = disputed.shown;
  if (dispute) {
    const { timeMs, kept, lost, source } = dispute;
    const values = `kept ${kept.join(' ')}, not ${lost.join(' ')} of ${source}`;
    lines.push(
      `disputed: ${formatCount(disputed.count)} rows, as at ${formatMoment(timeMs)}: ${values}`,
    );
  }
  for (const { finer, compared, disagreeing, shown, repairable, repaired } of crossChecks) {
    const [first] = shown;
    if (first) {
      const { field, recorded, fromFiner, timeMs } = first;
      const example = `${field} ${recorded} here, ${fromFiner} there at ${formatMoment(timeMs)}`;
      const counts = `${formatCount(disagreeing)} of ${formatCount(compared)} bars`;
      lines.push(`disagrees with ${finer.interval}: ${counts}, as ${example}`);
    }
    if (repaired > 0)
      lines.push(
        style.paint('good', `repaired from ${finer.interval}: ${formatCount(repaired)} bars`),
      );
    else if (repairable > 0) {
      lines.push(
        `can be repaired from ${finer.interval}: ${formatCount(repairable)} bars, by --repair`,
      );
    }
  }
  return lines;
}

function textOf(found: readonly SeriesHealth[]) {
  return (style: Style): string => {
    const lines = found.flatMap((health) => {
      const remarks = linesOf(health, style);
      if (remarks.length === 0) return [];
      return [style.paint('strong', formatKey(health.key)), ...remarks.map((line) => `  ${line}`)];
    });
    const sound = found.filter((health) => linesOf(health, style).length === 0).length;
    const damaged = found.filter(({ damage }) => damage.length > 0).length;
    const end = `${found.length} series looked at, ${sound} without a remark, ${damaged} damaged`;
    return [...lines, end].join('\n');
  };
}

/** Exit code 1 when files are damaged, 5 when nothing fits the flags. */
export async function runDoctor({ flags, store, bar }: DataContext): Promise<Report> {
  const all = storedSeries(store.root);
  const wanted = readSeriesFlags(flags);
  const keys = all.filter((key) => matches(wanted, key));
  if (keys.length === 0) {
    throw new CliFailure(EXIT.notFound, `no such series is stored in ${store.root}`, {
      mend: 'perpetua data list',
    });
  }
  const found = await examine(store, keys, all, flags.is('repair'), (done, key) =>
    bar.show(done, keys.length, formatKey(key)),
  );
  bar.clear();
  const isDamaged = found.some(({ damage }) => damage.length > 0);
  return report(
    { folder: store.root, series: found },
    textOf(found),
    isDamaged ? EXIT.failed : EXIT.done,
  );
}
