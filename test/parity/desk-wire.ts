/**
 * The way to the paper exchange without sockets: questions and actions as JSON texts to its desk,
 * subscriptions from its channels. Whatever a request changes is told in turns of their own, as a
 * socket would; what steps of the tape change of the market is told when somebody is about to read it.
 */
import { VenueUnreachable } from '../../activities/ports/errors.ts';
import type { VenueConnection } from '../../gateways/hyperliquid/connection.ts';
import type { Stream } from '../../gateways/hyperliquid/streams.ts';
import {
  type ChannelName,
  channelDataSchemas,
  type Subscription,
  subscriptionSchema,
} from '../../gateways/hyperliquid/wire/websocket.ts';
import type { Change, PaperExchange } from '../../gateways/paper-exchange/exchange.ts';
import { assetsOf } from '../../gateways/paper-exchange/feeds/meta.ts';
import { createLog } from '../../gateways/paper-exchange/log.ts';
import { AccountBoard } from '../../gateways/paper-exchange/protocol/account-board.ts';
import { createActions } from '../../gateways/paper-exchange/protocol/actions.ts';
import { Channels, type Frame } from '../../gateways/paper-exchange/protocol/channels.ts';
import { createInfo } from '../../gateways/paper-exchange/protocol/info.ts';
import { MarketBoard } from '../../gateways/paper-exchange/protocol/market-board.ts';
import { createDesk } from '../../gateways/paper-exchange/server/desk.ts';
import type { Wire } from '../../workers/compose.ts';

/** How a session reaches the exchange, and how whoever moves the tape knows that it has been heard. */
export interface ParityWire {
  readonly exchange: PaperExchange;
  /** In the place of sockets. */
  readonly wire?: Wire;
  /** Where its sockets are. */
  readonly urls?: { readonly url: string; readonly wsUrl: string };
  /** Tells how the market stands now. Settles when it was heard. */
  showMarket(): Promise<void>;
  /** Settles when all that was told on the way of events was heard. */
  heard(): Promise<void>;
  close(): Promise<void>;
}

/** Never connected to. */
const NOWHERE = { url: 'http://127.0.0.1:1', wsUrl: 'ws://127.0.0.1:1', isMainnet: false };

interface Listening {
  readonly subscription: Subscription;
  hear(frame: Frame): void;
}

const isOfAccount = (subscription: Subscription): boolean => 'user' in subscription;

export class DeskWire implements ParityWire {
  readonly exchange: PaperExchange;
  readonly wire: Wire;
  /** Frames on their way. */
  #underWay = 0;
  readonly #channels: Channels;
  readonly #listening = new Set<Listening>();

  constructor(exchange: PaperExchange) {
    this.exchange = exchange;
    const log = createLog('warn');
    const market = new MarketBoard(exchange, assetsOf(exchange.feed.meta));
    const accounts = new AccountBoard(exchange);
    const info = createInfo(exchange, market, accounts);
    const desk = createDesk({ info, exchange: createActions(exchange, log), log });
    this.#channels = new Channels(exchange, market, accounts);
    const ask = async (path: '/info' | '/exchange', body: unknown): Promise<unknown> => {
      const sent: unknown = JSON.parse(JSON.stringify(body));
      const reply = await desk({ transport: 'http', path, body: sent });
      if (reply?.status === 200) return JSON.parse(JSON.stringify(reply.json ?? reply.text));
      throw new VenueUnreachable(`HTTP ${reply?.status}: ${reply?.text}`);
    };
    const connection: VenueConnection = {
      endpoints: NOWHERE,
      info: async (question, schema) => schema.parse(await ask('/info', question)),
      exchange: (body) => ask('/exchange', body),
      exchangeTimeMs: async () => exchange.nowMs(),
    };
    this.wire = { connection, open: () => this.#stream() };
    exchange.onChange((change) => {
      for (const each of this.#listening) {
        // A step moves the market more often than anybody looks at it: see `showMarket`.
        if (!change.isStep || isOfAccount(each.subscription)) this.#tell(each, change);
      }
    });
  }

  /** Tells how the market stands now. Settles when it was heard. */
  async showMarket(): Promise<void> {
    for (const each of this.#listening) {
      if (!isOfAccount(each.subscription)) this.#tell(each, { isStep: true, events: [] });
    }
    await this.heard();
  }

  /** Settles when every frame was heard. */
  async heard(): Promise<void> {
    while (this.#underWay > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  #tell(listening: Listening, change: Change): void {
    for (const frame of this.#channels.next(listening.subscription, change)) {
      this.#send(listening, frame);
    }
  }

  #send({ hear }: Listening, frame: Frame): void {
    const text = JSON.stringify(frame);
    this.#underWay += 1;
    setImmediate(() => {
      this.#underWay -= 1;
      hear(JSON.parse(text) as Frame);
    });
  }

  #stream(): Stream {
    const mine = new Set<Listening>();
    const failed = new Promise<never>(() => undefined);
    return {
      failed,
      onReopened: () => undefined,
      subscribe: async (channel, wanted, listener) => {
        const schema = channelDataSchemas[channel as ChannelName];
        const hear = ({ data }: Frame): void => listener(schema.parse(data) as never);
        const listening = { subscription: subscriptionSchema.parse(wanted), hear };
        mine.add(listening);
        this.#listening.add(listening);
        for (const frame of this.#channels.first(listening.subscription)) {
          this.#send(listening, frame);
        }
      },
      close: () => {
        for (const each of mine) this.#listening.delete(each);
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
