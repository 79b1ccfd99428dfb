/** The floor: bare Temporal in a process of its own, asked for one thing at a time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Endpoints } from '../../config/endpoints.ts';
import type { BareRuns } from './runs.ts';

export type Ask =
  | { readonly kind: 'latency' }
  | {
      readonly kind: 'rate';
      readonly total: number;
      readonly concurrency: number;
      readonly activities: number;
    };

export type Answer = { readonly value: number } | { readonly fault: string };

export interface Floor extends BareRuns {
  close(): Promise<void>;
}

const PROCESS_PATH = fileURLToPath(new URL('./process.ts', import.meta.url));

/** @param endpoints where Temporal is; the process has a task queue of its own there */
export async function startFloor({ temporalAddress, namespace }: Endpoints): Promise<Floor> {
  const child = fork(PROCESS_PATH, [temporalAddress, namespace], { execArgv: ['--no-warnings'] });
  const exited = once(child, 'exit');
  const next = async (): Promise<number> => {
    const ended = exited.then(([code]) => {
      throw new Error(`bare Temporal's process ended with ${code}`);
    });
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer];
    if ('fault' in answer) throw new Error(answer.fault);
    return answer.value;
  };
  const ask = (message: Ask): Promise<number> => {
    const answered = next();
    child.send(message);
    return answered;
  };
  await next();
  return {
    startToActivityMs: () => ask({ kind: 'latency' }),
    perSecond: (total, concurrency, activities) =>
      ask({ kind: 'rate', total, concurrency, activities }),
    async close() {
      child.disconnect();
      await exited;
    },
  };
}
