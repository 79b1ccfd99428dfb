/** The thread's side of a pool: does one job after the other and answers each. */
import { parentPort } from 'node:worker_threads';
import type { AnswerMessage, JobMessage } from './job-message.ts';

/**
 * Answers every job that the pool sends with what `work` returns, or with what it throws.
 * @throws Error when this is no worker thread
 */
export function serveJobs<Job, Answer>(work: (job: Job) => Answer): void {
  const port = parentPort;
  if (port === null) throw new Error('jobs are served in a worker thread');
  const answerTo = ({ id, job }: JobMessage<Job>): AnswerMessage<Answer> => {
    try {
      return { id, answer: work(job) };
    } catch (fault) {
      return { id, fault };
    }
  };
  port.on('message', (message: JobMessage<Job>) => port.postMessage(answerTo(message)));
}
