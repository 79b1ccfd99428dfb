/**
 * Which faults there are, where each can strike, and which kinds of the fault model they stand for.
 * A cell is a fault at a boundary: the coverage gate asks that every possible one was hit.
 */

const READS = [
  'orderStatus',
  'frontendOpenOrders',
  'userFillsByTime',
  'exchangeStatus',
  'meta',
  'allMids',
  'clearinghouseState',
  'userFunding',
] as const;
const WRITES = ['order', 'noop', 'cancelByCloid', 'updateLeverage'] as const;
const LEDGER_READS = [
  'envelope',
  'workflowsOf',
  'watermark',
  'openOrders',
  'openParents',
  'netFills',
  'fillsOf',
] as const;
const LEDGER_WRITES = [
  'prepareEnvelope',
  'noteSend',
  'nextNonce',
  'recordOrder',
  'recordFills',
  'recordFunding',
  'advanceWatermark',
  'recordReconciliation',
] as const;
const USER_FRAMES = ['orderUpdates', 'userFills'] as const;

const KILLS = ['killBefore', 'killAfter', 'freezeBefore', 'freezeAfter'] as const;
const ANSWERS = [
  'dropRequest',
  'dropReply',
  'resetReply',
  'delayRequest',
  'delayReply',
  'refuse429',
  'refuse503',
  'nonJson',
  'malformed',
] as const;
const ACCEPTED = ['accept429', 'accept503', 'duplicate', 'killOnReceipt'] as const;
const LAGGING = ['orderStatus', 'frontendOpenOrders', 'userFillsByTime'] as const;
const FRAME_FAULTS = ['dropFrame', 'duplicateFrame', 'lateFrame', 'malformedFrame', 'cutSocket'];

const cells = new Map<string, string[]>();
const add = (prefix: string, names: readonly string[], kinds: readonly string[]): void => {
  for (const name of names) {
    const key = prefix + name;
    cells.set(key, [...(cells.get(key) ?? []), ...kinds]);
  }
};
add('wire.', [...READS, ...WRITES], [...KILLS, ...ANSWERS]);
add('wire.', WRITES, ACCEPTED);
add('wire.', LAGGING, ['readLag']);
add('wire.', ['order', 'cancelByCloid', 'updateLeverage'], ['nonceCollision']);
add('wire.', ['order'], ['killOnPartialFill', 'postOnlyWindow']);
add('ledger.', [...LEDGER_READS, ...LEDGER_WRITES], [...KILLS, 'storeRefuses', 'storeSlow']);
add('ledger.', LEDGER_WRITES, ['storeLosesAnswer', 'diskFull']);
add('task.', ['start'], ['killBefore', 'swapCode', 'suggestNewRun']);
add('task.', ['commit'], [...KILLS]);
add('task.', ['local'], ['killBefore', 'killAfter', 'freezeBefore']);
add('frame.', USER_FRAMES, [...FRAME_FAULTS, 'killBefore']);
add('frame.', ['bbo'], ['staleFeed']);
add('signal.', ['venueFacts'], [...KILLS, 'duplicateSignal', 'refuseSignal']);
add('operator.', ['workflow'], ['terminate', 'reset', 'duplicateStart', 'signalFlood']);
add('host.', ['time'], ['stepClock']);
add('host.', ['processes'], ['killAll', 'swapAll']);
add('host.', ['venue'], ['maintenance']);
add('host.', ['temporal'], ['serverDown']);

/** Faults by boundary. */
export const CELLS: ReadonlyMap<string, readonly string[]> = cells;

export const cellName = (fault: string, boundary: string): string => `${fault} @ ${boundary}`;

export const ALL_CELLS: readonly string[] = [...CELLS].flatMap(([boundary, faults]) =>
  faults.map((fault) => cellName(fault, boundary)),
);

/** The 26 kinds of the fault model and what stands for each here. */
export const KINDS: readonly (readonly [string, readonly string[]])[] = [
  ['1 crash before submit', ['killBefore']],
  ['2 crash after send, before acknowledgement', ['killOnReceipt', 'killAfter']],
  ['3 acknowledgement lost, late, or 502 but accepted', ['dropReply', 'delayReply', 'accept503']],
  ['4 partial fill, then crash', ['killOnPartialFill']],
  ['5 cancel races fill or overtakes its order', ['delayRequest']],
  ['6 websocket gap', ['cutSocket', 'dropFrame']],
  ['7 duplicate events', ['duplicateFrame', 'duplicateSignal', 'duplicate']],
  ['8 events out of order', ['lateFrame']],
  ['9 429, accepted or not', ['refuse429', 'accept429']],
  ['10 5xx, timeout, maintenance', ['refuse503', 'dropRequest', 'resetReply', 'maintenance']],
  ['11 post-only window', ['postOnlyWindow']],
  ['12 clock skew and steps', ['stepClock']],
  ['13 nonce collision', ['nonceCollision']],
  ['14 Temporal down', ['serverDown', 'refuseSignal']],
  ['15 worker killed', ['killBefore', 'killAfter']],
  ['16 all workers die at once, as out of memory', ['killAll']],
  ['17 activity times out, zombie goes on', ['freezeBefore', 'freezeAfter', 'delayRequest']],
  ['18 code swapped in mid-flight', ['swapCode', 'swapAll']],
  ['19 history growth', ['suggestNewRun']],
  ['20 signal flood', ['signalFlood']],
  ['21 poison message', ['malformedFrame']],
  ['22 NaN and malformed answers', ['malformed', 'nonJson']],
  ['23 stale feed, lagging reads', ['staleFeed', 'readLag']],
  ['24 disk full, ledger away', ['diskFull', 'storeRefuses', 'storeLosesAnswer', 'storeSlow']],
  ['25 terminate, reset, duplicate start', ['terminate', 'reset', 'duplicateStart']],
  ['26 silent cloid failure', []],
];

/** Kinds that no cell stands for, each with its reason. */
export const IMPOSSIBLE: Readonly<Record<string, string>> = {
  '26 silent cloid failure':
    'only known of HIP-3 markets, which are refused by configuration; without a cloid at the venue no client can tell its orders apart',
};
