/**
 * One client of the embedded ledger. It holds the single database backend from the first message of
 * a query until the answer says "ready, idle", so that no other client's messages can come between
 * Parse and Execute or into an open transaction.
 */
import type { Socket } from 'node:net';
import {
  CANCEL_REQUEST,
  endsIdle,
  FrameReader,
  fatalError,
  GSS_REQUEST,
  greeting,
  type MessageFrame,
  PANIC_BYTES,
  ROLLBACK_QUERY,
  reportsPanic,
  SSL_REQUEST,
  SYNC,
} from './frames.ts';
import { StatementNames } from './statement-names.ts';
import type { Turns } from './turns.ts';

/** The part of PGlite that a connection needs: one raw protocol message in, the answer out. */
export interface ProtocolBackend {
  execProtocolRawStream(
    message: Uint8Array,
    options: { onRawData: (data: Uint8Array) => void },
  ): Promise<void>;
}

export interface ConnectionOptions {
  readonly id: number;
  readonly backend: ProtocolBackend;
  readonly turns: Turns;
  readonly serverVersion: string;
  /** A client that holds the backend and says nothing for so long is disconnected. */
  readonly holdTimeoutMs: number;
  /** The backend itself failed: nothing that it holds can be trusted any more. */
  readonly onBackendFailure: (error: unknown) => void;
}

/** After these messages the backend answers ReadyForQuery, unless a COPY begins. */
const ENDS_A_CYCLE = new Set(['S', 'Q', 'F', 'c', 'f']);
const PROTOCOL_MAJOR = 3;

export class LedgerConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader = new FrameReader();
  readonly #names: StatementNames;
  #holding = false;
  #pumping = false;
  #closed = false;
  #dismissed = false;
  #holdTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#names = new StatementNames(options.id);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      void this.#pump();
    });
    // 'close' always follows; without a listener a reset connection would end the process.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      void this.#pump().then(() => this.#forgetStatements());
    });
  }

  /** Whether the client has the backend now. */
  get isBusy(): boolean {
    return this.#holding || this.#pumping;
  }

  /** Works off what has arrived, one message after the other, never twice at the same time. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    // A query is a few messages, each with an answer: together they are one write, not one each.
    this.#socket.cork();
    try {
      while (!this.#closed && (await this.#step()));
      if (this.#closed && this.#holding) await this.#abandon();
    } catch (error) {
      this.#closed = true;
      // What the client was answered so far says why.
      this.#socket.uncork();
      this.#socket.destroy();
      if (this.#holding) this.#release();
      this.#options.onBackendFailure(error);
    } finally {
      this.#pumping = false;
      this.#socket.uncork();
    }
    // The socket may have closed between the last look and the end of this pump.
    if (this.#closed && this.#holding) void this.#pump();
  }

  async #step(): Promise<boolean> {
    const frame = this.#nextFrame();
    if (frame === undefined) return false;
    if (frame.kind === 'message') {
      if (frame.type === 'X') this.#socket.end();
      else await this.#execute(frame);
    } else if (frame.code === SSL_REQUEST || frame.code === GSS_REQUEST) {
      this.#socket.write('N');
    } else if (frame.code === CANCEL_REQUEST) {
      this.#socket.end();
    } else if (frame.code >> 16 === PROTOCOL_MAJOR) {
      this.#socket.write(greeting(this.#options.id, this.#options.serverVersion));
    } else {
      this.#socket.end(fatalError('08P01', 'only protocol version 3 is supported'));
    }
    return true;
  }

  #nextFrame(): ReturnType<FrameReader['next']> {
    try {
      const frame = this.#reader.next();
      if (frame?.kind !== 'message') return frame;
      return { ...frame, bytes: this.#names.own(frame.type, frame.bytes) };
    } catch {
      this.#closed = true;
      this.#socket.destroy();
      return undefined;
    }
  }

  async #execute(frame: MessageFrame): Promise<void> {
    if (!this.#holding) {
      await this.#options.turns.acquire();
      this.#holding = true;
    }
    clearTimeout(this.#holdTimer);
    // The client may have gone while we waited for our turn: then nothing of it is executed.
    if (this.#closed) return;
    let tail: Uint8Array = new Uint8Array(0);
    let hasPanicked = false;
    await this.#options.backend.execProtocolRawStream(frame.bytes, {
      onRawData: (data) => {
        const recent = Buffer.concat([tail, data]);
        hasPanicked ||= reportsPanic(recent);
        tail = recent.subarray(-PANIC_BYTES);
        if (this.#socket.writable) this.#socket.write(Buffer.from(data));
      },
    });
    if (hasPanicked) throw new Error('the database panicked; see the error that its client got');
    if (ENDS_A_CYCLE.has(frame.type) && endsIdle(tail)) {
      this.#release();
      return;
    }
    this.#holdTimer = setTimeout(() => this.#socket.destroy(), this.#options.holdTimeoutMs);
    this.#holdTimer.unref();
  }

  /** Undoes what a vanished client left half done, then lets the next client in. */
  async #abandon(): Promise<void> {
    clearTimeout(this.#holdTimer);
    const silent = { onRawData: () => {} };
    await this.#options.backend.execProtocolRawStream(ROLLBACK_QUERY, silent);
    await this.#options.backend.execProtocolRawStream(SYNC, silent);
    this.#release();
  }

  /** Disconnects the client because the server ends: the backend is not asked for anything more. */
  dismiss(): void {
    this.#dismissed = true;
    this.#socket.destroy();
  }

  /** A connection that is gone leaves no prepared statement behind. */
  async #forgetStatements(): Promise<void> {
    const { backend, turns, onBackendFailure } = this.#options;
    const closes = this.#names.farewell();
    if (closes.length === 0 || this.#dismissed) return;
    await turns.acquire();
    try {
      for (const message of [...closes, SYNC]) {
        await backend.execProtocolRawStream(message, { onRawData: () => {} });
      }
    } catch (error) {
      onBackendFailure(error);
    } finally {
      turns.release();
    }
  }

  #release(): void {
    this.#holding = false;
    this.#options.turns.release();
  }
}
