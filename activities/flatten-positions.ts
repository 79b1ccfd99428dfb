/**
 * Closes every position of the account at the market, without Temporal. Each order only reduces, so
 * that one too many does nothing; the ledger keeps its envelope when it can be reached.
 */
import type { OrderIntent } from '../domain/execution/intent.ts';
import { decimal, sizeBase } from '../domain/kernel/decimal.ts';
import type { AccountAddress, DeploymentTag, Network } from '../domain/kernel/ids.ts';
import { intentId, orderWorkflowId } from '../domain/kernel/ids.ts';
import { cloidOf } from './order-envelope.ts';
import { markPxOf } from './portfolio.ts';
import type { Envelope } from './ports/envelope.ts';
import type { LedgerPort } from './ports/ledger.ts';
import type { VenuePort, VenuePosition } from './ports/venue.ts';

export interface FlattenPorts {
  readonly venue: Pick<VenuePort, 'account' | 'assets' | 'exchangeTimeMs' | 'orderAction' | 'send'>;
  readonly ledger: Pick<LedgerPort, 'prepareEnvelope'>;
  readonly nextNonce: () => Promise<number>;
  readonly signer: AccountAddress;
  readonly tag: DeploymentTag;
  readonly pause: (ms: number) => Promise<void>;
}

export interface Flattened {
  /** What each order came to, oldest first. */
  readonly orders: readonly {
    readonly asset: string;
    readonly sizeBase: string;
    readonly outcome: 'accepted' | 'rejected' | 'unknown';
    readonly reason?: string;
  }[];
  /** Assets that are still held, as far as the venue's last answer tells. */
  readonly left: readonly string[];
}

const EXPIRY_MS = 8_000;
const MOST_ROUNDS = 5;
const BETWEEN_ROUNDS_MS = 500;

function closingIntent(
  network: Network,
  account: AccountAddress,
  { asset, sizeBase: held }: VenuePosition,
  nowMs: number,
): OrderIntent {
  const size = decimal(held);
  return {
    network,
    account,
    intentId: intentId(`flatten/${asset}/${nowMs}`),
    strategy: 'kill-switch',
    leg: 'exit',
    asset,
    side: size.gt(0) ? 'sell' : 'buy',
    type: 'MARKET',
    sizeBase: sizeBase(size.abs()),
    reduceOnly: true,
    urgency: 'emergency',
  };
}

async function close(
  ports: FlattenPorts,
  network: Network,
  account: AccountAddress,
  position: VenuePosition,
): Promise<Flattened['orders'][number]> {
  const { venue, ledger, signer, tag } = ports;
  const nowMs = await venue.exchangeTimeMs();
  const intent = closingIntent(network, account, position, nowMs);
  const asset = (await venue.assets(intent.asset)).get(intent.asset);
  const told = { asset: intent.asset, sizeBase: intent.sizeBase };
  if (asset === undefined) return { ...told, outcome: 'rejected', reason: 'is not listed' };
  const cloid = cloidOf(tag, intent, 0);
  const draft = {
    cloid,
    account,
    intentId: intent.intentId,
    network,
    epoch: 0,
    workflowId: orderWorkflowId(account, intent.intentId),
    signer,
    expiresAfterMs: nowMs + EXPIRY_MS,
    action: venue.orderAction(intent, asset, cloid, markPxOf(position)),
  };
  const nonce = await ports.nextNonce();
  const unstored: Envelope = { ...draft, nonce, sends: 1 };
  const envelope = await ledger
    .prepareEnvelope({ ...draft, intent, nowMs: nonce, countsAsSent: true })
    .then((stored) => stored.envelope)
    // An emergency does not wait for the ledger: fills reach it from the venue later.
    .catch(() => unstored);
  const outcome = await venue.send(envelope);
  const reason = outcome.kind === 'accepted' ? {} : { reason: outcome.reason };
  return { ...told, outcome: outcome.kind, ...reason };
}

/** @throws VenueUnreachable when the venue does not answer */
export async function flattenPositions(
  ports: FlattenPorts,
  network: Network,
  account: AccountAddress,
): Promise<Flattened> {
  const orders: Flattened['orders'][number][] = [];
  for (let round = 0; ; round += 1) {
    if (round > 0) await ports.pause(BETWEEN_ROUNDS_MS);
    const { positions } = await ports.venue.account(account);
    const left = positions.map(({ asset }) => asset);
    if (left.length === 0 || round === MOST_ROUNDS) return { orders, left };
    for (const position of positions) orders.push(await close(ports, network, account, position));
  }
}
