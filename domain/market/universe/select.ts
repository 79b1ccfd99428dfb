/**
 * The universe of one moment: the best assets that are not the same thing twice. Greedy: each next
 * member is the one of the greatest value, 0.6 of its score and 0.4 of how little it goes with those
 * already in. Members of the last universe keep their place unless a newcomer is better by a margin.
 */
import { type AssetFacts, barsAsOf, dailyReturns, type UniversePolicy } from './facts.ts';
import { type AssetScore, scoreAsset } from './score.ts';

export interface UniverseMember {
  readonly asset: string;
  readonly score: AssetScore;
  /** What decided, 0 to 1 and the margin of a member. */
  readonly value: number;
  /** The member chosen before it that it goes with most. */
  readonly closest?: { readonly asset: string; readonly correlation: number };
  readonly isNew: boolean;
}

export interface Universe {
  readonly atMs: number;
  readonly members: readonly UniverseMember[];
  /** Everything that was looked at and is no member, with the reasons. */
  readonly left: readonly {
    readonly asset: string;
    readonly score: AssetScore;
    readonly reasons: readonly string[];
  }[];
}

const SCORE_WEIGHT = 0.6;
const DIVERSITY_WEIGHT = 0.4;

type Returns = ReadonlyMap<number, number>;

/**
 * Pearson's correlation of two assets over the days that both have: aligned by time, whatever days
 * either of them lacks. Undefined for too few days or a series that does not move.
 */
export function correlation(a: Returns, b: Returns, leastDays: number): number | undefined {
  const days = [...a.keys()].filter((day) => b.has(day));
  if (days.length < Math.max(2, leastDays)) return undefined;
  const mean = (of: Returns): number =>
    days.reduce((sum, day) => sum + (of.get(day) as number), 0) / days.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squaresA, squaresB] = [0, 0, 0];
  for (const day of days) {
    const [x, y] = [(a.get(day) as number) - meanA, (b.get(day) as number) - meanB];
    both += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  const size = Math.sqrt(squaresA * squaresB);
  return size > 0 ? Math.max(-1, Math.min(1, both / size)) : undefined;
}

interface Candidate {
  readonly score: AssetScore;
  readonly returns: Returns;
}

function closestMember(candidate: Candidate, chosen: readonly Candidate[], leastDays: number) {
  let closest: UniverseMember['closest'];
  for (const other of chosen) {
    const found = correlation(candidate.returns, other.returns, leastDays);
    if (found === undefined || found <= (closest?.correlation ?? Number.NEGATIVE_INFINITY))
      continue;
    closest = { asset: other.score.asset, correlation: found };
  }
  return closest;
}

/** Names decide between equals, so that the order of the input never does. */
const byValue = (a: UniverseMember, b: UniverseMember): number =>
  b.value - a.value || (a.asset < b.asset ? -1 : 1);

/**
 * @param atMs the moment: nothing that was not over by then is looked at
 * @param previous members of the last universe
 */
export function selectUniverse(
  all: readonly AssetFacts[],
  atMs: number,
  policy: UniversePolicy,
  previous: readonly string[] = [],
): Universe {
  const seen = all.map((facts) => ({
    ...facts,
    daily: barsAsOf(facts.daily, atMs, policy.judgedDays),
  }));
  const candidates = seen.map(
    (facts): Candidate => ({
      score: scoreAsset(facts, policy),
      returns: dailyReturns(facts.daily),
    }),
  );
  const chosen: Candidate[] = [];
  const members: UniverseMember[] = [];
  const tooClose = new Map<string, UniverseMember['closest']>();
  let open = candidates.filter(({ score }) => score.refusals.length === 0);
  while (members.length < policy.size && open.length > 0) {
    const offers = open.flatMap((candidate): readonly UniverseMember[] => {
      const { asset, score } = candidate.score;
      const closest = closestMember(candidate, chosen, policy.leastCommonDays);
      const isNew = !previous.includes(asset);
      if (closest !== undefined && closest.correlation > policy.mostCorrelation) {
        tooClose.set(asset, closest);
        return [];
      }
      const diversity = 1 - Math.max(0, closest?.correlation ?? 0);
      const value =
        SCORE_WEIGHT * score + DIVERSITY_WEIGHT * diversity + (isNew ? 0 : policy.churnMargin);
      return [{ asset, score: candidate.score, value, ...(closest ? { closest } : {}), isNew }];
    });
    const [best] = offers.sort(byValue);
    if (best === undefined) break;
    members.push(best);
    chosen.push(candidates.find(({ score }) => score === best.score) as Candidate);
    open = open.filter(({ score }) => score !== best.score && !tooClose.has(score.asset));
  }
  const isMember = new Set(members.map(({ asset }) => asset));
  const left = candidates
    .filter(({ score }) => !isMember.has(score.asset))
    .map(({ score }) => {
      const close = tooClose.get(score.asset);
      const reasons = close
        ? [`goes with ${close.asset} (${close.correlation.toFixed(2)})`]
        : ['others are better'];
      return {
        asset: score.asset,
        score,
        reasons: score.refusals.length > 0 ? score.refusals : reasons,
      };
    })
    .sort((a, b) => b.score.score - a.score.score || (a.asset < b.asset ? -1 : 1));
  return { atMs, members, left };
}
