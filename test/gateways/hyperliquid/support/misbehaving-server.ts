/** A real HTTP server whose every answer is the test's choice, and which keeps what it was sent. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; `body` is what was sent, empty when the behaviour does not wait for it. */
export type Behaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
) => void | Promise<void>;

export interface MisbehavingServer {
  readonly url: string;
  /** Bodies as they came, byte by byte. */
  readonly bodies: string[];
  behave: Behaviour;
  /** Whether the body is read before the behaviour starts. */
  readsBody: boolean;
  close(): Promise<void>;
}

const readAll = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

/** Answers with a status and a text. */
export const answering =
  (status: number, text: string, type = 'application/json'): Behaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(text);
  };

export const answeringJson = (value: unknown): Behaviour => answering(200, JSON.stringify(value));

export async function openMisbehavingServer(): Promise<MisbehavingServer> {
  const http = createServer(async (request, response) => {
    const body = server.readsBody ? await readAll(request) : '';
    if (server.readsBody) server.bodies.push(body);
    await server.behave(request, response, body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const server: MisbehavingServer = {
    url: `http://127.0.0.1:${port}`,
    bodies: [],
    behave: answering(500, ''),
    readsBody: true,
    close: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
  return server;
}
