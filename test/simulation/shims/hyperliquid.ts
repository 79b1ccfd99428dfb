/** What the gateway uses of the SDK's transports, over the simulation's network. */
import { network, type Socket } from '../world/network.ts';

/** As the SDK's: a fault of the transport, with the answer's HTTP status if there was an answer. */
export class HttpRequestError extends Error {
  readonly response: { readonly status: number } | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.response = status === undefined ? undefined : { status };
  }
}

export class HttpTransport {
  async request(path: string, body: unknown): Promise<unknown> {
    const { status, body: told } = await network().request(path, JSON.stringify(body));
    if (status === 0) throw new HttpRequestError(String(told));
    if (status !== 200) throw new HttpRequestError(`${status}: ${told}`, status);
    try {
      return typeof told === 'string' ? JSON.parse(told) : told;
    } catch {
      throw new HttpRequestError('the answer is no JSON', status);
    }
  }
}

type Listener = (event: { readonly detail: unknown }) => void;

export class WebSocketTransport {
  private readonly connection: Socket;
  readonly socket: { addEventListener(type: string, listener: () => void): void };

  constructor() {
    const connection = network().connect();
    this.connection = connection;
    this.socket = { addEventListener: (_type, listener) => connection.onOpen.push(listener) };
  }

  async subscribe(channel: string, payload: { coin?: string }, listener: Listener): Promise<void> {
    await this.connection.subscribe(channel, payload.coin, (detail) => listener({ detail }));
  }

  close(): void {
    this.connection.close();
  }
}
