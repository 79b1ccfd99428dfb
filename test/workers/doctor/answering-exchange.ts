import { createServer, type RequestListener } from 'node:http';
import { afterTest } from '../up/children.ts';

/** An exchange that answers each request type with the given document; nothing is HTTP 500. */
export async function exchange(
  answers: Readonly<Record<string, (user: string) => unknown>>,
): Promise<string> {
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { type, user = '' } = JSON.parse(body) as { type: string; user?: string };
      const answer = answers[type];
      const status = answer === undefined ? 500 : 200;
      response.writeHead(status).end(JSON.stringify(answer?.(user) ?? null));
    });
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}
