/** One parent order and lists of them, as JSON documents and as text. */
import type { ParentSpec } from '../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import type { LegState } from '../../domain/execution/parents/plan.ts';
import { isLive } from '../../domain/execution/parents/plan.ts';
import type { ExitCode } from '../../domain/kernel/exit-codes.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { formatTime, toneOfStatus } from './format.ts';
import type { Style } from './style.ts';
import { renderFields, renderTable } from './table.ts';

/** The document of one parent. Every key is always there; what is not known is null. */
export function parentDocument(
  view: ParentView,
  workflowId: string,
): Readonly<Record<string, unknown>> {
  const { intent, legs } = view;
  return {
    intentId: intent.intentId,
    workflowId,
    kind: intent.spec.kind,
    status: view.status,
    filledBase: view.filledBase,
    reason: view.reason ?? null,
    denial: view.denial ?? null,
    venueTwap: view.venueTwap ?? null,
    cancelRequested: view.cancelRequested ?? null,
    startedMs: view.startedMs,
    legs: legs.map(({ plan, status, filledBase }) => ({
      intentId: `${intent.intentId}/${plan.name}`,
      ...plan,
      status,
      filledBase,
    })),
    intent,
  };
}

/** What a parent's state means to a script: one that was stopped ended short of what it was for. */
export function exitOfParent({ status, denial }: ParentView): ExitCode {
  if (status === 'DENIED') return denial?.kind === 'invalid' ? EXIT.usage : EXIT.refused;
  return status === 'STOPPED' ? EXIT.failed : EXIT.done;
}

const KIND_WORDS: Readonly<Record<ParentSpec['kind'], string>> = {
  bracket: 'bracket',
  chase: 'chase',
  closePosition: 'close position',
  iceberg: 'iceberg',
  ladder: 'ladder',
  oco: 'OCO',
  trailingStop: 'trailing stop',
  twap: 'TWAP',
  venueTwap: 'TWAP of the venue',
};

/** `bracket: buy 0.01 BTC`. */
export function describeParent({ intent: { spec, asset } }: ParentView): string {
  const what = KIND_WORDS[spec.kind];
  if (spec.kind === 'closePosition') return `${what}: ${asset}`;
  const { side, sizeBase } = spec.kind === 'oco' ? spec.first : spec;
  return `${what}: ${side} ${sizeBase} ${asset}`;
}

const LEG_COLUMNS = [
  { header: 'leg' },
  { header: 'side' },
  { header: 'type' },
  { header: 'size', align: 'right' },
  { header: 'price', align: 'right' },
  { header: 'filled', align: 'right' },
  { header: 'status' },
] as const;

const renderLegs = (legs: readonly LegState[], style: Style): string =>
  renderTable(
    LEG_COLUMNS,
    legs.map(({ plan, status, filledBase }) => [
      plan.name,
      plan.side,
      plan.type,
      plan.sizeBase,
      plan.limitPx ?? plan.triggerPx ?? 'market',
      filledBase,
      { text: status, tone: toneOfStatus(status) },
    ]),
    style,
  );

/** What is known of a TWAP that the venue works. */
function venueFields({ venueTwap }: ParentView): readonly (readonly [string, string])[] {
  if (venueTwap === undefined) return [];
  const { twapId, status, executedUsd, doubt } = venueTwap;
  return [
    ...(twapId === undefined ? [] : [['venue id', String(twapId)] as const]),
    ...(status === undefined ? [] : [['on the venue', status] as const]),
    ...(executedUsd === undefined ? [] : [['executed', `${executedUsd} USD`] as const]),
    ...(doubt === undefined ? [] : [['in doubt', doubt] as const]),
  ];
}

/** One parent for people, with its legs. */
export function renderParent(view: ParentView, workflowId: string, style: Style): string {
  const why = view.denial === undefined ? view.reason : describeViolation(view.denial);
  const fields = renderFields(
    [
      ['order', describeParent(view)],
      ['status', { text: view.status, tone: toneOfStatus(view.status) }],
      ...(why === undefined ? [] : [['reason', why] as const]),
      ['filled', view.filledBase],
      ...venueFields(view),
      ['intent key', view.intent.intentId],
      ['workflow', workflowId],
    ],
    style,
  );
  return view.legs.length === 0 ? fields : `${fields}\n\n${renderLegs(view.legs, style)}`;
}

const COLUMNS = [
  { header: 'changed' },
  { header: 'parent order' },
  { header: 'legs', align: 'right' },
  { header: 'open', align: 'right' },
  { header: 'filled', align: 'right' },
  { header: 'status' },
  { header: 'intent key' },
] as const;

export interface ListedParent {
  readonly view: ParentView;
  readonly updatedMs: number;
}

export function renderParents(rows: readonly ListedParent[], style: Style): string {
  return renderTable(
    COLUMNS,
    rows.map(({ view, updatedMs }) => [
      formatTime(updatedMs),
      describeParent(view),
      String(view.legs.length),
      String(view.legs.filter(isLive).length),
      view.filledBase,
      { text: view.status, tone: toneOfStatus(view.status) },
      view.intent.intentId,
    ]),
    style,
  );
}
