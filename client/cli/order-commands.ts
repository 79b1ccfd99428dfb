/** `order list`, `order show`, `order cancel`, and the registration of the whole group. */
import type { Command } from 'commander';
import { PARTIAL_POLICIES, TIMES_IN_FORCE, URGENCIES } from '../../domain/execution/intent.ts';
import { type OrderStatus, TERMINAL_STATUSES } from '../../domain/execution/order-view.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import type { OrderFilter } from '../../gateways/ledger/reader.ts';
import { addLeaf, wordOption } from './command.ts';
import { CliFailure } from './failure.ts';
import { type AmendOptions, amendOrder } from './order-amend.ts';
import { type CancelOptions, cancelOrders } from './order-cancel.ts';
import { type FoundOrder, findOrder, resolveWorkflow } from './order-find.ts';
import { type PlaceOptions, readKey, TYPE_WORDS } from './order-input.ts';
import { placeOrder } from './order-place.ts';
import { orderDocument, renderOrder, renderOrders } from './order-report.ts';
import { addParentCommands } from './parent-commands.ts';
import { findParent } from './parent-find.ts';
import { showParent } from './parent-place.ts';
import { parentDocument, renderParents } from './parent-report.ts';
import { addOrderQuality } from './quality-commands.ts';
import { type Report, report, type Tell } from './report.ts';
import { readCount, readWord } from './values.ts';
import type { World } from './world.ts';

const STATUS_WORDS = [
  'open',
  'all',
  'PENDING',
  'IN_DOUBT',
  'SUBMITTED',
  'PARTIALLY_FILLED',
  ...TERMINAL_STATUSES,
];
const LIST_MAX = 10_000;

interface ListOptions {
  readonly status: string;
  readonly asset?: string;
  readonly session?: string;
  readonly parent?: string;
  readonly limit: string;
}

/** What the ledger has must be readable while Temporal or the workers are down. */
async function findOrRecall(world: World, id: string): Promise<FoundOrder> {
  try {
    return await findOrder(world, id);
  } catch (error) {
    if (!(error instanceof CliFailure) || error.exit !== EXIT.unreachable) throw error;
    const { workflowId, recorded } = await resolveWorkflow(world, id);
    if (recorded === undefined) throw error;
    world.stderr.write(`${error.message}; this is what the ledger has\n`);
    return { workflowId, view: recorded, isLive: false };
  }
}

export async function showOrder(world: World, id: string): Promise<Report> {
  const parent = await findParent(world, id);
  if (parent !== undefined) return showParent(parent);
  const { workflowId, view, isLive } = await findOrRecall(world, id);
  return report({ ...orderDocument(view, workflowId), isLive }, (style) =>
    renderOrder(view, workflowId, style),
  );
}

export async function listOrders(world: World, options: ListOptions): Promise<Report> {
  const status = readWord('--status', options.status, STATUS_WORDS);
  const { account } = await world.target();
  const isOfOrders = status !== 'open' && status !== 'all';
  const which = {
    account,
    limit: readCount('--limit', options.limit, 1, LIST_MAX),
    ...(options.asset === undefined ? {} : { asset: options.asset }),
    ...(options.session === undefined ? {} : { session: options.session }),
    ...(status === 'open' ? { openOnly: true } : {}),
  };
  const filter: OrderFilter = {
    ...which,
    ...(options.parent === undefined ? {} : { parent: readKey(options.parent) }),
    ...(isOfOrders ? { status: status as OrderStatus } : {}),
  };
  const ledger = await world.ledger();
  const orders = await ledger.orders(filter);
  // A status is one of orders; legs of one parent are asked for by those who know it.
  const isWhole = !isOfOrders && options.parent === undefined;
  const parents = isWhole ? await ledger.parents(which) : [];
  const documents = orders.map(({ view, workflowId, createdMs, updatedMs }) => ({
    ...orderDocument(view, workflowId),
    createdMs,
    updatedMs,
  }));
  const parentDocuments = parents.map(({ view, workflowId, createdMs, updatedMs }) => ({
    ...parentDocument(view, workflowId),
    createdMs,
    updatedMs,
  }));
  const none =
    status === 'open' ? 'no order is open (--status all: ended ones too)' : 'no such order';
  return report({ orders: documents, parents: parentDocuments }, (style) => {
    const text = renderOrders(orders, none, style);
    return parents.length === 0 ? text : `${renderParents(parents, style)}\n\n${text}`;
  });
}

