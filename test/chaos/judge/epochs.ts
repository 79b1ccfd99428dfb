/**
 * I1: at most one order on the venue per client order id, and of an order that was amended at most
 * one epoch alive at any moment, with never more executed than was asked for.
 */
import { type Decimal, decimal, ZERO } from '../../../domain/kernel/decimal.ts';
import type { RunFacts, StatusChange, StoredEnvelope } from '../facts.ts';
import { endOf, groups, type Violation, violation } from './violation.ts';

/** An order of the venue with the places of its changes in the venue's own order of events. */
interface Life {
  readonly begun: number;
  /** Undefined while it is open. */
  readonly ended: number | undefined;
}

function lifeOf(all: readonly StatusChange[], cloid: string): Life | undefined {
  const begun = all.findIndex((change) => change.cloid === cloid);
  if (begun < 0) return undefined;
  const ended = all.findIndex(
    (change) => change.cloid === cloid && endOf(change.status) !== undefined,
  );
  return { begun, ended: ended < 0 ? undefined : ended };
}

/** The next epoch begins only after the end of the one before. */
function overlaps({ venue }: RunFacts, envelopes: readonly StoredEnvelope[]): Violation[] {
  const inOrder = [...envelopes].sort((a, b) => a.epoch - b.epoch);
  const lives = inOrder.flatMap((envelope) => {
    const life = lifeOf(venue.changes, envelope.cloid);
    return life === undefined ? [] : [{ ...envelope, ...life }];
  });
  return lives.flatMap((life, index) => {
    const next = lives[index + 1];
    if (next === undefined || (life.ended !== undefined && life.ended < next.begun)) return [];
    const detail = `epoch ${next.epoch} was placed before epoch ${life.epoch} had ended`;
    return [violation('I1', life.intentId, detail)];
  });
}

export function noDuplicate(facts: RunFacts): Violation[] {
  const { venue, ledger } = facts;
  const found: Violation[] = [];
  const named = venue.changes.filter(({ cloid }) => cloid !== undefined);
  for (const [cloid, changes] of groups(named, (change) => String(change.cloid))) {
    const oids = new Set(changes.map(({ oid }) => oid));
    if (oids.size > 1) found.push(violation('I1', cloid, `orders ${[...oids].join(', ')}`));
  }
  for (const [cloid, sends] of groups(venue.sent, (send) => send.cloid)) {
    const bytes = new Set(
      sends.map((send) => `${send.nonce}|${send.expiresAfterMs}|${send.action}`),
    );
    if (bytes.size > 1) found.push(violation('I1', cloid, `${bytes.size} different envelopes`));
  }
  for (const [intentId, envelopes] of groups(ledger.envelopes, (each) => each.intentId)) {
    found.push(...overlaps(facts, envelopes));
    const epochs = new Set(envelopes.map(({ epoch }) => epoch));
    if (epochs.size < envelopes.length || !epochs.has(0)) {
      found.push(violation('I1', intentId, `epochs ${[...epochs].join(', ')}`));
    }
  }
  return found;
}

/** The greatest size that was ever asked for, by placing or by amending. */
function mostAsked({ ledger, workflows }: RunFacts, intentId: string): Decimal {
  const result = workflows.orders.find((order) => order.intentId === intentId)?.result;
  const asked = ledger.steps
    .filter((step) => step.intentId === intentId && step.what === 'amendRequested')
    .flatMap(({ detail }) => (detail.sizeBase === undefined ? [] : [String(detail.sizeBase)]));
  const placed = result === undefined ? [] : [(result.placedAs ?? result.intent).sizeBase];
  return [...asked, ...placed].reduce((most, size) => {
    const value = decimal(size);
    return value.gt(most) ? value : most;
  }, ZERO);
}

/** I1: all epochs together execute no more than was asked for. */
export function noOverfill(facts: RunFacts): Violation[] {
  const { venue, ledger, workflows } = facts;
  const intentOf = new Map(ledger.envelopes.map(({ cloid, intentId }) => [cloid, intentId]));
  const judged = new Set(
    workflows.orders.filter(({ result }) => result !== undefined).map(({ intentId }) => intentId),
  );
  const ours = venue.fills.filter(({ cloid }) => judged.has(intentOf.get(cloid ?? '') ?? ''));
  const byIntent = groups(ours, ({ cloid }) => intentOf.get(cloid ?? '') ?? '');
  return [...byIntent].flatMap(([intentId, fills]) => {
    const filled = fills.reduce((sum, { sizeBase }) => sum.plus(decimal(sizeBase)), ZERO);
    const most = mostAsked(facts, intentId);
    if (filled.lte(most)) return [];
    return [violation('I1', intentId, `${filled} executed, ${most} asked for`)];
  });
}
