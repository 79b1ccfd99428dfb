import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { configuredEndpoints } from '../../../config/endpoints.ts';
import { loadConfig } from '../../../config/load.ts';
import { identify, isAlive } from '../../../config/process-probe.ts';
import { readRuntime, writeRuntime } from '../../../config/runtime-state.ts';
import type { Stage } from '../../../workers/up/child-spec.ts';
import { lockFolder } from '../../../workers/up/folder-lock.ts';
import { planStack } from '../../../workers/up/plan.ts';
import { portsInUse, portsOf, withFreePorts } from '../../../workers/up/ports.ts';
import { type Stack, type StackOptions, startStack } from '../../../workers/up/stack.ts';
import { afterTest, childOf, tempFolder, until, untilGone } from './children.ts';

const KEY = `0x${'5'.repeat(64)}`;

async function configIn(folder: string, env: Record<string, string> = {}) {
  const { config } = await loadConfig({ cwd: folder, env: { PERPETUA_DATA_DIR: folder, ...env } });
  return config;
}

async function start(folder: string, options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({
    config: await configIn(folder),
    ports: 'auto',
    env: { PATH: process.env.PATH },
    plan: () => [{ children: [childOf(folder, 'a')] }, { children: [childOf(folder, 'b')] }],
    ...options,
  });
  afterTest(() => stack.stop());
  return stack;
}

function listenOnAnyPort(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      afterTest(() => void server.close());
      resolve({ server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
    });
  });
}

