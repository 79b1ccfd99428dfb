/** Entry of the CLI: joins the program with the real world. */
import { runCli } from './program.ts';
import { openRealWorld } from './real-world.ts';

/** Runs one command line. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  // A reader that stops early (`perpetua order list | head -1`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const world = openRealWorld();
  try {
    return await runCli(args, world);
  } finally {
    await world.close();
  }
}
