/** A universe as it is kept: whose, of which moment, by which rules. Plain JSON. */
import type { UniversePolicy } from './facts.ts';
import type { AssetScore, ScorePart } from './score.ts';
import type { Universe } from './select.ts';

export interface UniverseRecord {
  readonly version: 1;
  /** Whose markets: `hyperliquid`, `paper`. */
  readonly venue: string;
  readonly policy: UniversePolicy;
  /** Markets that were not looked at, since more was traded in others. */
  readonly passedOver: number;
  readonly universe: Universe;
}

export const membersOf = (record: UniverseRecord | undefined): readonly string[] =>
  record?.universe.members.map(({ asset }) => asset) ?? [];

/** Why an asset is a member, or is none. */
export interface Explanation {
  readonly asset: string;
  readonly isMember: boolean;
  readonly score: AssetScore;
  /** In the order of their weight: what each part adds to the score. */
  readonly parts: readonly (ScorePart & { readonly adds: number })[];
  readonly reasons: readonly string[];
}

function memberReasons({ members }: Universe, asset: string): readonly string[] {
  const place = members.findIndex((member) => member.asset === asset);
  const member = members[place];
  if (member === undefined) return [];
  const { closest, value, isNew } = member;
  return [
    `chosen ${place + 1} of ${members.length}, by a value of ${value.toFixed(3)}`,
    closest === undefined
      ? 'goes with no member chosen before it'
      : `of the members chosen before it, it goes most with ${closest.asset}: correlation ${closest.correlation.toFixed(2)}`,
    isNew ? 'was no member before' : 'was a member before, which counts for it',
  ];
}

/** Undefined for an asset that was not looked at. */
export function explain({ universe }: UniverseRecord, asset: string): Explanation | undefined {
  const member = universe.members.find((one) => one.asset === asset);
  const other = universe.left.find((one) => one.asset === asset);
  const score = member?.score ?? other?.score;
  if (score === undefined) return undefined;
  const weight = score.parts.reduce((sum, part) => sum + part.weight, 0);
  const parts = score.parts
    .map((part) => ({ ...part, adds: (part.weight * part.score) / weight }))
    .toSorted((a, b) => b.weight - a.weight);
  const reasons = member ? memberReasons(universe, asset) : (other?.reasons ?? []);
  return { asset, isMember: member !== undefined, score, parts, reasons };
}
