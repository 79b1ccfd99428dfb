import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isAlive } from '../../../config/process-probe.ts';
import type { ChildEvents, Stage } from '../../../workers/up/child-spec.ts';
import { LogFile } from '../../../workers/up/log-file.ts';
import { Supervisor } from '../../../workers/up/supervisor.ts';
import { afterTest, childOf, GOOD, silent, tempFolder, until } from './children.ts';

const FAST = { firstMs: 5, mostMs: 40, healthyAfterMs: 60_000 };

function supervise(folder: string, events: Partial<ChildEvents> = {}, backoff = FAST): Supervisor {
  const supervisor = new Supervisor(join(folder, 'logs'), { ...silent, ...events }, backoff);
  afterTest(() => supervisor.stop());
  return supervisor;
}

const stage = (...children: Stage['children']): Stage => ({ children });
const pidOf = (supervisor: Supervisor, name: string): number => {
  const { pid } = supervisor.child(name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
};

describe('a start', () => {
  test('goes stage by stage, with what a stage does afterwards in between', async () => {
    const folder = tempFolder();
    const story: string[] = [];
    const supervisor = supervise(folder, { onReady: (name) => story.push(name) });
    await supervisor.start([
      {
        children: [childOf(folder, 'first')],
        afterwards: async () => void story.push('afterwards'),
      },
      stage(childOf(folder, 'second')),
    ]);
    expect(story).toEqual(['first', 'afterwards', 'second']);
    expect(supervisor.running().map((child) => child.name)).toEqual(['first', 'second']);
  });

  test('of a child that ends too soon fails with its exit code, last words and log', async () => {
    const folder = tempFolder();
    const supervisor = supervise(folder);
    const bad = childOf(folder, 'bad', 'console.error("no such thing"); process.exit(3);');
    const starting = supervisor.start([stage(bad)]);
    await expect(starting).rejects.toThrow(/bad: ended before it was ready \(exit code 3\)/);
    await expect(starting).rejects.toThrow(/no such thing/);
    const log = join(folder, 'logs', 'bad.log');
    await expect(starting).rejects.toThrow(log);
    expect(readFileSync(log, 'utf8')).toContain('no such thing');
    expect(supervisor.running()).toEqual([]);
  });

  test('of a child that is never ready fails when its time is up, and ends it', async () => {
    const folder = tempFolder();
    const supervisor = supervise(folder);
    const slow = childOf(folder, 'slow', 'setInterval(() => {}, 1000);', { readyWithinMs: 700 });
    await expect(supervisor.start([stage(slow)])).rejects.toThrow(/not ready within 0.7 s/);
    expect(supervisor.running()).toEqual([]);
  });

  test('of a program that does not exist names the file', async () => {
    const folder = tempFolder();
    const missing = { ...childOf(folder, 'page'), script: join(folder, 'nowhere.ts') };
    await expect(supervise(folder).start([stage(missing)])).rejects.toThrow(
      `page: its program ${missing.script} does not exist`,
    );
    const noCommand = { ...childOf(folder, 'tool'), command: join(folder, 'nothing') };
    await expect(supervise(folder).start([stage(noCommand)])).rejects.toThrow(/tool: .*ENOENT/);
  });

  test('can rely on a probe instead of a ready line, which stops with its child', async () => {
    const folder = tempFolder();
    let aborted = false;
    const probe = (signal: AbortSignal): Promise<void> =>
      new Promise(() => signal.addEventListener('abort', () => (aborted = true)));
    const dying = childOf(folder, 'dying', 'process.exit(1);', { probe });
    await expect(supervise(folder).start([stage(dying)])).rejects.toThrow(/exit code 1/);
    expect(aborted).toBe(true);
    const probed = childOf(folder, 'probed', 'setInterval(() => {}, 1000);', {
      probe: () => Promise.resolve(),
    });
    await supervise(folder).start([stage(probed)]);
  });
});

describe('a child that ends', () => {
  test('runs again under a new pid, as often as it is killed, and is counted', async () => {
    const folder = tempFolder();
    const supervisor = supervise(folder);
    await supervisor.start([stage(childOf(folder, 'one'))]);
    const pids = new Set<number>();
    for (let kill = 1; kill <= 3; kill += 1) {
      pids.add(pidOf(supervisor, 'one'));
      supervisor.child('one').kill('SIGKILL');
      await until('restart', () => {
        const child = supervisor.child('one');
        return child.restarts === kill && child.pid !== undefined;
      });
    }
    expect(pids.size).toBe(3);
    expect(pids.has(pidOf(supervisor, 'one'))).toBe(false);
  });

  test('again and again waits twice as long each time, up to the most', async () => {
    const folder = tempFolder();
    const pauses: number[] = [];
    const onExit = (_name: string, how: string, pauseMs: number): void => {
      expect(how).toBe('exit code 1');
      pauses.push(pauseMs);
    };
    const supervisor = supervise(folder, { onExit });
    const program = `console.log('{"ready":true}'); process.exit(1);`;
    await supervisor.start([stage(childOf(folder, 'crash', program))]).catch(() => {});
    await until('six ends', () => pauses.length >= 6);
    expect(pauses.slice(0, 6)).toEqual([5, 10, 20, 40, 40, 40]);
  });

  test('after a healthy run waits the shortest time again', async () => {
    const folder = tempFolder();
    const pauses: number[] = [];
    const healthy = { ...FAST, healthyAfterMs: 0 };
    const readies: string[] = [];
    const events = {
      onReady: (name: string) => void readies.push(name),
      onExit: (_name: string, _how: string, ms: number) => void pauses.push(ms),
    };
    const supervisor = supervise(folder, events, healthy);
    await supervisor.start([stage(childOf(folder, 'one'))]);
    for (let kill = 1; kill <= 3; kill += 1) {
      await until('readiness', () => readies.length === kill);
      supervisor.child('one').kill('SIGKILL');
      await until('end', () => pauses.length === kill);
    }
    expect(pauses).toEqual([5, 5, 5]);
  });

  test('and does not become ready again is killed and tried again', async () => {
    const folder = tempFolder();
    const warnings: string[] = [];
    const supervisor = supervise(folder, { onWarning: (_name, text) => void warnings.push(text) });
    const program = `
import { existsSync, writeFileSync } from 'node:fs';
const second = process.env.DIR + '/second', third = process.env.DIR + '/third';
const isMute = existsSync(second) && !existsSync(third);
writeFileSync(existsSync(second) ? third : second, '');
if (!isMute) console.log('{"ready":true}');
setInterval(() => {}, 1000);`;
    const moody = childOf(folder, 'moody', program, { readyWithinMs: 2_000 });
    await supervisor.start([stage(moody)]);
    supervisor.child('moody').kill('SIGKILL');
    await until('second restart', () => supervisor.child('moody').restarts === 2);
    expect(warnings.join()).toContain('not ready within 2 s');
  });
});

describe('an end', () => {
  test('comes to the last started first, each after the other has ended', async () => {
    const folder = tempFolder();
    const supervisor = supervise(folder);
    const names = ['temporal', 'ledger', 'worker'];
    await supervisor.start(names.map((name) => stage(childOf(folder, name))));
    await supervisor.stop();
    const order = readFileSync(join(folder, 'order.txt'), 'utf8').trim().split('\n');
    expect(order).toEqual(names.toReversed());
    expect(supervisor.running()).toEqual([]);
  });

  test('is forced on a child that ignores SIGTERM', async () => {
    const folder = tempFolder();
    const supervisor = supervise(folder);
    const program = `process.on('SIGTERM', () => {});${GOOD.replace(/process\.on[^}]*}\);/, '')}`;
    const stubborn = childOf(folder, 'stubborn', program, { stopWithinMs: 100 });
    await supervisor.start([stage(stubborn)]);
    const pid = pidOf(supervisor, 'stubborn');
    await supervisor.stop();
    expect(isAlive(pid)).toBe(false);
  });

  test('during the pause before a restart leaves nothing running', async () => {
    const folder = tempFolder();
    let ended = false;
    const slow = { firstMs: 60_000, mostMs: 60_000, healthyAfterMs: 60_000 };
    const supervisor = supervise(folder, { onExit: () => (ended = true) }, slow);
    await supervisor.start([stage(childOf(folder, 'one'))]);
    supervisor.child('one').kill('SIGKILL');
    await until('end', () => ended);
    await supervisor.stop();
    expect(supervisor.running()).toEqual([]);
  });
});

describe('the log of a child', () => {
  test('holds everything, and warnings are shown as well', async () => {
    const folder = tempFolder();
    const warnings: string[] = [];
    const supervisor = supervise(folder, {
      onWarning: (name, text) => void warnings.push(`${name}: ${text}`),
    });
    const program = `
console.error(JSON.stringify({ level: 30, msg: 'all is well' }));
console.error(JSON.stringify({ level: 50, msg: 'cannot write', err: { message: 'disk full' } }));
${GOOD}`;
    await supervisor.start([stage(childOf(folder, 'noisy', program))]);
    await until('warning', () => warnings.length > 0);
    expect(warnings).toEqual(['noisy: cannot write: disk full']);
    await supervisor.stop();
    const log = readFileSync(join(folder, 'logs', 'noisy.log'), 'utf8');
    expect(log).toContain('all is well');
    expect(log).toContain('"ready":true');
  });

  test('is moved aside when it grows too big', () => {
    const folder = tempFolder();
    const path = join(folder, 'logs', 'big.log');
    const log = new LogFile(path, 100);
    log.append(Buffer.from('a'.repeat(80)));
    expect(existsSync(`${path}.1`)).toBe(false);
    log.append(Buffer.from('b'.repeat(80)));
    log.close();
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('a'.repeat(80));
    expect(readFileSync(path, 'utf8')).toBe('b'.repeat(80));
  });
});
