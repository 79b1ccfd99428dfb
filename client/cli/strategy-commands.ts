/** `strategy list|show|check`: the seeds with their genes, and a file of the user's own tried out. */
import type { Command } from 'commander';
import { type FoundStrategy, findStrategy } from '../../config/strategy-file.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { FILTERS } from '../../domain/signals/filters.ts';
import type { GeneSpec } from '../../domain/signals/genes.ts';
import { parseGenes } from '../../domain/signals/genes.ts';
import { SEEDS } from '../../domain/signals/registry.ts';
import { historyBars } from '../../domain/signals/window.ts';
import { addLeaf } from './command.ts';
import { CliFailure, usageFailure } from './failure.ts';
import { type Report, report, type Tell } from './report.ts';
import type { Style } from './style.ts';
import { renderFields, renderTable } from './table.ts';
import type { World } from './world.ts';

/** The strategy that a word means. @throws CliFailure with the rule that it breaks */
export async function readStrategy(
  world: World,
  word: string,
  exit: typeof EXIT.usage | typeof EXIT.notFound = EXIT.usage,
): Promise<FoundStrategy> {
  const { strategies } = await world.settings();
  const found = await findStrategy(word, strategies);
  if (found.ok) return found.value;
  const violation = { ...found.error, field: '--strategy' };
  if (exit === EXIT.usage) throw usageFailure(violation);
  throw new CliFailure(exit, describeViolation(violation), {
    violation,
    mend: 'perpetua strategy list',
  });
}

function boundsOf(gene: GeneSpec): string {
  if (gene.kind === 'category') return gene.options.join(' | ');
  if (gene.kind === 'text') return 'a rule';
  return `${gene.min} to ${gene.max}${gene.kind === 'int' ? ', whole' : ''}`;
}

/** A gene as plain JSON. */
function geneDocument(gene: GeneSpec): object {
  const { kind, name, title, default: standard } = gene;
  const bounds =
    gene.kind === 'category'
      ? { options: gene.options }
      : gene.kind === 'text'
        ? {}
        : { min: gene.min, max: gene.max };
  return { name, kind, title, default: standard, ...bounds };
}

function listStrategies(): Report {
  const seeds = SEEDS.map(({ name, title, genes }) => ({ name, title, genes: genes.length }));
  const filters = FILTERS.map(({ name, title }) => ({ name, title }));
  return report({ strategies: seeds, filters }, (style) => {
    const headers = [{ header: 'strategy' }, { header: 'what it does' }];
    const rows = seeds.map(({ name, title }) => [name, title]);
    const added = filters.map(({ name, title }) => [`+${name}`, title]);
    const filterHeaders = [{ header: 'filter' }, { header: 'what it holds back' }];
    return `${renderTable(headers, rows, style)}\n\n${renderTable(filterHeaders, added, style)}`;
  });
}

function describeStrategy({ seed, file }: FoundStrategy): Report {
  const defaults = parseGenes(seed, {});
  const genes = defaults.ok ? defaults.value : {};
  const needs = seed.needs?.(genes) ?? {};
  const bars = historyBars(seed, genes);
  const { name, title, description, constraints } = seed;
  const document = {
    name,
    title,
    description,
    historyBars: bars,
    needs,
    genes: seed.genes.map(geneDocument),
    constraints,
    ...(file === undefined ? {} : { file }),
  };
  return report(document, (style) => renderStrategy(document, seed.genes, style));
}

function renderStrategy(
  document: {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly historyBars: number;
    readonly needs: object;
    readonly constraints: readonly { readonly less: string; readonly than: string }[];
    readonly file?: { readonly path: string; readonly sha256: string };
  },
  genes: readonly GeneSpec[],
  style: Style,
): string {
  const { file, constraints } = document;
  const needs = Object.entries(document.needs).map(([need, value]) => `${need} ${value}`);
  const fields = renderFields(
    [
      ['strategy', document.name],
      ['title', document.title],
      ['reads', `${document.historyBars} closed bars at most, with its default genes`],
      ...(needs.length === 0 ? [] : [['beside bars', needs.join(', ')] as const]),
      ...(constraints.length === 0
        ? []
        : [
            ['rules', constraints.map(({ less, than }) => `${less} < ${than}`).join(', ')] as const,
          ]),
      ...(file === undefined
        ? []
        : ([
            ['file', file.path],
            ['sha256', file.sha256],
          ] as const)),
    ],
    style,
  );
  const headers = ['gene', 'default', 'allowed', 'meaning'].map((header) => ({ header }));
  const rows = genes.map((gene) => [gene.name, String(gene.default), boundsOf(gene), gene.title]);
  return `${fields}\n\n${document.description}\n\n${renderTable(headers, rows, style)}`;
}

/** Adds the `strategy` group. */
export function addStrategyCommands(program: Command, world: World, tell: Tell): void {
  const group = program.command('strategy').description('Look at strategies and their genes');
  addLeaf(group, 'list', 'List the strategies and the filters that may follow their names', [
    'perpetua strategy list',
  ]).action(() => tell(listStrategies()));
  addLeaf(group, 'show', 'Show one strategy: what it does, its genes, their bounds and defaults', [
    'perpetua strategy show ema-crossover',
    'perpetua strategy show rsi-reversion+volatility-regime+correlation',
    'perpetua strategy show ./my-seed.ts',
  ])
    .argument('<name>', 'a strategy, filters after plus signs, or the path of a file')
    .action(async (name: string) =>
      tell(describeStrategy(await readStrategy(world, name, EXIT.notFound))),
    );
  addLeaf(group, 'check', 'Load a strategy file, and try it on made-up bars for look-ahead', [
    'perpetua strategy check ./my-seed.ts',
  ])
    .argument('<file>', 'path of the file')
    .action(async (path: string) => {
      const found = await readStrategy(world, path);
      const { name } = found.seed;
      const checks = ['shape', 'genes', 'trace', 'look-ahead'];
      tell(
        report({ name, ...found.file, passed: checks }, (style) => {
          return `${style.paint('good', 'sound')} ${name}: ${checks.join(', ')}`;
        }),
      );
    });
}
