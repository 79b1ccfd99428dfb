/** A thread of `seed-pool.ts`. */
import { workerData } from 'node:worker_threads';
import { type SeedDataSet, seedEvaluator } from './seed-evaluation.ts';
import { serveJobs } from './serve-jobs.ts';

export interface SeedThreadData {
  readonly dataSet: SeedDataSet;
  readonly cacheBytes: number;
}

const { dataSet, cacheBytes } = workerData as SeedThreadData;

serveJobs(seedEvaluator(dataSet, cacheBytes));
