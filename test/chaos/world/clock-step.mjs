// Preloaded into a process whose clock steps: adds what the file named by CHAOS_CLOCK_FILE says, in
// ms, to everything that reads the wall clock. Read at the start and again on SIGUSR2. The monotonic
// clock is left alone, as a step of a real clock leaves it.
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const RealDate = Date;
const realNow = Date.now.bind(Date);
let offsetMs = 0;

const look = () => {
  try {
    offsetMs = Number(readFileSync(process.env.CHAOS_CLOCK_FILE, 'utf8')) || 0;
  } catch {
    offsetMs = 0;
  }
};

const now = () => realNow() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, self),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});

// Workflow code runs in a thread of its own and has the clock of its history.
if (isMainThread) {
  look();
  process.on('SIGUSR2', look);
}
