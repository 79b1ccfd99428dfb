/**
 * Looks at other processes of this machine: is it there, and is it the one we mean? A pid alone proves
 * nothing, since numbers are reused; a pid with the command line that was noted for it does.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether a process with this pid exists, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A killed process whose parent has not yet taken note: it runs no more. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** The command line of a running process, or undefined when it cannot be told. */
export function commandLineOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return text === '' ? undefined : text;
  } catch {
    return commandLineByPs(pid);
  }
}

function commandLineByPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What identifies a process for a later look. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly commandLine: string;
}

/** The identity of a running process; an empty command line when the system does not tell it. */
export const identify = (pid: number): ProcessIdentity => ({
  pid,
  commandLine: commandLineOf(pid) ?? '',
});

/** Whether the process that was identified still runs. Without a command line it never does. */
export function isStillRunning(identity: ProcessIdentity): boolean {
  if (identity.commandLine === '' || !isAlive(identity.pid)) return false;
  return commandLineOf(identity.pid) === identity.commandLine;
}
