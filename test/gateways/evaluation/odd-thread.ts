/** A thread for tests: squares numbers, and does what threads should not, when told to. */
import { workerData } from 'node:worker_threads';
import { serveJobs } from '../../../gateways/evaluation/serve-jobs.ts';

export type OddJob = number | 'throw' | 'exit';

const { counter } = workerData as { readonly counter: Int32Array };

serveJobs((job: OddJob) => {
  Atomics.add(counter, 0, 1);
  if (job === 'throw') throw new RangeError('job "throw": must be a number');
  if (job === 'exit') process.exit(3);
  return job * job;
});
