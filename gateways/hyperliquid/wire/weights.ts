/**
 * What a request costs: its weight for the IP address, its count for the account. Knows no limits.
 * The paper exchange charges by it, our trading client plans by it.
 *
 * Source: the venue's documentation, "Rate limits and user limits".
 */

const LIGHT_QUESTIONS: ReadonlySet<string> = new Set([
  'l2Book',
  'allMids',
  'clearinghouseState',
  'orderStatus',
  'spotClearinghouseState',
  'exchangeStatus',
]);
const LIGHT_WEIGHT = 2;
const USER_ROLE_WEIGHT = 60;
const USUAL_WEIGHT = 20;

/** Items of an answer that cost one more. */
const ITEMS_PER_WEIGHT: ReadonlyMap<string, number> = new Map([
  ...[
    'recentTrades',
    'historicalOrders',
    'userFills',
    'userFillsByTime',
    'fundingHistory',
    'userFunding',
    'userNonFundingLedgerUpdates',
    'twapHistory',
    'userTwapSliceFills',
    'userTwapSliceFillsByTime',
    'delegatorHistory',
    'delegatorRewards',
    'validatorStats',
  ].map((type): [string, number] => [type, 20]),
  ['candleSnapshot', 60],
]);

const ORDERS_PER_WEIGHT = 40;

/** The weight of a question; undefined stands for one that cannot be read. */
export function questionWeight(type: string | undefined): number {
  if (type === 'userRole') return USER_ROLE_WEIGHT;
  return type !== undefined && LIGHT_QUESTIONS.has(type) ? LIGHT_WEIGHT : USUAL_WEIGHT;
}

/** The weight that the length of its answer adds. */
export function answerWeight(type: string, answer: unknown): number {
  const items = ITEMS_PER_WEIGHT.get(type);
  return items !== undefined && Array.isArray(answer) ? Math.floor(answer.length / items) : 0;
}

function listOf(action: object): unknown {
  if ('orders' in action) return action.orders;
  if ('cancels' in action) return action.cancels;
  return 'modifies' in action ? action.modifies : undefined;
}

/** How many orders, cancels or modifications an action carries; 1 for any other, read or not. */
export function batchLength(action: unknown): number {
  if (typeof action !== 'object' || action === null) return 1;
  const list = listOf(action);
  return Array.isArray(list) ? Math.max(1, list.length) : 1;
}

/** The weight of a body of `POST /exchange`. */
export function actionWeight(body: unknown): number {
  const action = typeof body === 'object' && body !== null && 'action' in body ? body.action : body;
  return 1 + Math.floor(batchLength(action) / ORDERS_PER_WEIGHT);
}
