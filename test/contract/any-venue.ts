/**
 * The venues that the same contract is tested on: the paper exchange always, Hyperliquid's testnet
 * when `HYPERLIQUID_TESTNET_KEY` holds the key of an account with at least 100 USDC there.
 */
import {
  ExchangeClient,
  HttpTransport,
  InfoClient,
  SubscriptionClient,
  WebSocketTransport,
} from '@nktkas/hyperliquid';
import { privateKeyToAccount } from 'viem/accounts';
import { decimal, plain } from '../../domain/kernel/decimal.ts';
import { ALICE_KEY, openPaperVenue } from './paper-venue.ts';

type Key = `0x${string}`;

/** One account on one venue, through the unmodified SDK. */
export interface AnyVenue {
  readonly address: Key;
  readonly exchange: ExchangeClient;
  readonly info: InfoClient;
  readonly subscriptions: SubscriptionClient;
  /** The same account, signed for by another key. */
  traderOf(key: Key): ExchangeClient;
  close(): Promise<void>;
}

export interface VenueUnderTest {
  readonly name: string;
  /** Why it is not tested; undefined when it is. */
  readonly skipped?: string;
  open(): Promise<AnyVenue>;
}

/** The SDK's clients; without addresses they are those of the venue's own testnet. */
function connect(
  key: Key,
  close: () => Promise<void>,
  addresses: { apiUrl?: string; url?: string } = {},
): AnyVenue {
  const { apiUrl, url } = addresses;
  const transport = new HttpTransport({ isTestnet: true, ...(apiUrl ? { apiUrl } : {}) });
  const sockets = new WebSocketTransport({ isTestnet: true, ...(url ? { url } : {}) });
  const traderOf = (signer: Key) =>
    new ExchangeClient({ transport, wallet: privateKeyToAccount(signer) });
  return {
    address: privateKeyToAccount(key).address,
    exchange: traderOf(key),
    info: new InfoClient({ transport }),
    subscriptions: new SubscriptionClient({ transport: sockets }),
    traderOf,
    close: async () => {
      sockets.close();
      await close();
    },
  };
}

async function openPaper(): Promise<AnyVenue> {
  const venue = await openPaperVenue({ speed: 60 });
  const { url: apiUrl, wsUrl: url } = venue.running;
  return connect(ALICE_KEY, () => venue.close(), { apiUrl, url });
}

const testnetKey = process.env.HYPERLIQUID_TESTNET_KEY;

export const venuesUnderTest: readonly VenueUnderTest[] = [
  { name: 'the paper exchange', open: openPaper },
  {
    name: "Hyperliquid's testnet",
    ...(testnetKey ? {} : { skipped: 'HYPERLIQUID_TESTNET_KEY is not set' }),
    open: async () => connect(testnetKey as Key, async () => undefined),
  },
];

/** The market that is traded: its asset id, and prices and a size that the rules allow. */
export async function marketOf(venue: AnyVenue, coin: string) {
  const { universe } = await venue.info.meta();
  const asset = universe.findIndex(({ name }) => name === coin);
  const mid = decimal((await venue.info.allMids())[coin] ?? '0');
  const szDecimals = universe[asset]?.szDecimals ?? 0;
  const rounded = (px: ReturnType<typeof decimal>) => plain(px.toSignificantDigits(5));
  return {
    asset,
    /** Worth about 15 USD. */
    size: plain(decimal(15).div(mid).toDecimalPlaces(szDecimals, 0)),
    /** The middle price moved by a fraction, on the tick. */
    at: (fraction: string) => rounded(mid.times(decimal(1).plus(fraction))),
  };
}
