/** `perpetua up` as a process; everything it does is in `workers/up`. */
import { runUp } from './up/run-up.ts';

process.exitCode = await runUp(process.argv.slice(2));
