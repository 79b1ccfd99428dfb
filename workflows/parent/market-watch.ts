/**
 * One watch over the market at a time: a heartbeating activity that answers when a price is reached,
 * so that prices in between never enter the history. Replaced when the bounds change.
 */
import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { ParentActivities } from '../../activities/interfaces/parent.ts';
import type { MarketSight, Watch } from '../../domain/execution/parents/plan.ts';
import type { Turns } from '../support/turns.ts';

const { watchMarket } = proxyActivities<ParentActivities>({
  startToCloseTimeout: '10 years',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

/** A watch that went off and changed nothing is not set again before; one that failed, still later. */
const REST_MS = { reached: 1_000, failed: 5_000 } as const;

export class MarketWatch {
  private readonly asset: string;
  private readonly turns: Turns;
  private readonly onEnd: (market?: MarketSight) => void;
  private bounds = '';
  private scope: CancellationScope | undefined;
  private resting = { bounds: '', untilMs: 0 };

  /** @param onEnd told how the market looked when it got there; of nothing when that failed */
  constructor(asset: string, turns: Turns, onEnd: (market?: MarketSight) => void) {
    this.asset = asset;
    this.turns = turns;
    this.onEnd = onEnd;
  }

  /**
   * From now on this is watched for, or nothing.
   * @returns when to ask again, for a watch that is not set yet
   */
  keep(watch: Watch | undefined): number | undefined {
    const bounds = watch === undefined ? '' : JSON.stringify(watch);
    if (bounds === this.bounds) return undefined;
    this.stop();
    if (watch === undefined) return undefined;
    const { resting } = this;
    if (resting.bounds === bounds && Date.now() < resting.untilMs) return resting.untilMs;
    this.bounds = bounds;
    const scope = new CancellationScope();
    this.scope = scope;
    const end = (restMs: number, market?: MarketSight): void => {
      // Replaced or stopped meanwhile: nobody waits for it any more.
      if (this.scope !== scope) return;
      this.stop();
      this.resting = { bounds, untilMs: Date.now() + restMs };
      this.onEnd(market);
    };
    scope
      .run(() => watchMarket({ asset: this.asset, watch }))
      .then(
        (market) => this.turns.hear(() => end(REST_MS.reached, market)),
        () => this.turns.hear(() => end(REST_MS.failed)),
      );
    return undefined;
  }

  stop(): void {
    this.scope?.cancel();
    this.scope = undefined;
    this.bounds = '';
  }
}
