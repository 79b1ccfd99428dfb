/**
 * The one seam between the servers and what may come between them and a client: latency, faults, the
 * wait for a disk. Servers answer requests through {@link answerThrough} and send the frames of
 * subscriptions through `beforeFrame`. Nothing here knows what a fault is.
 */

/** A request as it arrived: parsed, not yet judged. */
export interface SeenRequest {
  readonly transport: 'http' | 'websocket';
  readonly path: '/info' | '/exchange';
  /** Any JSON value; undefined when the text was no JSON. */
  readonly body: unknown;
}

/** What a client is answered: HTTP's status, and plain text or JSON. */
export interface Reply {
  readonly status: number;
  /** A string is sent as plain text, anything else as JSON. */
  readonly text?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A frame of a subscription on its way to one socket. */
export interface SeenFrame {
  readonly channel: string;
  readonly coin?: string;
  readonly user?: string;
}

/** Whether a request is delivered (and how often), answered in the venue's place, or cut off. */
export type Passage =
  | { readonly kind: 'deliver'; readonly times: number }
  | { readonly kind: 'answer'; readonly reply: Reply }
  | { readonly kind: 'hangUp' };

/** The socket that a frame is for. */
export interface FrameSocket {
  terminate(): void;
}

export interface Interference {
  /** Before a request takes effect; resolves when it may. */
  beforeRequest(request: SeenRequest): Passage | Promise<Passage>;
  /** After it took effect: what is answered, and when; undefined cuts the connection off. */
  beforeReply(request: SeenRequest, reply: Reply): Reply | undefined | Promise<Reply | undefined>;
  /** Calls `send` once, or later, or more than once, or never. */
  beforeFrame(socket: FrameSocket, frame: SeenFrame, send: () => void): void;
}

export const DELIVER: Passage = { kind: 'deliver', times: 1 };

export const NO_INTERFERENCE: Interference = {
  beforeRequest: () => DELIVER,
  beforeReply: (_request, reply) => reply,
  beforeFrame: (_socket, _frame, send) => send(),
};

/**
 * Answers a request; undefined when the connection must be cut without an answer. A request that is
 * delivered more than once is answered by its first delivery.
 */
export async function answerThrough(
  interference: Interference,
  request: SeenRequest,
  answer: () => Reply | Promise<Reply>,
): Promise<Reply | undefined> {
  const passage = await interference.beforeRequest(request);
  if (passage.kind === 'hangUp') return undefined;
  if (passage.kind === 'answer') return passage.reply;
  const reply = await answer();
  for (let again = 1; again < passage.times; again += 1) await answer();
  return interference.beforeReply(request, reply);
}
