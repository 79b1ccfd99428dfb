/** A thread of `kernel-pool.ts`: one kernel over the shared memory. */
import { workerData } from 'node:worker_threads';
import type { KernelJob } from '../../domain/evolution/kernel/kernel.ts';
import { runJob } from '../../domain/evolution/kernel/kernel.ts';
import type { KernelLayout, KernelMemory } from '../../domain/evolution/kernel/layout.ts';
import { type KernelName, kernelMaker } from '../../domain/evolution/kernel/wasm-kernel.ts';
import { serveJobs } from './serve-jobs.ts';

export interface KernelThreadData {
  readonly memory: KernelMemory;
  readonly layout: KernelLayout;
  readonly kernel: KernelName;
  readonly thread: number;
}

const { memory, layout, kernel: name, thread } = workerData as KernelThreadData;
const kernel = kernelMaker(name)(memory, layout, thread);

serveJobs((job: KernelJob) => runJob(kernel, layout, job));
