/** `order list`, `order show`, `order cancel`, and the registration of the whole group. */
import type { Command } from 'commander';
import { TIMES_IN_FORCE } from '../../domain/execution/intent.ts';
import { newOrderFacts } from '../../domain/execution/order-facts.ts';
import {
  type OrderStatus,
  type OrderView,
  TERMINAL_STATUSES,
  viewOrder,
} from '../../domain/execution/order-view.ts';
import { isIntentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import type { OrderFilter } from '../../gateways/ledger/reader.ts';
import { addLeaf, wordOption } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { type PlaceOptions, TYPE_WORDS } from './order-input.ts';
import { placeOrder } from './order-place.ts';
import { orderDocument, renderOrder, renderOrders } from './order-report.ts';
import { withProgress } from './progress.ts';
import { type Report, report, type Tell } from './report.ts';
import { readCount, readDurationMs, readWord } from './values.ts';
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
  readonly limit: string;
}

interface CancelOptions {
  readonly wait: boolean;
  readonly timeout: string;
}

/** The order that somebody means by an intent key, cloid, venue id or workflow id. */
export interface FoundOrder {
  readonly workflowId: string;
  readonly view: OrderView;
  /** Whether the view comes from the running workflow rather than from the ledger. */
  readonly isLive: boolean;
}

const notFound = (id: string): CliFailure =>
  new CliFailure(EXIT.notFound, `order ${JSON.stringify(id)}: is not known`, {
    violation: {
      field: 'order',
      value: id,
      rule: 'must be the intent key, cloid, venue order id or workflow id of an order',
    },
    mend: 'perpetua order list --status all',
  });

/** The workflow of the order; an order that the ledger does not know yet may be running already. */
async function resolveWorkflow(
  world: World,
  id: string,
): Promise<{ readonly workflowId: string; readonly recorded?: OrderView }> {
  const { account } = await world.target();
  const story = await (await world.ledger()).order(id, account);
  if (story !== undefined) {
    const recorded = story.view ?? viewOrder(story.intent, newOrderFacts(story.intent.sizeBase));
    return { workflowId: story.workflowId, recorded };
  }
  if (id.startsWith('order:')) return { workflowId: id };
  if (!isIntentId(id)) throw notFound(id);
  return { workflowId: orderWorkflowId(account, id) };
}

/** Looks in the ledger, and while the order is open asks its workflow too. @throws CliFailure */
export async function findOrder(world: World, id: string): Promise<FoundOrder> {
  const { workflowId, recorded } = await resolveWorkflow(world, id);
  if (recorded !== undefined && TERMINAL_STATUSES.includes(recorded.status)) {
    return { workflowId, view: recorded, isLive: false };
  }
  const live = await (await world.workflows()).orderState(workflowId);
  const view = live ?? recorded;
  if (view === undefined) throw notFound(id);
  return { workflowId, view, isLive: live !== undefined };
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
  const { workflowId, view, isLive } = await findOrRecall(world, id);
  return report({ ...orderDocument(view, workflowId), isLive }, (style) =>
    renderOrder(view, workflowId, style),
  );
}

export async function listOrders(world: World, options: ListOptions): Promise<Report> {
  const status = readWord('--status', options.status, STATUS_WORDS);
  const { account } = await world.target();
  const filter: OrderFilter = {
    account,
    limit: readCount('--limit', options.limit, 1, LIST_MAX),
    ...(options.asset === undefined ? {} : { asset: options.asset }),
    ...(options.session === undefined ? {} : { session: options.session }),
    ...(status === 'open' ? { openOnly: true } : {}),
    ...(status === 'open' || status === 'all' ? {} : { status: status as OrderStatus }),
  };
  const orders = await (await world.ledger()).orders(filter);
  const documents = orders.map(({ view, workflowId, createdMs, updatedMs }) => ({
    ...orderDocument(view, workflowId),
    createdMs,
    updatedMs,
  }));
  return report({ orders: documents }, (style) => renderOrders(orders, style));
}

export async function cancelOrder(
  world: World,
  id: string,
  options: CancelOptions,
): Promise<Report> {
  const timeoutMs = readDurationMs('--timeout', options.timeout);
  const { workflowId, view, isLive } = await findOrder(world, id);
  const reason = 'cancelled from the command line';
  if (!isLive) return cancelReport(view, workflowId);
  const workflows = await world.workflows();
  if (!options.wait) {
    await workflows.requestCancel(workflowId, reason);
    return report(
      { ...orderDocument(view, workflowId), cancelRequested: true },
      () => `asked to cancel ${view.intent.intentId}`,
    );
  }
  const answer = await withProgress(world, `cancelling ${view.intent.intentId}`, () =>
    workflows.cancelOrder(workflowId, reason, timeoutMs),
  );
  if (answer.kind === 'unknown') throw notFound(id);
  if (answer.kind === 'stillOpen') {
    throw new CliFailure(
      EXIT.failed,
      `order ${view.intent.intentId}: not cancelled after ${options.timeout}; it goes on trying`,
      { mend: `perpetua order show ${view.intent.intentId}` },
    );
  }
  return cancelReport(answer.view, workflowId);
}

/** Done when the order is out of the market; an order that filled first could not be cancelled. */
function cancelReport(view: OrderView, workflowId: string): Report {
  const exit = view.status === 'FILLED' ? EXIT.failed : EXIT.done;
  return report(
    orderDocument(view, workflowId),
    (style) => {
      const order = renderOrder(view, workflowId, style);
      const late = style.paint('warn', 'it had ended as FILLED before it could be cancelled');
      return exit === EXIT.failed ? `${order}\n${late}` : order;
    },
    exit,
  );
}

function addPlace(group: Command, world: World, tell: Tell): void {
  addLeaf(group, 'place', 'Place one order and follow it to its first outcome, or to its end', [
    'perpetua order place BTC buy 0.01 --type limit --price 60000',
    'perpetua order place ETH sell 0.5 --type market --collar 0.005 --wait',
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
    .option('--collar <fraction>', 'worst distance of a market order from the mid, e.g. 0.01')
    .option('--intent-key <key>', 'business key: the same key never places a second order')
    .option('--strategy <name>', 'part of the identity of the order', 'manual')
    .option('--wait', 'wait until the order has ended')
    .option('--timeout <duration>', 'how long to wait', '60s')
    .action(async (asset: string, side: string, size: string, options: PlaceOptions) =>
      tell(await placeOrder(world, { asset, side, size }, options)),
    );
}

/** Adds `order place|list|show|cancel`. */
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
    .option('--limit <count>', 'at most so many', '50')
    .action(async (options: ListOptions) => tell(await listOrders(world, options)));
  addLeaf(group, 'show', 'Show one order', ['perpetua order show my-key-1'])
    .argument('<id>', 'intent key, cloid, venue order id or workflow id')
    .action(async (id: string) => tell(await showOrder(world, id)));
  addLeaf(group, 'cancel', 'Cancel one order', [
    'perpetua order cancel my-key-1',
    'perpetua order cancel 0x1f… --no-wait',
  ])
    .argument('<id>', 'intent key, cloid, venue order id or workflow id')
    .option('--no-wait', 'ask, and do not wait for the venue')
    .option('--timeout <duration>', 'how long to wait', '30s')
    .action(async (id: string, options: CancelOptions) =>
      tell(await cancelOrder(world, id, options)),
    );
}
