/** Runs a program to its end within a time, and says how it went instead of throwing. */
import { execFile } from 'node:child_process';

export interface RunResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Why it failed: what the program said last, or why it could not run. */
  readonly problem: string;
}

export function run(
  program: string,
  args: readonly string[],
  timeoutMs: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<RunResult> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, env, maxBuffer: 4 * 1024 * 1024 };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ ok: true, stdout, problem: '' });
        return;
      }
      const lastLine = stderr.trim().split('\n').at(-1) ?? '';
      const timedOut = error.killed === true;
      const problem = timedOut ? `took longer than ${timeoutMs / 1000} s` : lastLine;
      resolve({ ok: false, stdout, problem: problem || error.message });
    });
  });
}
