/**
 * Runs the seeds that it is told on standard input, a line `<first> <count>` each, and answers with a
 * line of JSON for every one. `node run-seeds.ts <bug|none> [stop|go [trace]]`: `stop` ends at the first
 * failure; `trace` names the order whose doings are said on standard error.
 */
import { createInterface } from 'node:readline';
import { installHooks } from './hooks.ts';
import { PLANTED } from './planted-bugs.ts';
import { endTrace, watch } from './time/trace.ts';
import { installVirtualGlobals } from './time/virtual-globals.ts';

const [bug = 'none', ending, traced] = process.argv.slice(2);
installHooks(PLANTED.get(bug)?.changes ?? []);
installVirtualGlobals();
if (traced !== undefined) watch(traced);
const { World } = await import('./world/world.ts');

const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => {
  unhandled.push(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`);
});

/** Whether the seed is as promised. */
async function runSeed(seed: number): Promise<boolean> {
  const verdict = await new World(seed).run();
  await new Promise((resolve) => setImmediate(resolve));
  endTrace(seed);
  const broken = [...verdict.broken, ...unhandled.splice(0)];
  process.stdout.write(`${JSON.stringify({ ...verdict, broken })}\n`);
  return broken.length === 0;
}

let seen = 0;
reading: for await (const line of createInterface({ input: process.stdin })) {
  const [first = 0, count = 0] = line.split(' ').map(Number);
  for (let seed = first; seed < first + count; seed += 1) {
    // Thousands of faults are made and caught; the first seed shows where they come from.
    if (seen > 0) Error.stackTraceLimit = 0;
    seen += 1;
    const isGood = await runSeed(seed);
    if (ending === 'stop' && !isGood) break reading;
  }
}
process.stdin.destroy();
