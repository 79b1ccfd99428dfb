/** `perpetua up` as a process; starting and ending the parts is in `workers/up`. */
import { onReady } from './first-session.ts';
import { runUp } from './up/run-up.ts';

process.exitCode = await runUp(process.argv.slice(2), { onReady });
