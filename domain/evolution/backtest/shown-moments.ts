/** Which moment of each asset's newest bar the venue was shown last. */
import type { OpeningBar } from './bar-clock.ts';

/** A moment of a bar's path. */
export interface Moment {
  readonly bar: OpeningBar;
  readonly step: number;
}

const NONE = -1;

export class ShownMoments {
  readonly #shown = new Map<string, Moment>();
  readonly #lastStep: number;

  constructor(stepsPerBar: number) {
    this.#lastStep = stepsPerBar - 1;
  }

  /** The asset's newest bar begins; nothing of it was shown. */
  opens(asset: string, bar: OpeningBar): void {
    this.#shown.set(asset, { bar, step: NONE });
  }

  shows(asset: string, moment: Moment): void {
    this.#shown.set(asset, moment);
  }

  /** The last moments of the newest bars, those of them that were not shown. */
  unseen(assets: readonly string[]): readonly Moment[] {
    return assets.flatMap((asset) => {
      const shown = this.#shown.get(asset);
      if (shown === undefined || shown.step === this.#lastStep) return [];
      return [{ bar: shown.bar, step: this.#lastStep }];
    });
  }

  /** The first moments of the newest bars, those of which nothing was shown. */
  unopened(assets: readonly string[]): readonly Moment[] {
    return assets.flatMap((asset) => {
      const shown = this.#shown.get(asset);
      return shown?.step === NONE ? [{ bar: shown.bar, step: 0 }] : [];
    });
  }
}
