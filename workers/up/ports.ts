/** The ports of the embedded stack: who uses which, whether they are free, and free ones instead. */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { Config } from '../../config/schema.ts';
import { envNameOf } from '../../config/sources.ts';

export interface PortUse {
  /** For people, e.g. `Temporal Web UI`. */
  readonly part: string;
  /** In JSON documents, e.g. `temporalUi`. */
  readonly name: string;
  readonly port: number;
  /** The setting that changes it. */
  readonly key: string;
  /** The flag of `perpetua up` that changes it. */
  readonly flag: string;
}

const HOST = '127.0.0.1';
/**
 * Free ports are drawn below those that systems give to outgoing connections (Linux from 32,768 on, others
 * from 49,152): one of those may be gone again before its part listens there.
 */
const FREE_FROM = 20_000;
const FREE_BELOW = 32_768;
const MOST_DRAWS = 200;

/** The ports that `up` will listen on with these settings; parts that run elsewhere have none. */
export function portsOf(config: Config): readonly PortUse[] {
  const { temporal, ledger, paper, dashboard } = config;
  const use = (part: string, name: string, port: number, key: string, flag: string): PortUse => ({
    part,
    name,
    port,
    key,
    flag,
  });
  return [
    ...(temporal.address === undefined
      ? [
          use('Temporal', 'temporal', temporal.port, 'temporal.port', '--temporal-port'),
          use('Temporal Web UI', 'temporalUi', temporal.uiPort, 'temporal.uiPort', '--ui-port'),
          use(
            'Temporal HTTP',
            'temporalHttp',
            temporal.httpPort,
            'temporal.httpPort',
            '--http-port',
          ),
        ]
      : []),
    ...(ledger.url === undefined
      ? [use('ledger', 'ledger', ledger.port, 'ledger.port', '--ledger-port')]
      : []),
    ...(config.network === 'paper' && config.exchange.url === undefined
      ? [use('paper exchange', 'exchange', paper.port, 'paper.port', '--paper-port')]
      : []),
    use('dashboard', 'dashboard', dashboard.port, 'dashboard.port', '--dashboard-port'),
  ];
}

/** How to get out of the way of whoever has the port. */
export const describePortInUse = (use: PortUse): string =>
  `port ${use.port} (${use.part}): already in use; stop what listens there, or choose another ` +
  `with ${use.flag} or ${envNameOf(use.key)}`;

/** Which of the ports somebody else listens on; two parts on one port count as in use, too. */
export async function portsInUse(uses: readonly PortUse[]): Promise<readonly PortUse[]> {
  const held: Server[] = [];
  const taken: PortUse[] = [];
  for (const use of uses) {
    const server = await tryListen(use.port);
    if (server === undefined) taken.push(use);
    else held.push(server);
  }
  await Promise.all(held.map(close));
  return taken;
}

/** The settings with a free port for every part that `up` starts. */
export async function withFreePorts(config: Config): Promise<Config> {
  const held: Server[] = [];
  const freePort = async (): Promise<number> => {
    for (let draw = 0; draw < MOST_DRAWS; draw += 1) {
      const port = randomInt(FREE_FROM, FREE_BELOW);
      const server = await tryListen(port);
      if (server === undefined) continue;
      held.push(server);
      return port;
    }
    throw new Error(`no free port on ${HOST} from ${FREE_FROM} to ${FREE_BELOW - 1}`);
  };
  const changed: Config = {
    ...config,
    temporal: {
      ...config.temporal,
      port: await freePort(),
      uiPort: await freePort(),
      httpPort: await freePort(),
    },
    ledger: { ...config.ledger, port: await freePort() },
    paper: { ...config.paper, port: await freePort() },
    dashboard: { ...config.dashboard, port: await freePort() },
  };
  await Promise.all(held.map(close));
  return changed;
}

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => resolve(server));
  });
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => server.close(() => resolve()));
