/** How well orders were executed, as JSON documents and as text. Positive numbers are costs. */
import type { OrderQuality } from '../../domain/execution/quality/order-quality.ts';
import type { QualitySummary, Spread } from '../../domain/execution/quality/summary.ts';
import type { LedgerReader } from '../../gateways/ledger/reader.ts';
import { formatTime, formatUsd, toneOfStatus } from './format.ts';
import type { Style } from './style.ts';
import { type Cell, renderFields, renderTable } from './table.ts';

export type MeasuredOrder = Awaited<ReturnType<LedgerReader['quality']>>[number];

const ABSENT = '-';
const DIGITS = 2;

/** Two decimals; what was not measured is a dash. */
const rounded = (value: string | number | undefined): string =>
  value === undefined ? ABSENT : Number(value).toFixed(DIGITS);
const bps = (value: string | undefined): string =>
  value === undefined ? ABSENT : `${rounded(value)} bps`;
const money = (value: string | undefined): string =>
  value === undefined ? ABSENT : `${Number(value).toFixed(4)} USD`;
const percent = (value: string | undefined): string =>
  value === undefined ? ABSENT : `${(Number(value) * 100).toFixed(1)} %`;
const milliseconds = (value: number | undefined): string =>
  value === undefined ? ABSENT : `${value} ms`;

const orNull = (value: unknown): unknown => value ?? null;

/** The measures of an order or a parent. Every key is always there; what is not known is null. */
export function measuresDocument(quality: OrderQuality): Readonly<Record<string, unknown>> {
  return {
    benchmark: quality.benchmark,
    benchmarkPx: orNull(quality.benchmarkPx),
    averagePx: orNull(quality.averagePx),
    filledBase: quality.filledBase,
    notionalUsd: quality.notionalUsd,
    fillRatio: quality.fillRatio,
    makerShare: orNull(quality.makerShare),
    delayUsd: orNull(quality.delayUsd),
    tradingUsd: orNull(quality.tradingUsd),
    feeUsd: quality.feeUsd,
    opportunityUsd: orNull(quality.opportunityUsd),
    shortfallUsd: orNull(quality.shortfallUsd),
    shortfallBps: orNull(quality.shortfallBps),
    slippageMidBps: orNull(quality.slippageMidBps),
    slippageBookBps: orNull(quality.slippageBookBps),
    halfSpreadBps: orNull(quality.halfSpreadBps),
    feeBps: orNull(quality.feeBps),
    markouts: quality.markouts,
    ackMs: orNull(quality.ackMs),
    firstFillMs: orNull(quality.firstFillMs),
    lastFillMs: orNull(quality.lastFillMs),
  };
}

/** The document of one order's quality. Every key is always there; what is not known is null. */
export function qualityDocument({
  intent,
  status,
  reason,
  createdMs,
  arrival,
  end,
  quality,
}: MeasuredOrder): Readonly<Record<string, unknown>> {
  return {
    intentId: intent.intentId,
    parent: orNull(intent.parent),
    strategy: intent.strategy,
    session: orNull(intent.session),
    asset: intent.asset,
    side: intent.side,
    type: intent.type,
    sizeBase: intent.sizeBase,
    status,
    reason: orNull(reason),
    createdMs,
    arrival: orNull(arrival),
    end: orNull(end),
    ...measuresDocument(quality),
  };
}

function markoutLine({
  bps: value,
  fills,
  lateBps,
  late,
  missing,
}: OrderQuality['markouts'][number]) {
  if (fills + late + missing === 0) return 'not captured yet';
  const parts = [
    ...(fills > 0 ? [`${bps(value)} (${fills} fills)`] : []),
    ...(late > 0 ? [`late: ${bps(lateBps)} (${late} fills, not at the moment)`] : []),
    ...(missing > 0 ? [`${missing} fills without a price`] : []),
  ];
  return parts.join('; ');
}

const BENCHMARKS: Readonly<Record<OrderQuality['benchmark'], string>> = {
  decision: 'mid at the decision',
  arrival: 'mid at arrival (nobody decided before)',
  trigger: 'trigger price',
  none: 'none: the market at arrival is not known',
};

/** @param note on the book at arrival */
export function measureFields(
  quality: OrderQuality,
  note = '',
): readonly (readonly [string, string])[] {
  const seconds = (horizonMs: number): string => `markout ${horizonMs / 1_000} s`;
  return [
    ['measured from', `${BENCHMARKS[quality.benchmark]} ${quality.benchmarkPx ?? ''}`.trim()],
    ['mid at arrival', quality.arrivalPx ?? ABSENT],
    ['average price', quality.averagePx ?? ABSENT],
    ['filled', `${percent(quality.fillRatio)}: ${quality.filledBase}`],
    ['shortfall', `${money(quality.shortfallUsd)}, ${bps(quality.shortfallBps)}`],
    ['  delay', money(quality.delayUsd)],
    ['  trading', money(quality.tradingUsd)],
    ['  fees', `${money(quality.feeUsd)}, ${bps(quality.feeBps)}`],
    ['  not filled', money(quality.opportunityUsd)],
    ['against mid', bps(quality.slippageMidBps)],
    ['against book', `${bps(quality.slippageBookBps)}${note}`],
    ['half spread', bps(quality.halfSpreadBps)],
    ...quality.markouts.map((each) => [seconds(each.horizonMs), markoutLine(each)] as const),
    ['maker share', percent(quality.makerShare)],
    ['acknowledged', milliseconds(quality.ackMs)],
    [
      'first, last fill',
      `${milliseconds(quality.firstFillMs)}, ${milliseconds(quality.lastFillMs)}`,
    ],
  ];
}