describe('a stack', () => {
  test('writes down what runs while it runs, and tidies up when it stops', async () => {
    const folder = tempFolder();
    const stack = await start(folder);
    const reading = readRuntime(folder);
    if (reading.kind !== 'running') throw new Error(reading.kind);
    expect(reading.state).toMatchObject({ phase: 'ready', account: stack.endpoints.account });
    const recorded = new Map(reading.state.processes.map((one) => [one.name, one.pid]));
    expect(recorded).toEqual(stack.processes());
    await stack.stop();
    expect(readRuntime(folder).kind).toBe('absent');
    for (const pid of recorded.values()) expect(isAlive(pid)).toBe(false);
    expect(lockFolder(folder, 'up').kind).toBe('held');
  });

  test('records the new pid of a process that was killed', async () => {
    const folder = tempFolder();
    const stack = await start(folder, {
      backoff: { firstMs: 5, mostMs: 40, healthyAfterMs: 1_000 },
    });
    const before = stack.processes().get('a');
    expect(stack.kill('a', 'SIGKILL')).toBe(true);
    await until('new pid in runtime.json', () => {
      const reading = readRuntime(folder);
      if (reading.kind !== 'running') return false;
      const pid = reading.state.processes.find((one) => one.name === 'a')?.pid;
      return pid !== undefined && pid !== before;
    });
    expect(stack.restartCount('a')).toBe(1);
    expect(() => stack.restartCount('nobody')).toThrow(/must be one of a, b/);
  });

  test('in a folder where one runs is refused with its pid and URLs', async () => {
    const folder = tempFolder();
    await start(folder);
    const reading = readRuntime(folder);
    if (reading.kind !== 'running') throw new Error(reading.kind);
    // Another process holds the lock: to ourselves it would look like an earlier life.
    const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    afterTest(() => void holder.kill('SIGKILL'));
    writeFileSync(join(folder, 'up.lock'), JSON.stringify(identify(holder.pid ?? 0)));
    const second = start(folder);
    await expect(second).rejects.toThrow(`already runs in ${folder} (pid ${holder.pid})`);
    await expect(second).rejects.toThrow(reading.state.dashboardUrl);
    await expect(second).rejects.toMatchObject({ exitCode: 1 });
  });

  test('takes a killed supervisor’s folder over, and ends what that one left running', async () => {
    const folder = tempFolder();
    const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'orphan']);
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'bystander']);
    afterTest(() => {
      orphan.kill('SIGKILL');
      bystander.kill('SIGKILL');
    });
    const orphanPid = orphan.pid ?? 0;
    const bystanderPid = bystander.pid ?? 0;
    const dead = { pid: 4_000_000, commandLine: 'node workers/up.ts' };
    writeFileSync(join(folder, 'up.lock'), JSON.stringify(dead));
    const { state } = await stateOfAStack();
    writeRuntime(folder, {
      ...state,
      ...dead,
      processes: [
        { name: 'orphan', ...identify(orphanPid) },
        { name: 'reused', pid: bystanderPid, commandLine: 'what it was before' },
      ],
    });
    const said: string[] = [];
    await start(folder, { say: (message) => void said.push(message) });
    await untilGone(orphanPid);
    expect(isAlive(bystanderPid)).toBe(true);
    expect(said[0]).toBe('ended what a killed stack had left running: orphan');
  });

  test('whose start fails ends what it had started and gives the folder free', async () => {
    const folder = tempFolder();
    const plan = (): Stage[] => [
      { children: [childOf(folder, 'good')] },
      { children: [childOf(folder, 'bad', 'process.exit(7);')] },
    ];
    await expect(start(folder, { plan })).rejects.toThrow(/bad: .*exit code 7/);
    expect(readFileSync(join(folder, 'order.txt'), 'utf8')).toBe('good\n');
    expect(readRuntime(folder).kind).toBe('absent');
    await start(folder);
  });

  test('that is interrupted while it starts ends in order', async () => {
    const folder = tempFolder();
    const controller = new AbortController();
    const mute = childOf(folder, 'mute', 'setInterval(() => {}, 1000);');
    const plan = (): Stage[] => [{ children: [childOf(folder, 'good')] }, { children: [mute] }];
    const starting = start(folder, { plan, signal: controller.signal });
    await until('second stage', () => {
      const reading = readRuntime(folder);
      return reading.kind === 'running' && reading.state.processes.some((p) => p.name === 'mute');
    });
    controller.abort();
    await expect(starting).rejects.toThrow();
    expect(readFileSync(join(folder, 'order.txt'), 'utf8')).toBe('good\n');
    expect(readRuntime(folder).kind).toBe('absent');
  });

  test('that is told to end at once kills its processes without asking them', async () => {
    const folder = tempFolder();
    const controller = new AbortController();
    const deaf = `process.on('SIGTERM', () => {}); console.log('{"ready":true}');
      setInterval(() => {}, 1000);`;
    const plan = (): Stage[] =>
      ['a', 'b'].map((name) => ({
        children: [childOf(folder, name, deaf, { stopWithinMs: 600_000 })],
      }));
    const stack = await start(folder, { plan, killSignal: controller.signal });
    const pids = [...stack.processes().values()];
    expect(pids).toHaveLength(2);
    const stopping = stack.stop();
    controller.abort();
    await stopping;
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
  });

  test('with a port in use names every part, port, flag and variable', async () => {
    const folder = tempFolder();
    const { port } = await listenOnAnyPort();
    const env = { PERPETUA_LEDGER_PORT: String(port), PERPETUA_DASHBOARD_PORT: String(port) };
    const config = { ...(await withFreePorts(await configIn(folder))) };
    const configured = await configIn(folder, env);
    const clash = { ...config, ledger: configured.ledger, dashboard: configured.dashboard };
    const starting = start(folder, { config: clash, ports: 'fixed' });
    await expect(starting).rejects.toThrow(
      `port ${port} (ledger): already in use; stop what listens there, or choose another with ` +
        '--ledger-port or PERPETUA_LEDGER_PORT',
    );
    await expect(starting).rejects.toThrow(/\(dashboard\): already in use/);
  });
});

async function stateOfAStack() {
  const folder = tempFolder();
  const stack = await start(folder);
  const reading = readRuntime(folder);
  if (reading.kind !== 'running') throw new Error(reading.kind);
  await stack.stop();
  return reading;
}

