/**
 * What the operator of the exchange has decreed: the latency of accounts, and by what the market is
 * distorted. Part of the journal and of snapshots, so that a restart goes on under the same rules.
 */
import type { AssetSpec } from '../../../domain/market/asset.ts';
import type { MarketUpdate } from '../../../domain/matching/contract/venue-inputs.ts';
import { type Distortion, distort } from '../faults/distortion.ts';

/** The least and the most that one way to or from the venue takes, ms. */
export type LatencyMs = readonly [min: number, max: number];

/** A rule as a journal keeps it. */
export type RuleEntry =
  | {
      readonly kind: 'latency';
      readonly atMs: number;
      readonly account: string;
      readonly latencyMs: LatencyMs;
    }
  | {
      readonly kind: 'distort';
      readonly atMs: number;
      readonly distortions: readonly Distortion[];
    };

export interface RulesSnapshot {
  readonly latencies: Readonly<Record<string, LatencyMs>>;
  readonly distortions: readonly Distortion[];
}

export class HouseRules {
  readonly #assets: ReadonlyMap<string, AssetSpec>;
  readonly #latencies: Map<string, LatencyMs>;
  #distortions: readonly Distortion[];

  constructor(assets: readonly AssetSpec[], snapshot?: RulesSnapshot) {
    this.#assets = new Map(assets.map((asset) => [asset.name, asset]));
    this.#latencies = new Map(Object.entries(snapshot?.latencies ?? {}));
    this.#distortions = snapshot?.distortions ?? [];
  }

  apply(entry: RuleEntry): void {
    if (entry.kind === 'distort') {
      this.#distortions = entry.distortions;
    } else if (entry.latencyMs[1] === 0) {
      this.#latencies.delete(entry.account);
    } else {
      this.#latencies.set(entry.account, entry.latencyMs);
    }
  }

  snapshot(): RulesSnapshot {
    return { latencies: Object.fromEntries(this.#latencies), distortions: this.#distortions };
  }

  /** Undefined for an account without latency of its own. */
  latencyOf(account: string): LatencyMs | undefined {
    return this.#latencies.get(account);
  }

  get hasLatency(): boolean {
    return this.#latencies.size > 0;
  }

  get distortions(): readonly Distortion[] {
    return this.#distortions;
  }

  /** The market as the venue is to see it. */
  distorted(updates: readonly MarketUpdate[]): readonly MarketUpdate[] {
    return distort(updates, this.#distortions, this.#assets);
  }
}
