/**
 * One order's story in the order in which it happened: bar, signal, sizing, risk, intent, envelope,
 * steps, fills, result. Each chapter is a title and lines; a missing fact is left out, not guessed.
 */

import type { OrderIntent } from '../../domain/execution/intent.ts';
import { newOrderFacts } from '../../domain/execution/order-facts.ts';
import { viewOrder } from '../../domain/execution/order-view.ts';
import type { LedgerReader } from '../../gateways/ledger/reader.ts';
import { formatSignedUsd, formatTime } from './format.ts';
import { describeOrder } from './order-report.ts';

export type OrderStory = NonNullable<Awaited<ReturnType<LedgerReader['order']>>>;
type Loose = Readonly<Record<string, unknown>>;

export interface Chapter {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Decision records are stored as loose JSON; a part of another shape is shown as nothing. */
const looseOf = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
const textOf = (value: unknown): string => (value === undefined ? '?' : String(value));

function signalLines(signal: Loose): readonly string[] {
  if (signal.kind !== 'signal') return [`no signal: ${textOf(signal.reason)}`];
  return [
    `${textOf(signal.stance)}, strength ${textOf(signal.strength)}: ${textOf(signal.reason)}`,
    `stop distance ${textOf(signal.stopDistanceFraction)}, volatility per bar ${textOf(signal.volatilityPerBar)}`,
  ];
}

function sizingLines(sizing: Loose): readonly string[] {
  if (sizing.kind === undefined) return ['none needed'];
  if (sizing.kind !== 'sized') return [`no size: ${textOf(sizing.reason)}`];
  return [
    `target ${textOf(sizing.targetSizeBase)} at ${textOf(sizing.referencePx)} ` +
      `(${textOf(sizing.notionalUsd)} USD), stop ${textOf(sizing.stopPx)}, ` +
      `loss at the stop ${textOf(sizing.lossAtStopUsd)} USD`,
    ...targetLines(looseOf(sizing.exits)),
    textOf(sizing.reason),
  ];
}

/** `targets: 0.5 of the position gone at 61000, all of it at 62000; then the stop moves to 60000`. */
function targetLines({ targets, stopAfterPx }: Loose): readonly string[] {
  if (!Array.isArray(targets)) return [];
  const parts = targets.map((each: unknown) => {
    const { px, upToFraction } = looseOf(each);
    const part = upToFraction === '1' ? 'all of it' : `${textOf(upToFraction)} of it`;
    return `${part} gone at ${textOf(px)}`;
  });
  const moved =
    stopAfterPx === undefined ? '' : `; after the first the stop moves to ${textOf(stopAfterPx)}`;
  return [`targets: ${parts.join(', ')}${moved}`];
}

/** What an order of a session is for: how a position was left, when it is filled. */
const PURPOSES: Readonly<Partial<Record<OrderIntent['leg'], string>>> = {
  entry: 'opens the position that the signal asked for',
  exit: 'leaves the position: its signal is over, or its session ended',
  protect: 'leaves the position at its protective stop',
  target: 'leaves the position, or a part of it, at a target',
};

function checkLine(check: Loose): string {
  const limit = textOf(check.limit);
  const bound = limit === '' ? '' : `; limit ${limit}`;
  return `${textOf(check.check)}: ${textOf(check.field)} ${textOf(check.value)}: ${textOf(check.rule)}${bound}`;
}

function riskLines(answers: unknown): readonly string[] {
  if (!Array.isArray(answers)) return [];
  return answers.flatMap((answer: unknown) => {
    const risk = looseOf(answer);
    if (risk.effect === undefined) return [`refused: ${checkLine(risk)}`];
    const { checks } = risk;
    const passed = Array.isArray(checks) ? checks.map((check: unknown) => looseOf(check)) : [];
    const verdict =
      risk.effect === 'reduces'
        ? 'approved: it only reduces a position, which is always allowed'
        : `approved after ${passed.length} checks`;
    return [verdict, ...passed.map((check) => `  ${checkLine(check)}`)];
  });
}

function decisionChapters({ decision }: OrderStory): readonly Chapter[] {
  if (decision === undefined) return [];
  const { plan } = decision;
  return [
    {
      title: 'Bar',
      lines: [
        `${decision.asset}, opened at ${formatTime(decision.barOpenTimeMs)} (market time), ` +
          `decided at ${formatTime(decision.decidedMs)} by session ${decision.session}`,
        `inputs ${decision.inputsHash}`,
      ],
    },
    { title: 'Signal', lines: signalLines(looseOf(plan.signal)) },
    { title: 'Sizing', lines: sizingLines(looseOf(plan.sizing)) },
    { title: 'Risk', lines: riskLines(plan.risk) },
  ];
}

function arrivalLines({ arrival }: OrderStory['envelopes'][number]): readonly string[] {
  if (arrival === undefined) return [];
  const { midPx, bidPx, askPx, book } = arrival;
  const quote = bidPx === undefined ? '' : `, bid ${bidPx}, ask ${askPx ?? '?'}`;
  const walked =
    book === undefined ? '' : `; the book would have given ${book.sizeBase} at ${book.px}`;
  return [`market then: mid ${midPx}${quote}${walked}`];
}

function envelopeLines({ envelopes }: OrderStory): readonly string[] {
  if (envelopes.length === 0) return ['none: nothing was ever ready to be sent'];
  return envelopes.flatMap((envelope) => [
    `cloid ${envelope.cloid}, nonce ${envelope.nonce}, ` +
      `expires ${formatTime(envelope.expiresAfterMs)}, signer ${envelope.signer}, ` +
      `sent ${envelope.sends} time${envelope.sends === 1 ? '' : 's'}`,
    `action ${JSON.stringify(envelope.action)}`,
    ...arrivalLines(envelope),
  ]);
}

/** What happened and its facts, flat: `+0.031 s  sent  sends 1`. */
function stepLines({ steps }: OrderStory): readonly string[] {
  const startMs = steps[0]?.atMs ?? 0;
  const flat = (detail: Loose, prefix = ''): string[] =>
    Object.entries(detail).flatMap(([name, value]) =>
      // Told with the envelope, and by `order quality`.
      name === 'arrival'
        ? []
        : typeof value === 'object' && value !== null
          ? flat(looseOf(value))
          : [`${prefix}${name} ${textOf(value)}`],
    );
  return steps.map((step) => {
    const since = `+${((step.atMs - startMs) / 1000).toFixed(3)} s`;
    return `${since.padStart(11)}  ${step.what}  ${flat(step.detail).join(', ')}`.trimEnd();
  });
}

const fillLines = ({ fills }: OrderStory): readonly string[] =>
  fills.map(
    (fill) =>
      `${formatTime(fill.timeMs)}  ${fill.side} ${fill.sizeBase} at ${fill.px} ` +
      `(${fill.crossed ? 'taker' : 'maker'}, ${fill.direction}), fee ${fill.feeUsd} ` +
      `${fill.feeToken}, closed PnL ${formatSignedUsd(fill.closedPnlUsd)} USD`,
  );

/** The state as recorded; an order that was prepared and not recorded yet has none of its own. */
const viewOf = (story: OrderStory) =>
  story.view ?? viewOrder(story.intent, newOrderFacts(story.intent.sizeBase));

const purposeOf = ({ session, leg }: OrderIntent): readonly string[] => {
  const purpose = session === undefined ? undefined : PURPOSES[leg];
  return purpose === undefined ? [] : [purpose];
};

/** The chapters, without those that have nothing to tell. */
export function chaptersOf(story: OrderStory): readonly Chapter[] {
  const view = viewOf(story);
  const intent = [
    `${describeOrder(view)}, leg ${story.intent.leg}, strategy ${story.intent.strategy}`,
    `intent key ${story.intentId}`,
    ...purposeOf(story.intent),
    ...(story.intent.parent === undefined ? [] : [`leg of ${story.intent.parent}`]),
    story.workflowId,
  ];
  const result = [
    `${view.status}${view.reason === undefined ? '' : `: ${view.reason}`}`,
    `filled ${view.filledBase} of ${story.intent.sizeBase}` +
      `${view.averagePx === undefined ? '' : ` at ${view.averagePx}`}, ` +
      `fees ${view.feeUsd} USD, closed PnL ${formatSignedUsd(view.closedPnlUsd)} USD`,
  ];
  const startMs = story.steps[0]?.atMs;
  return [
    ...decisionChapters(story),
    { title: 'Intent', lines: intent },
    { title: 'Envelope', lines: envelopeLines(story) },
    {
      title: startMs === undefined ? 'Steps' : `Steps since ${formatTime(startMs)}`,
      lines: stepLines(story),
    },
    { title: 'Fills', lines: fillLines(story) },
    { title: 'Result', lines: result },
  ].filter((chapter) => chapter.lines.length > 0);
}

/** The story as one JSON document. */
export function storyDocument(story: OrderStory): Readonly<Record<string, unknown>> {
  const view = viewOf(story);
  return {
    intentId: story.intentId,
    workflowId: story.workflowId,
    account: story.account,
    parent: story.intent.parent ?? null,
    status: view.status,
    reason: view.reason ?? null,
    decision: story.decision ?? null,
    intent: story.intent,
    envelopes: story.envelopes,
    steps: story.steps,
    fills: story.fills,
    filledBase: view.filledBase,
    averagePx: view.averagePx ?? null,
    feeUsd: view.feeUsd,
    closedPnlUsd: view.closedPnlUsd,
  };
}
