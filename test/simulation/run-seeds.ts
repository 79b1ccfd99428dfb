/**
 * Runs the seeds first, first + step, … of this process, one line of JSON each on standard output.
 * `node run-seeds.ts <first> <step> <count> <bug|none> [stop]`: `stop` ends at the first failure.
 */
import { installHooks } from './hooks.ts';
import { PLANTED } from './planted-bugs.ts';
import { installVirtualGlobals } from './time/virtual-globals.ts';

const [first = '0', step = '1', count = '1', bug = 'none', stop] = process.argv.slice(2);
installHooks(PLANTED.get(bug)?.changes ?? []);
installVirtualGlobals();
const { World } = await import('./world/world.ts');

// Thousands of faults are made and caught; a single seed shows where they come from.
if (Number(count) > 1) Error.stackTraceLimit = 0;
const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => {
  unhandled.push(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`);
});

for (let index = 0; index < Number(count); index += 1) {
  const seed = Number(first) + index * Number(step);
  const verdict = await new World(seed).run();
  await new Promise((resolve) => setImmediate(resolve));
  const broken = [...verdict.broken, ...unhandled.splice(0)];
  process.stdout.write(`${JSON.stringify({ ...verdict, broken })}\n`);
  if (stop === 'stop' && broken.length > 0) break;
}
