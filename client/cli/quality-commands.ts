/** `quality`, `quality costs` and `order quality`: how well orders were executed, and what they cost. */
import type { Command } from 'commander';
import { costModel } from '../../domain/execution/cost-model/cost-model.ts';
import { observationOf } from '../../domain/execution/cost-model/observe.ts';
import { orderQuality, parentQuality } from '../../domain/execution/quality/order-quality.ts';
import { summarize, summarizeBy } from '../../domain/execution/quality/summary.ts';
import { isIntentId } from '../../domain/kernel/ids.ts';
import type { LedgerReader } from '../../gateways/ledger/reader.ts';
import { addLeaf, wordOption } from './command.ts';
import { notFound } from './order-find.ts';
import { renderCosts } from './quality-costs.ts';
import {
  type MeasuredOrder,
  measureFields,
  measuresDocument,
  qualityDocument,
  renderLegs,
  renderQuality,
  renderSummaries,
} from './quality-report.ts';
import { type Report, report, type Tell } from './report.ts';
import { renderFields } from './table.ts';
import { readPastMs, readWord } from './values.ts';
import type { World } from './world.ts';

const GROUPINGS = ['strategy', 'asset', 'session', 'type'] as const;

interface QualityOptions {
  readonly strategy?: string;
  readonly asset?: string;
  readonly session?: string;
  readonly since?: string;
}

async function readOrders(world: World, options: QualityOptions) {
  const { account } = await world.target();
  const { strategy, asset, session, since } = options;
  return (await world.ledger()).quality({
    account,
    ...(strategy === undefined ? {} : { strategy }),
    ...(asset === undefined ? {} : { asset }),
    ...(session === undefined ? {} : { session }),
    ...(since === undefined ? {} : { sinceMs: readPastMs('--since', since, world.nowMs()) }),
  });
}

const NAMES: Readonly<Record<(typeof GROUPINGS)[number], (order: MeasuredOrder) => string>> = {
  strategy: ({ strategy }) => strategy,
  asset: ({ asset }) => asset,
  session: ({ intent }) => intent.session ?? 'by hand',
  type: ({ intent }) => intent.type,
};

/** @throws CliFailure */
export async function showQuality(
  world: World,
  options: QualityOptions & { readonly by: string },
): Promise<Report> {
  const by = readWord('--by', options.by, GROUPINGS);
  const orders = await readOrders(world, options);
  const groups = summarizeBy(orders, (row) => NAMES[by](row as MeasuredOrder));
  const all = summarize(orders);
  return report({ by, groups, all }, (style) => renderSummaries(groups, all, style));
}

/** @throws CliFailure */
export async function showCosts(world: World, options: QualityOptions): Promise<Report> {
  const orders = await readOrders(world, options);
  const observations = orders.flatMap((order) => observationOf(order) ?? []);
  const model = costModel(observations);
  return report(model, (style) => renderCosts(model, style));
}

type Parent = NonNullable<Awaited<ReturnType<LedgerReader['parent']>>>;

/** A parent as one order, and its legs; a TWAP that the venue works has none. */
async function parentReport(ledger: LedgerReader, parent: Parent): Promise<Report> {
  const { account, intentId, spec } = parent.view.intent;
  const legs = (await ledger.quality({ account, parent: intentId })).toReversed();
  const evidence = legs.map((leg) => leg.evidence);
  const byVenue = spec.kind === 'venueTwap' ? await ledger.twapEvidence(parent) : undefined;
  const size = 'sizeBase' in spec ? spec.sizeBase : undefined;
  const whole = byVenue === undefined ? parentQuality(evidence, size) : orderQuality(byVenue);
  const document = {
    intentId,
    whole: whole === undefined ? null : measuresDocument(whole),
    legs: legs.map(qualityDocument),
    all: summarize(legs),
  };
  return report(document, (style) => {
    const parts = [
      ...(whole === undefined ? [] : [renderFields(measureFields(whole), style)]),
      ...(legs.length === 0 ? [] : [renderLegs(legs, style)]),
    ];
    return parts.length === 0 ? style.paint('muted', 'nothing has filled') : parts.join('\n\n');
  });
}

/** One order, or a parent with its legs. @throws CliFailure (not found) */
export async function showOrderQuality(world: World, id: string): Promise<Report> {
  const { account } = await world.target();
  const ledger = await world.ledger();
  const key = id.replace(/^parent:0x[0-9a-f]{40}:/, '');
  const parent = isIntentId(key) ? await ledger.parent(account, key) : undefined;
  if (parent !== undefined) return parentReport(ledger, parent);
  const story = await ledger.order(id, account);
  const [order] =
    story === undefined ? [] : await ledger.quality({ account, intentId: story.intentId });
  if (order === undefined) throw notFound(id);
  return report(qualityDocument(order), (style) => renderQuality(order, style));
}

const addFilters = (command: Command): Command =>
  command
    .option('--strategy <name>', 'only orders of this strategy')
    .option('--asset <asset>', 'only of this asset')
    .option('--session <name>', 'only of this session')
    .option('--since <moment>', 'only placed since: 2030-01-31T12:00Z, or 24h for the last day');

/** Adds `quality` and `quality costs`. */
export function addQualityCommands(program: Command, world: World, tell: Tell): void {
  const quality = addFilters(
    addLeaf(program, 'quality', 'How well orders were executed: shortfall, slippage, markouts', [
      'perpetua quality',
      'perpetua quality --strategy ema-crossover --since 24h',
      'perpetua quality --by asset --json',
      'perpetua quality costs --json > costs.json',
    ]),
  )
    .addOption(wordOption('--by <what>', 'one line for each', GROUPINGS).default('strategy'))
    .action(async (options: QualityOptions & { readonly by: string }) =>
      tell(await showQuality(world, options)),
    );
  addFilters(
    addLeaf(quality, 'costs', 'The cost model that these orders suggest, for backtests', [
      'perpetua quality costs',
      'perpetua quality costs --since 720h --json > costs.json',
    ]),
  ).action(async (_options: QualityOptions, command: Command) =>
    // Options before and after the word `costs` mean the same.
    tell(await showCosts(world, command.optsWithGlobals<QualityOptions>())),
  );
}

/** Adds `order quality`. */
export function addOrderQuality(group: Command, world: World, tell: Tell): void {
  addLeaf(group, 'quality', 'How well one order was executed, or a parent with its legs', [
    'perpetua order quality my-key-1',
    'perpetua order quality my-twap --json',
  ])
    .argument('<id>', 'intent key, cloid, venue order id or workflow id')
    .action(async (id: string) => tell(await showOrderQuality(world, id)));
}
