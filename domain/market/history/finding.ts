/**
 * What is found in rows, by a stated rule each. A refusal leaves the whole file out of the store; what
 * is kept is stored as it came and reported. Nothing is ever filled, smoothed or rounded.
 */

/** What makes a file wrong. Those marked `mendable` are left out or sorted when a user asks for it. */
export const REFUSALS = {
  unreadable: { isMendable: false },
  columns: { isMendable: false },
  interval: { isMendable: false },
  number: { isMendable: true },
  price: { isMendable: true },
  range: { isMendable: true },
  volume: { isMendable: true },
  rate: { isMendable: true },
  value: { isMendable: true },
  time: { isMendable: true },
  grid: { isMendable: true },
  order: { isMendable: true },
  clockChange: { isMendable: false },
  duplicate: { isMendable: true },
} as const;
export type Refusal = keyof typeof REFUSALS;

/** What is reported and kept. */
export const REMARKS = [
  'gap',
  'zeroVolume',
  'outlier',
  'clockHour',
  'assumedUtc',
  'newestFirst',
] as const;
export type Remark = (typeof REMARKS)[number];

export interface FindingAt {
  /** Line of a text file, from 1 and with its header; row of any other. */
  readonly row: number;
  readonly field: string;
  readonly value: string;
}

export interface Finding {
  readonly what: Refusal | Remark;
  /** `mended`: the rows were left out, or put in order, because the user asked for it. */
  readonly treatment: 'refused' | 'mended' | 'kept';
  /** The rule, for people. */
  readonly rule: string;
  readonly count: number;
  /** The first few. */
  readonly at: readonly FindingAt[];
}

const MOST_SHOWN = 3;

/** Counts findings by their kind and keeps the first few of each. */
export class FindingBook {
  readonly #findings = new Map<string, { finding: Finding; at: FindingAt[]; count: number }>();

  add(what: Refusal | Remark, treatment: Finding['treatment'], rule: string, at: FindingAt): void {
    const known = this.#findings.get(what);
    if (known === undefined) {
      const finding = { what, treatment, rule, count: 1, at: [] };
      this.#findings.set(what, { finding, at: [at], count: 1 });
      return;
    }
    known.count += 1;
    if (known.at.length < MOST_SHOWN) known.at.push(at);
  }

  all(): readonly Finding[] {
    return [...this.#findings.values()].map(({ finding, at, count }) => ({
      ...finding,
      count,
      at,
    }));
  }
}

/** One line for people: `line 7: high "1": must be …`. */
export function describeFinding({ rule, count, at, treatment }: Finding, rowWord = 'line'): string {
  const [first] = at;
  const where = first
    ? `${rowWord} ${first.row}: ${first.field} ${JSON.stringify(first.value)}: `
    : '';
  const more = count > 1 ? ` (${count} such)` : '';
  return `${where}${rule}${more}${treatment === 'mended' ? '; mended' : ''}`;
}
