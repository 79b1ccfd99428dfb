/**
 * OrderRequest + portfolio + limits -> ApprovedIntent | Refusal. The only mint of ApprovedIntent.
 *
 * Reductions are always allowed: an order that can only shrink a position passes whatever is
 * halted, lost, stale or unreadable, as long as it is an order at all. The approval carries what it
 * was based on and a digest of it, so that whoever sends the order can check it once more.
 */
import { canonicalJson, sha256Hex } from '../kernel/ids.ts';
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { describeViolation, err, ok } from '../kernel/outcome.ts';
import type { CheckName, CheckResult, JudgedCheck } from './checks.ts';
import { runChecks } from './checks.ts';
import type { RiskLimits } from './limits.ts';
import { parseRiskLimits } from './limits.ts';
import type { OrderRequest } from './order-request.ts';
import { checkRequest } from './order-request.ts';
import type { PortfolioFacts, PortfolioView } from './portfolio.ts';
import { factsReadable, onlyReduces, portfolioFacts } from './portfolio.ts';

declare const mint: unique symbol;

/** `request`: it is no order at all. `portfolio`, `limits`: they could not be read. */
export type RefusalCheck = 'request' | 'portfolio' | 'limits' | CheckName;
/**
 * Why an order was denied: which check, what it saw, and what it would have allowed. The limit is
 * empty where the rule says it all.
 */
export type Refusal = CheckResult<RefusalCheck>;

export interface ApprovedIntent {
  readonly request: OrderRequest;
  /** `reduces`: it can only shrink a position, so that no limit applied. */
  readonly effect: 'increases' | 'reduces';
  /** What was read of the account; null when it was unreadable and the order reduces. */
  readonly facts: PortfolioFacts | null;
  readonly limits: RiskLimits;
  /** The checks that passed, with their numbers; none for a reduction. */
  readonly checks: readonly CheckResult[];
  readonly approvedAtMs: number;
  /** SHA-256 over all of the above. */
  readonly digest: string;
  readonly [mint]: 'ApprovedIntent';
}

type Judgement = Pick<ApprovedIntent, 'effect' | 'checks'>;

/**
 * Judges one order, typed by a person or planned by a session.
 * @param nowMs our clock; approvals are for now and should be used at once
 */
export function approve(
  request: OrderRequest,
  portfolio: PortfolioView,
  limits: RiskLimits,
  nowMs: number,
): Outcome<ApprovedIntent, Refusal> {
  const malformed = checkRequest(request);
  if (malformed) return err(refusalOf('request', malformed));
  const read = portfolioFacts(portfolio, request.asset.name);
  if (!read.ok && !request.reduceOnly) return err(refusalOf('portfolio', read.error));
  const facts = read.ok ? read.value : null;
  const judgement = judge(request, facts, limits, nowMs);
  if (!judgement.ok) return judgement;
  const { effect, checks } = judgement.value;
  const approval = { request, effect, facts, limits, checks, approvedAtMs: nowMs };
  const approved: Omit<ApprovedIntent, typeof mint> = { ...approval, digest: digestOf(approval) };
  return ok(approved as ApprovedIntent);
}

/** A null of `facts` means unreadable, which only a reduce-only order survives. */
function judge(
  request: OrderRequest,
  facts: PortfolioFacts | null,
  limits: RiskLimits,
  nowMs: number,
): Outcome<Judgement, Refusal> {
  if (facts === null || onlyReduces(request, facts)) return ok({ effect: 'reduces', checks: [] });
  const legal = parseRiskLimits(limits);
  if (!legal.ok) {
    const rule = legal.error.map(describeViolation).join('; ');
    return err(refusalOf('limits', { field: 'limits', value: canonicalJson(limits), rule }));
  }
  const results = runChecks({ request, facts, limits: legal.value, nowMs });
  const failed = results.find((result) => !result.passes);
  if (failed) return err(evidenceOf(failed));
  return ok({ effect: 'increases', checks: results.map(evidenceOf) });
}

/**
 * The broken rule of an approval that was changed, forged or wrongly granted, or undefined. Takes
 * what came back from JSON: it recomputes the digest and judges again from the recorded facts.
 */
export function verifyApproval(approved: ApprovedIntent): RuleViolation | undefined {
  const { digest, request, facts, limits, approvedAtMs, effect } = approved;
  const { digest: _digest, ...approval } = approved;
  if (digestOf(approval) !== digest) {
    return { field: 'digest', value: `${digest}`, rule: 'must be the digest of the approval' };
  }
  const malformed = checkRequest(request);
  if (malformed) return malformed;
  const readable = facts === null ? request.reduceOnly : factsReadable(facts);
  if (!readable) return { field: 'facts', value: `${facts}`, rule: 'must be readable' };
  const judgement = judge(request, facts, limits, approvedAtMs);
  if (!judgement.ok) {
    const { field, value, rule } = judgement.error;
    return { field, value, rule };
  }
  if (judgement.value.effect === effect) return undefined;
  return { field: 'effect', value: effect, rule: `must be ${judgement.value.effect}` };
}

/** One line for people: `positionSize: position with pending entries 300 USD: must be ...`. */
export function describeRefusal(refusal: Refusal): string {
  const { check, field, value, limit, rule } = refusal;
  return `${check}: ${field} ${value}: ${rule}${limit === '' ? '' : `; limit ${limit}`}`;
}

function digestOf(approval: object): string {
  return sha256Hex(canonicalJson(approval));
}

function refusalOf(check: RefusalCheck, violation: RuleViolation): Refusal {
  return { check, ...violation, limit: '' };
}

function evidenceOf({ check, field, value, limit, rule }: JudgedCheck): CheckResult {
  return { check, field, value, limit, rule };
}
