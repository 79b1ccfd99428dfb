/** Entry of the CLI: joins the program with the real world. */
import { letReadersStopEarly } from './early-readers.ts';
import { runCli } from './program.ts';
import { openRealWorld } from './real-world.ts';

/** Runs one command line. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  letReadersStopEarly();
  const world = openRealWorld();
  try {
    return await runCli(args, world);
  } finally {
    await world.close();
  }
}
