/** Finds the strategy that a session's rules name, also one in a file of the user's own. */
import type { StrategySeed } from '../../domain/signals/seed.ts';

/** A user's strategy file, as the one who started the session saw it. */
export interface StrategyFile {
  /** Absolute path. */
  readonly path: string;
  /** SHA-256 over the file's bytes, in lower-case hex: another content is another strategy. */
  readonly sha256: string;
}

export interface StrategiesPort {
  /**
   * @param name a registered seed with its filters, or the name of the one in `file`
   * @throws RangeError when there is no such strategy, or the file's content is not the one meant
   */
  find(name: string, file?: StrategyFile): Promise<StrategySeed>;
}
