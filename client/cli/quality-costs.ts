/** The cost model for people: each figure, how many orders it rests on, and where it comes from. */
import {
  type AssetCosts,
  type CostFigure,
  type CostModel,
  SIZE_BUCKETS,
} from '../../domain/execution/cost-model/cost-model.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

const shown = ({ bps, observations, source }: CostFigure): string =>
  `${bps} (${source === 'default' ? 'default' : 'measured'}, ${observations})`;

const COLUMNS = [
  { header: 'asset' },
  { header: 'taker fee', align: 'right' },
  { header: 'maker fee', align: 'right' },
  { header: 'half spread', align: 'right' },
  { header: '< 1k', align: 'right' },
  { header: '< 10k', align: 'right' },
  { header: '< 100k', align: 'right' },
  { header: 'above', align: 'right' },
  { header: 'adverse', align: 'right' },
] as const;

const rowOf = (name: string, costs: AssetCosts): readonly string[] => [
  name,
  shown(costs.takerFee),
  shown(costs.makerFee),
  shown(costs.halfSpread),
  ...SIZE_BUCKETS.map((bucket) => shown(costs.impact[bucket])),
  shown(costs.adverse),
];

export function renderCosts(model: CostModel, style: Style): string {
  const { defaults } = model;
  const other = [
    'others',
    defaults.takerFeeBps,
    defaults.makerFeeBps,
    defaults.halfSpreadBps,
    ...SIZE_BUCKETS.map((bucket) => defaults.impactBps[bucket]),
    defaults.adverseBps,
  ];
  const rows = Object.entries(model.assets).map(([name, costs]) => rowOf(name, costs));
  const rule =
    `basis points (source, orders); the default below ${model.leastObservations} orders, ` +
    `from then on it counts like ${model.priorWeight} of them`;
  return [renderTable(COLUMNS, [...rows, other], style), '', style.paint('muted', rule)].join('\n');
}
