/** What evaluates genomes on one data set. Implemented by `gateways/evaluation`. */

export interface EvaluationOptions {
  /** Told after every piece of work: for heartbeats, at least once a round. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the evaluation at the next piece of work; what was asked for rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface EvaluationPort<Genome, Result> {
  /**
   * Results in the order of the genomes, the same to the bit whatever the number of threads.
   * @throws RangeError when a genome is not legal; Error when a thread failed
   */
  evaluate(genomes: readonly Genome[], options?: EvaluationOptions): Promise<readonly Result[]>;
  /** Ends the threads; what is under way rejects. */
  close(): Promise<void>;
}
