/**
 * Approves the steps of a plan in their order, each against the portfolio that the steps before it
 * leave behind: turning a position must not pass as reducing it. The first refusal ends the plan.
 */
import type { Outcome } from '../kernel/outcome.ts';
import type { ApprovedIntent, Refusal } from './approve.ts';
import { approve } from './approve.ts';
import type { RiskLimits } from './limits.ts';
import type { BarPlan, PlannedStep } from './plan.ts';
import type { PortfolioView } from './portfolio.ts';
import { afterFill } from './portfolio.ts';

export interface StepDecision {
  readonly step: PlannedStep;
  readonly outcome: Outcome<ApprovedIntent, Refusal>;
}

/** One decision per step, up to and including the first refusal. */
export function approvePlan(
  plan: BarPlan,
  portfolio: PortfolioView,
  limits: RiskLimits,
  nowMs: number,
): readonly StepDecision[] {
  const decisions: StepDecision[] = [];
  let projected = portfolio;
  for (const step of plan.steps) {
    const outcome = approve(step.request, projected, limits, nowMs);
    decisions.push({ step, outcome });
    if (!outcome.ok) break;
    // An unreadable portfolio cannot be projected; it refuses whatever adds risk anyway.
    if (outcome.value.facts !== null) projected = afterFill(projected, step.request);
  }
  return decisions;
}
