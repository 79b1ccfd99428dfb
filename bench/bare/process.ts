/**
 * Bare Temporal: a worker and a client as the SDK ships them, without anything of ours, in a process of
 * their own. Runs what its parent asks for. `floor.ts` starts it.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Answer, Ask } from './floor.ts';
import { bareRuns } from './runs.ts';

const TASK_QUEUE = 'bare';
const WORKFLOWS_PATH = fileURLToPath(new URL('./workflow.ts', import.meta.url));
const [address = '', namespace = ''] = process.argv.slice(2);

const answer = (message: Answer): void => void process.send?.(message);

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const connection = await NativeConnection.connect({ address });
const { runs, activities } = bareRuns(new Client({ connection, namespace }), TASK_QUEUE);
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: TASK_QUEUE,
  workflowsPath: WORKFLOWS_PATH,
  activities: { ...activities },
});
const running = worker.run();

async function act(ask: Ask): Promise<number> {
  if (ask.kind === 'latency') return runs.startToActivityMs();
  return runs.perSecond(ask.total, ask.concurrency, ask.activities);
}

process.on('message', (ask: Ask) => {
  act(ask).then(
    (value) => answer({ value }),
    (fault: unknown) => answer({ fault: String(fault) }),
  );
});
process.once('disconnect', async () => {
  worker.shutdown();
  await running;
  await connection.close();
});
answer({ value: 0 });