describe('ports', () => {
  test('picked automatically are free, different, and not those of outgoing connections', async () => {
    const uses = portsOf(await withFreePorts(await configIn(tempFolder())));
    expect(new Set(uses.map((use) => use.port)).size).toBe(6);
    expect(await portsInUse(uses)).toEqual([]);
    expect(Math.max(...uses.map((use) => use.port))).toBeLessThan(32_768);
  });

  test('of parts that run elsewhere are none of ours', async () => {
    const env = {
      TEMPORAL_ADDRESS: 'there:1',
      DATABASE_URL: 'postgres://there/x',
      PERPETUA_EXCHANGE_URL: 'http://127.0.0.1:9',
    };
    const names = portsOf(await configIn(tempFolder(), env)).map((use) => use.name);
    expect(names).toEqual(['dashboard']);
  });
});

describe('the plan', () => {
  const planFor = async (env: NodeJS.ProcessEnv, settings: Record<string, string> = {}) => {
    const config = await configIn(tempFolder(), settings);
    const account = `0x${'a'.repeat(40)}`;
    const endpoints = configuredEndpoints(config);
    return planStack({ config, endpoints, account, temporalBinary: '/bin/temporal', env });
  };

  test('starts the stores first, then the worker, then watchdog and dashboard', async () => {
    const stages = await planFor({});
    expect(stages.map((one) => one.children.map((child) => child.name))).toEqual([
      ['temporal', 'ledger', 'paper-exchange'],
      ['trading-worker'],
      ['watchdog', 'dashboard'],
    ]);
  });

  test('starts as many workers as are wanted, each under a name of its own', async () => {
    const [, workers] = await planFor({}, { PERPETUA_WORKERS: '3' });
    const names = workers?.children.map(({ name }) => name);
    expect(names).toEqual(['trading-worker', 'trading-worker-2', 'trading-worker-3']);
  });

  test('gives the signing key to worker and watchdog alone, and never as an argument', async () => {
    const children = (await planFor({ PERPETUA_SIGNER_KEY: KEY })).flatMap((one) => one.children);
    const knowing = children.filter((child) => JSON.stringify(child.env).includes(KEY));
    expect(knowing.map((child) => child.name)).toEqual(['trading-worker', 'watchdog']);
    expect(children.some((child) => child.args.join(' ').includes(KEY))).toBe(false);
  });

  test('gives a watchdog with a key of its own that one only', async () => {
    const own = `0x${'7'.repeat(64)}`;
    const env = { PERPETUA_SIGNER_KEY: KEY, PERPETUA_WATCHDOG_KEY: own };
    const children = (await planFor(env)).flatMap((one) => one.children);
    const knowing = (key: string) =>
      children.filter((child) => JSON.stringify(child.env).includes(key)).map(({ name }) => name);
    expect(knowing(KEY)).toEqual(['trading-worker']);
    expect(knowing(own)).toEqual(['watchdog']);
  });

  test.each([
    ['60', 'none'],
    ['6', 'none'],
    ['5', 'venue'],
    ['1', 'venue'],
  ])('a tape at speed %s has the rate limits %s', async (speed, limits) => {
    const config = await configIn(tempFolder(), { PERPETUA_PAPER_SPEED: speed });
    const endpoints = configuredEndpoints(config);
    const account = `0x${'a'.repeat(40)}`;
    const [first] = planStack({ config, endpoints, account, env: {} });
    const paper = first?.children.find(({ name }) => name === 'paper-exchange');
    const at = paper?.args.indexOf('--limits') ?? -1;
    expect(paper?.args[at + 1]).toBe(limits);
  });
});

describe('the lock of a folder', () => {
  test('of a dead, an unreadable or an earlier own process is taken over', () => {
    for (const content of [
      JSON.stringify({ pid: 4_000_000, commandLine: 'x' }),
      '{',
      JSON.stringify(identify(process.pid)),
    ]) {
      const folder = tempFolder();
      writeFileSync(join(folder, 'up.lock'), content);
      const lock = lockFolder(folder, 'up');
      expect(lock.kind).toBe('held');
    }
  });

  test('is given free by its holder only', () => {
    const folder = tempFolder();
    const lock = lockFolder(folder, 'up');
    if (lock.kind !== 'held') throw new Error(lock.kind);
    rmSync(join(folder, 'up.lock'));
    writeFileSync(join(folder, 'up.lock'), 'of somebody else');
    lock.release();
    expect(readFileSync(join(folder, 'up.lock'), 'utf8')).toBe('of somebody else');
  });
});