function addPlace(group: Command, world: World, tell: Tell): void {
  addLeaf(group, 'place', 'Place one order and follow it to its first outcome, or to its end', [
    'perpetua order place BTC buy 0.01 --type limit --price 60000',
    'perpetua order place ETH sell 0.5 --type market --max-slippage 0.5% --wait',
    'perpetua order place BTC sell 0.01 --type stop-loss --trigger-price 58000 --reduce-only',
  ])
    .argument('<asset>', 'perpetual, e.g. BTC')
    .argument('<side>', 'buy or sell')
    .argument('<size>', 'in units of the asset')
    .addOption(wordOption('--type <type>', 'order type', TYPE_WORDS).default('limit'))
    .option('--price <px>', 'limit price; required by limit orders')
    .addOption(wordOption('--tif <tif>', 'time in force of a limit order', TIMES_IN_FORCE))
    .option('--trigger-price <px>', 'mark price that sets off a stop-loss or take-profit order')
    .option('--reduce-only', 'never open or turn a position')
    .option('--max-slippage <part>', 'worst distance of a market order from the mid, e.g. 0.5%')
    .addOption(wordOption('--urgency <urgency>', 'price collar and retries', URGENCIES))
    .option('--good-til <moment>', 'cancel a limit order then: 2030-01-31T12:00Z, or 90m from now')
    .option('--unfilled-after <duration>', 'how long a limit order may rest unfilled')
    .addOption(wordOption('--unfilled <what>', 'what becomes of it then', PARTIAL_POLICIES))
    .option('--leverage <times>', 'set the leverage of the asset first')
    .option('--isolated', 'with --leverage: isolated margin instead of cross')
    .option('--intent-key <key>', 'business key: the same key never places a second order')
    .option('--strategy <name>', 'part of the identity of the order', 'manual')
    .option('--wait', 'wait until the order has ended')
    .option('--timeout <duration>', 'how long to wait', '60s')
    .action(async (asset: string, side: string, size: string, options: PlaceOptions) =>
      tell(await placeOrder(world, { asset, side, size }, options)),
    );
}

function addAmend(group: Command, world: World, tell: Tell): void {
  addLeaf(group, 'amend', 'Change price, trigger or size of an open order', [
    'perpetua order amend my-key-1 --price 59000',
    'perpetua order amend my-key-1 --size 0.02 --json',
  ])
    .argument('<id>', 'intent key, cloid, venue order id or workflow id')
    .option('--price <px>', 'new limit price')
    .option('--trigger-price <px>', 'new trigger price')
    .option('--size <size>', 'new whole size, what has filled included')
    .option('--timeout <duration>', 'how long to wait', '30s')
    .action(async (id: string, options: AmendOptions) =>
      tell(await amendOrder(world, id, options)),
    );
}

function addCancel(group: Command, world: World, tell: Tell): void {
  addLeaf(group, 'cancel', 'Cancel one order, or all of them', [
    'perpetua order cancel my-key-1',
    'perpetua order cancel 0x1f… --no-wait',
    'perpetua order cancel --all --asset BTC',
  ])
    .argument('[id]', 'intent key, cloid, venue order id or workflow id')
    .option('--all', 'every open order of the account')
    .option('--asset <asset>', 'with --all: only of this asset')
    .option('--session <name>', 'with --all: only of this session')
    .option('--no-wait', 'ask, and do not wait for the venue')
    .option('--timeout <duration>', 'how long to wait', '30s')
    .action(async (id: string | undefined, options: CancelOptions) =>
      tell(await cancelOrders(world, id, options)),
    );
}

/** Adds `order place|list|show|amend|cancel` and the parent orders. */
export function addOrderCommands(program: Command, world: World, tell: Tell): void {
  const group = program.command('order').description('Place, look at and cancel orders');
  addPlace(group, world, tell);
  addLeaf(group, 'list', 'List orders, most recently changed first', [
    'perpetua order list',
    'perpetua order list --status FILLED --asset BTC --limit 10 --json',
  ])
    .addOption(wordOption('--status <status>', 'which', STATUS_WORDS).default('open'))
    .option('--asset <asset>', 'only of this asset')
    .option('--session <name>', 'only of this session')
    .option('--parent <key>', 'only legs of this parent order')
    .option('--limit <count>', 'at most so many', '50')
    .action(async (options: ListOptions) => tell(await listOrders(world, options)));
  addLeaf(group, 'show', 'Show one order', ['perpetua order show my-key-1'])
    .argument('<id>', 'intent key, cloid, venue order id or workflow id')
    .action(async (id: string) => tell(await showOrder(world, id)));
  addOrderQuality(group, world, tell);
  addAmend(group, world, tell);
  addCancel(group, world, tell);
  addParentCommands(group, world, tell);
}
