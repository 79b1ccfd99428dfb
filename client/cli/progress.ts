/** A spinner on standard error while something takes its time; silent unless that is a terminal. */
import type { World } from './world.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const CLEAR_LINE = '\r\u001b[2K';

/** Runs the work and shows the label meanwhile. */
export async function withProgress<Value>(
  world: Pick<World, 'stderr'>,
  label: string,
  work: () => Promise<Value>,
): Promise<Value> {
  if (!world.stderr.isTerminal) return work();
  let frame = 0;
  const timer = setInterval(() => {
    world.stderr.write(`${CLEAR_LINE}${FRAMES[frame % FRAMES.length]} ${label}`);
    frame += 1;
  }, FRAME_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    world.stderr.write(CLEAR_LINE);
  }
}
