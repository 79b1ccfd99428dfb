/**
 * `POST /faucet {"user": "0x..."}`: pays any address that asks, once, when the exchange was started
 * with a faucet. Open to everybody who reaches the port, so it bounds how many accounts it makes.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import { z } from 'zod';
import { accountAddress } from '../../../domain/kernel/ids.ts';
import { describeViolation } from '../../../domain/kernel/outcome.ts';
import type { PaperExchange } from '../exchange.ts';
import { readBody } from '../server/body.ts';
import { violationOf } from '../violations.ts';

export const FAUCET_PATH = '/faucet';

const MOST_ACCOUNTS = 10_000;

const requestSchema = z.strictObject({
  user: z
    .string('must be an address')
    .regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address: 0x and 40 hexadecimal digits')
    .transform(accountAddress),
});

interface FaucetReply {
  readonly status: number;
  readonly json: object;
}

const refusal = (status: number, response: string): FaucetReply => ({
  status,
  json: { status: 'err', response },
});

/** Pays `usd` to each address that has never been paid. */
export function createFaucet(exchange: PaperExchange, usd: string): RequestListener {
  const answer = async (request: IncomingMessage): Promise<FaucetReply> => {
    if (request.method !== 'POST') return refusal(405, 'the method must be POST');
    const body = await readBody(request);
    if (typeof body === 'string') return refusal(400, `the body is ${body}`);
    const asked = requestSchema.safeParse(body.json);
    if (!asked.success) {
      return refusal(400, describeViolation(violationOf(asked.error, body.json, 'body')));
    }
    const { user } = asked.data;
    if (exchange.isKnown(user)) return refusal(409, `${user} has been paid before`);
    if (exchange.venue.knownAccounts().length >= MOST_ACCOUNTS) {
      return refusal(429, `the faucet is dry: there are ${MOST_ACCOUNTS} accounts`);
    }
    exchange.fund(user, usd);
    await exchange.settled();
    return { status: 200, json: { status: 'ok', user, usd } };
  };

  return (request, response) => {
    answer(request)
      .catch(() => refusal(500, 'the account could not be paid'))
      .then(({ status, json }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(json));
      })
      .catch(() => response.destroy());
  };
}
