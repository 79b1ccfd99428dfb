/** A TCP proxy on 127.0.0.1 whose connections can be cut, and which can refuse new ones. */
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface CuttableProxy {
  readonly port: number;
  /** Drops every connection. */
  cut(): void;
  /** While true, new connections are dropped at once. */
  closed: boolean;
  close(): Promise<void>;
}

export async function openProxy(targetPort: number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  const hold = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
  };
  const server = createServer((client) => {
    if (proxy.closed) {
      client.destroy();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1');
    hold(client, () => upstream);
    hold(upstream, () => client);
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy: CuttableProxy = {
    port: (server.address() as AddressInfo).port,
    cut,
    closed: false,
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}
