/**
 * What both transports answer: a question or a signed action in, a reply with HTTP's status out,
 * past whatever interferes. It knows no sockets; nothing that it is given ends the process.
 */
import { infoRequestSchema } from '../../hyperliquid/wire/info-requests.ts';
import {
  answerThrough,
  type Interference,
  NO_INTERFERENCE,
  type Reply,
  type SeenRequest,
} from '../faults/interference.ts';
import type { Log } from '../log.ts';
import type { AnswerAction } from '../protocol/actions.ts';
import type { Answer } from '../protocol/info.ts';

/** The venue's words for a body that it cannot read. */
export const MALFORMED = 'Failed to deserialize the JSON body into the target type';

const malformed: Reply = { status: 422, text: MALFORMED };
const failed: Reply = { status: 500, text: 'Internal Server Error' };

export interface DeskParts {
  readonly info: Answer;
  readonly exchange: AnswerAction;
  readonly log: Log;
  readonly interference?: Interference | undefined;
}

/** Answers a request; undefined when the connection must be cut. Rejects when it cannot answer. */
export type Desk = (request: SeenRequest) => Promise<Reply | undefined>;

/** The type that a body claims to be of, which may be any text. */
export function claimedType(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('type' in body)) return undefined;
  return typeof body.type === 'string' ? body.type : undefined;
}

/** Joins the answers of questions and actions. */
export function createDesk({ info, exchange, log, interference }: DeskParts): Desk {
  const answer = ({ path, body }: SeenRequest): Reply => {
    if (path === '/exchange') {
      const response = exchange(body);
      return response === 'malformed' ? malformed : { status: 200, json: response };
    }
    const question = infoRequestSchema.safeParse(body);
    return question.success ? { status: 200, json: info(question.data) } : malformed;
  };
  const answerOrFail = (request: SeenRequest): Reply => {
    try {
      return answer(request);
    } catch (error) {
      log.error({ err: error, path: request.path }, 'a request failed');
      return failed;
    }
  };
  const between = interference ?? NO_INTERFERENCE;
  return (request) => answerThrough(between, request, () => answerOrFail(request));
}
