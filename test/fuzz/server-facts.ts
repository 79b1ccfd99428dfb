/** What the system says of a process: from /proc where there is one, else by ps and lsof. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const inProc = (pid: number): boolean => existsSync(`/proc/${pid}/fd`);

/** Resident memory, MB. */
export function residentMb(pid: number): number {
  if (inProc(pid)) {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes) / 1024;
  }
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false; // closed since the folder was read
  }
}

/** Sockets that the process holds open, the one that listens among them. */
export function openSockets(pid: number): number {
  if (inProc(pid)) {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => isSocket(`/proc/${pid}/fd/${fd}`)).length;
  }
  const words = ['-a', '-p', String(pid), '-i', 'TCP', '-F', 'f'];
  return execFileSync('lsof', words, { encoding: 'utf8' }).match(/^f/gm)?.length ?? 0;
}
