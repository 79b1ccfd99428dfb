/**
 * A TCP proxy in user space between two parts, whose links can be made to fail: nothing comes
 * through, connections are reset or closed by half, bytes are late, or only go one way.
 */
import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';

export type LinkFault = 'drop' | 'reset' | 'halfClose' | 'slow' | 'blackHole' | 'loseReplies';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export interface TcpProxy {
  readonly port: number;
  /** How many there are now. */
  readonly connections: number;
  /**
   * Applies a fault for a time and resolves when it is over.
   * @param draw a number in [0, 1) for what the fault leaves open
   * @returns how many connections, standing or tried, it has hit
   */
  fail(fault: LinkFault, forMs: number, draw: number): Promise<number>;
  close(): Promise<void>;
}

class Relay implements TcpProxy {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  /** What is on now; several faults of one link may overlap. */
  readonly #on = new Map<LinkFault, number>();
  #slowMs = 0;
  #hit = 0;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return address.port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, HOST, resolve);
    });
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#cut(pair);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async fail(fault: LinkFault, forMs: number, draw: number): Promise<number> {
    const before = this.#hit;
    this.#on.set(fault, (this.#on.get(fault) ?? 0) + 1);
    this.#slowMs = 50 + Math.round(draw * 350);
    const struck = [...this.#pairs];
    if (fault !== 'drop' && fault !== 'reset') this.#hit += struck.length;
    for (const pair of struck) this.#strike(fault, pair, draw);
    await sleep(forMs);
    this.#on.set(fault, (this.#on.get(fault) ?? 1) - 1);
    const isOver = !this.#isOn(fault);
    // What was swallowed is lost, so the connection is of no use any more; a mere silence may end.
    if (isOver && fault === 'loseReplies') for (const pair of this.#pairs) this.#cut(pair);
    if (isOver && fault === 'blackHole') {
      for (const pair of this.#pairs) {
        if (draw < 0.5) this.#cut(pair);
        else this.#resume(pair);
      }
    }
    return this.#hit - before;
  }

  #isOn(fault: LinkFault): boolean {
    return (this.#on.get(fault) ?? 0) > 0;
  }

  #strike(fault: LinkFault, pair: Pair, draw: number): void {
    const { client, server } = pair;
    if (fault === 'drop') {
      this.#hit += 1;
      this.#cut(pair);
    }
    if (fault === 'reset') {
      this.#hit += 1;
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    if (fault === 'halfClose') (draw < 0.5 ? client : server).end();
    if (fault === 'blackHole') {
      client.pause();
      server.pause();
    }
  }

  #resume({ client, server }: Pair): void {
    client.resume();
    server.resume();
  }

  #cut({ client, server }: Pair): void {
    client.destroy();
    server.destroy();
  }

  #accept(client: Socket): void {
    if (this.#isOn('drop') || this.#isOn('reset')) {
      this.#hit += 1;
      client.on('error', () => undefined);
      if (this.#isOn('reset')) client.resetAndDestroy();
      else client.destroy();
      return;
    }
    const server = openSocket({ port: this.#targetPort, host: HOST, allowHalfOpen: true });
    const pair: Pair = { client, server };
    this.#pairs.add(pair);
    this.#pass(client, server, true);
    this.#pass(server, client, false);
    if (this.#isOn('blackHole')) {
      client.pause();
      server.pause();
    }
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        this.#cut(pair);
      });
    }
  }

  #pass(from: Socket, onto: Socket, isRequest: boolean): void {
    let tail: Promise<unknown> = Promise.resolve();
    let isWaiting = false;
    const write = (chunk: Buffer): void => {
      if (onto.writable) onto.write(chunk);
    };
    const end = (): void => {
      if (onto.writable) onto.end();
    };
    from.on('data', (chunk: Buffer) => {
      if (!isRequest && this.#isOn('loseReplies')) return;
      if (!this.#isOn('slow') && !isWaiting) {
        write(chunk);
        return;
      }
      // In order: what comes after late bytes is as late.
      isWaiting = true;
      const mine = tail
        .then(() => sleep(this.#isOn('slow') ? this.#slowMs : 0))
        .then(() => write(chunk));
      tail = mine;
      void mine.then(() => {
        if (tail === mine) isWaiting = false;
      });
    });
    from.on('end', () => void tail.then(end));
  }
}

/** A proxy on a free port of the loopback, to a port of the loopback. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new Relay(targetPort);
  await proxy.listen();
  return proxy;
}
