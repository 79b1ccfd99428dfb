/** `order cancel`: one order, or all open ones of the account, an asset or a session. */
import type { OrderView } from '../../domain/execution/order-view.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { accountWorkflowId } from '../../domain/kernel/ids.ts';
import type { RestingCancelled, RestingChoice } from '../../workflows/account/account.messages.ts';
import { CliFailure, usageFailure } from './failure.ts';
import { findOrder, notFound } from './order-find.ts';
import { describeOrder, orderDocument, renderOrder } from './order-report.ts';
import { findParent } from './parent-find.ts';
import { cancelParent } from './parent-place.ts';
import { describeParent, parentDocument } from './parent-report.ts';
import { withProgress } from './progress.ts';
import { type Report, report } from './report.ts';
import { readDurationMs } from './values.ts';
import type { CancelAnswer, World } from './world.ts';

export interface CancelOptions {
  readonly all?: boolean;
  readonly asset?: string;
  readonly session?: string;
  readonly wait: boolean;
  readonly timeout: string;
}

const REASON = 'cancelled from the command line';
const MOST_ORDERS = 10_000;
/** Cancels under way at once: the venue's rate limit is the bound, not our connections. */
const AT_ONCE = 32;
/** More orders than one action of the venue cancels. */
const TOGETHER_FROM = 40;
const TOGETHER_MS = 20_000;

/** @throws CliFailure when neither an order nor --all is given, or both are */
export function cancelOrders(
  world: World,
  id: string | undefined,
  options: CancelOptions,
): Promise<Report> {
  const isOne = id !== undefined;
  if (isOne === (options.all === true)) {
    const rule = 'must be an order, or --all: exactly one of them';
    throw usageFailure({ field: 'order', value: id ?? '', rule });
  }
  if (isOne && (options.asset ?? options.session) !== undefined) {
    const value = options.asset ?? options.session ?? '';
    throw usageFailure({ field: '--asset, --session', value, rule: 'go with --all' });
  }
  return isOne ? cancelOne(world, id, options) : cancelAll(world, options);
}

async function cancelOne(world: World, id: string, options: CancelOptions): Promise<Report> {
  const parent = await findParent(world, id);
  if (parent !== undefined) return cancelParent(world, parent, REASON, options);
  const timeoutMs = readDurationMs('--timeout', options.timeout);
  const { workflowId, view, isLive } = await findOrder(world, id);
  if (!isLive) return cancelReport(view, workflowId);
  const workflows = await world.workflows();
  if (!options.wait) {
    await workflows.requestCancel(workflowId, REASON);
    return report(
      { ...orderDocument(view, workflowId), cancelRequested: true },
      () => `asked to cancel ${view.intent.intentId}`,
    );
  }
  const answer = await withProgress(world, `cancelling ${view.intent.intentId}`, () =>
    workflows.cancelOrder(workflowId, REASON, timeoutMs),
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

/** One order, or one parent with all its legs, and what its cancel came to. */
interface Cancelled {
  readonly key: string;
  readonly what: string;
  readonly document: Readonly<Record<string, unknown>>;
  readonly kind: CancelAnswer['kind'];
}

/** Does the work for each, so many at once. */
async function forEach<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

const choiceOf = ({ asset, session }: CancelOptions): RestingChoice => ({
  ...(asset === undefined ? {} : { asset }),
  ...(session === undefined ? {} : { session }),
});

/** Parents answer for their legs: those are not cancelled behind their backs. */
async function targetsOf(
  world: World,
  options: CancelOptions,
): Promise<readonly (() => Promise<Cancelled>)[]> {
  const { wait, timeout } = options;
  const timeoutMs = readDurationMs('--timeout', timeout);
  const { account } = await world.target();
  const which = { account, openOnly: true, limit: MOST_ORDERS, ...choiceOf(options) };
  const ledger = await world.ledger();
  const [orders, parents] = [await ledger.orders(which), await ledger.parents(which)];
  const workflows = await world.workflows();
  const asked = async (workflowId: string): Promise<{ readonly kind: 'stillOpen' | 'unknown' }> => {
    const isRunning = await workflows.requestCancel(workflowId, REASON);
    return { kind: isRunning ? 'stillOpen' : 'unknown' };
  };
  const owned = new Set<string>(parents.map(({ view }) => view.intent.intentId));
  const ofParents = parents.map(({ workflowId, view }) => async (): Promise<Cancelled> => {
    const answer = wait
      ? await workflows.cancelParent(workflowId, REASON, timeoutMs)
      : await asked(workflowId);
    const document = parentDocument('view' in answer ? answer.view : view, workflowId);
    const { intentId: key } = view.intent;
    return { key, what: describeParent(view), document, kind: answer.kind };
  });
  const ofOrders = orders
    .filter(({ view }) => !owned.has(view.intent.parent ?? ''))
    .map(({ workflowId, view }) => async (): Promise<Cancelled> => {
      const answer = wait
        ? await workflows.cancelOrder(workflowId, REASON, timeoutMs)
        : await asked(workflowId);
      const document = orderDocument('view' in answer ? answer.view : view, workflowId);
      const { intentId: key } = view.intent;
      return { key, what: describeOrder(view), document, kind: answer.kind };
    });
  return [...ofParents, ...ofOrders];
}

/**
 * Takes what rests off the venue, many orders to an action: asked one by one, thousands take minutes.
 * A short cut: when it fails, each order is asked all the same.
 */
async function takeOff(world: World, choice: RestingChoice): Promise<RestingCancelled | undefined> {
  const { account } = await world.target();
  const workflows = await world.workflows();
  try {
    return await workflows.cancelResting(accountWorkflowId(account), choice, TOGETHER_MS);
  } catch (fault) {
    if (fault instanceof CliFailure) return undefined;
    throw fault;
  }
}

/** Asks every open order and parent to cancel, then waits for each one's proof. */
async function cancelAll(world: World, options: CancelOptions): Promise<Report> {
  const open = await targetsOf(world, options);
  const done: Cancelled[] = [];
  const together =
    open.length < TOGETHER_FROM ? undefined : await takeOff(world, choiceOf(options));
  await withProgress(world, `cancelling ${open.length} orders`, () =>
    forEach(open, async (cancel) => {
      done.push(await cancel());
    }),
  );
  return allReport(done, options.wait, together);
}

function allReport(
  done: readonly Cancelled[],
  waited: boolean,
  together: RestingCancelled | undefined,
): Report {
  const outcomeOf = ({ kind, document }: Cancelled): string => {
    if (!waited && kind === 'stillOpen') return 'asked';
    // One that was taken off with the others has ended by the time that it is asked.
    const wasTaken = together !== undefined && document.status === 'CANCELLED';
    return wasTaken && kind === 'alreadyEnded' ? 'cancelled' : kind;
  };
  const orders = done.map((each) => ({ ...each.document, outcome: outcomeOf(each) }));
  const open = waited ? orders.filter(({ outcome }) => outcome === 'stillOpen').length : 0;
  const summary = `${orders.length} open orders, ${open} of them not cancelled yet`;
  return report(
    { orders, stillOpen: open, ...(together === undefined ? {} : { together }) },
    (style) =>
      [
        ...done.map((each) => `${each.key}  ${each.what}  ${outcomeOf(each)}`),
        open === 0 ? summary : style.paint('warn', summary),
      ].join('\n'),
    open === 0 ? EXIT.done : EXIT.failed,
  );
}