/** One order for people. */
export function renderQuality(order: MeasuredOrder, style: Style): string {
  const { intent, status, reason, arrival, end, quality } = order;
  const isMeasured = quality.benchmark !== 'none' || quality.averagePx !== undefined;
  return renderFields(
    [
      ['order', `${intent.side} ${intent.sizeBase} ${intent.asset} ${intent.type.toLowerCase()}`],
      ['status', { text: status, tone: toneOfStatus(status) }],
      ...(end === undefined
        ? []
        : [['ended at', `${end.px ?? 'a price that is gone'} (${end.source})`] as const]),
      ...(reason === undefined ? [] : [['reason', reason] as const]),
      ...(isMeasured
        ? measureFields(quality, bookNote(arrival, intent.sizeBase))
        : [['measured', 'nothing: no market is known that it met'] as const]),
    ],
    style,
  );
}

function bookNote(arrival: MeasuredOrder['arrival'], size: string): string {
  if (arrival?.book === undefined) return '';
  const { px, sizeBase, ageMs } = arrival.book;
  const depth = Number(sizeBase) < Number(size) ? `only ${sizeBase} was visible` : `at ${px}`;
  return ` (${depth}, ${ageMs} ms old)`;
}

/** `median (mean)`; a dash where no order has the measure. */
const middle = ({ median, mean }: Spread): string =>
  median === undefined ? ABSENT : `${rounded(median)} (${rounded(mean)})`;

const COLUMNS = [
  { header: '' },
  { header: 'orders', align: 'right' },
  { header: 'filled', align: 'right' },
  { header: 'volume USD', align: 'right' },
  { header: 'fill %', align: 'right' },
  { header: 'maker %', align: 'right' },
  { header: 'shortfall bps', align: 'right' },
  { header: 'vs mid', align: 'right' },
  { header: 'vs book', align: 'right' },
  { header: 'fee', align: 'right' },
  { header: '1 s', align: 'right' },
  { header: '10 s', align: 'right' },
  { header: '60 s', align: 'right' },
  { header: 'ack ms', align: 'right' },
  { header: 'fill ms', align: 'right' },
] as const;

export interface Group {
  readonly name: string;
  readonly summary: QualitySummary;
}

function rowOf({ name, summary }: Group): readonly (Cell | string)[] {
  const { fillRatio, makerShare, markoutBps } = summary;
  const part = (value: string | undefined): string =>
    value === undefined ? ABSENT : (Number(value) * 100).toFixed(1);
  return [
    name,
    String(summary.orders),
    String(summary.filledOrders),
    formatUsd(summary.notionalUsd),
    part(fillRatio.mean),
    part(makerShare),
    middle(summary.shortfallBps),
    middle(summary.slippageMidBps),
    middle(summary.slippageBookBps),
    middle(summary.feeBps),
    ...Object.values(markoutBps).map(middle),
    middle(summary.ackMs),
    middle(summary.lastFillMs),
  ];
}

/** Groups, and all of them together at the end. */
export function renderSummaries(
  groups: readonly Group[],
  all: QualitySummary,
  style: Style,
): string {
  if (all.orders === 0) return style.paint('muted', 'no such order');
  const { markouts, refusals } = all;
  const table = renderTable(COLUMNS, [...groups, { name: 'all', summary: all }].map(rowOf), style);
  const late =
    markouts.late + markouts.missing === 0
      ? []
      : [
          `${markouts.fills} markouts were taken in time; ${markouts.late} late and ` +
            `${markouts.missing} without a price are not in the figures`,
        ];
  const why = Object.entries(refusals).map(([reason, count]) => `  ${count} × ${reason}`);
  return [
    table,
    '',
    style.paint('muted', 'median (mean) in basis points; a positive number is a cost'),
    ...late,
    ...(why.length === 0 ? [] : ['turned down:', ...why]),
  ].join('\n');
}

/** Legs of a parent, oldest first. */
export function renderLegs(orders: readonly MeasuredOrder[], style: Style): string {
  const columns = [
    { header: 'placed' },
    { header: 'leg' },
    { header: 'side' },
    { header: 'size', align: 'right' },
    { header: 'fill', align: 'right' },
    { header: 'average', align: 'right' },
    { header: 'shortfall', align: 'right' },
    { header: 'vs mid', align: 'right' },
    { header: 'status' },
  ] as const;
  const rows = orders.map(({ createdMs, intent, quality, status }) => [
    formatTime(createdMs),
    intent.intentId,
    intent.side,
    intent.sizeBase,
    percent(quality.fillRatio),
    quality.averagePx ?? ABSENT,
    bps(quality.shortfallBps),
    bps(quality.slippageMidBps),
    { text: status, tone: toneOfStatus(status) },
  ]);
  return renderTable(columns, rows, style);
}
