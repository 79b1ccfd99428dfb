/**
 * The cells of fault and boundary that cannot be hit, each with its reason. A cell that is neither
 * struck nor excused is a mistake of the table, and is refused when this file is loaded.
 */
import { CELLS } from './fault-table.ts';

interface Excuse {
  readonly faults: readonly string[];
  /** Boundaries where these faults cannot strike. */
  readonly at: RegExp;
  readonly reason: string;
}

const KILLS = ['killBefore', 'killAfter', 'freezeBefore', 'freezeAfter'];
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
];
const ACCEPTED = ['accept429', 'accept503', 'duplicate', 'killOnReceipt'];
const FRAMES = ['dropFrame', 'duplicateFrame', 'lateFrame', 'malformedFrame', 'cutSocket'];
const STORE = ['storeRefuses', 'storeSlow', 'storeLosesAnswer', 'diskFull'];
const OPERATOR = ['terminate', 'reset', 'duplicateStart', 'signalFlood'];
const HOST = ['stepClock', 'killAll', 'swapAll', 'maintenance', 'serverDown'];
const READS = /^wire\.(?!order$|noop$|cancelByCloid$|updateLeverage$)/;

const EXCUSES: readonly Excuse[] = [
  {
    faults: [...KILLS, ...ANSWERS, ...ACCEPTED, ...FRAMES, ...STORE],
    at: /^(operator|host)\./,
    reason: 'operators and hosts strike from outside: our code waits for nothing there',
  },
  {
    faults: [...OPERATOR, ...HOST],
    at: /./,
    reason: 'strikes from outside at a drawn moment, whatever our code waits for then',
  },
  {
    faults: ANSWERS,
    at: /^(?!wire\.)/,
    reason: 'only a request to the venue has an answer that HTTP can spoil',
  },
  {
    faults: ACCEPTED,
    at: /^(?!wire\.)/,
    reason: 'only the venue can act and not say so; the ledger’s way is storeLosesAnswer',
  },
  {
    faults: ACCEPTED,
    at: READS,
    reason: 'a read changes nothing, so that nobody can tell whether it was carried out',
  },
  {
    faults: ['readLag'],
    at: /^wire\.(order|noop|cancelByCloid|updateLeverage)$/,
    reason: 'writes are not answered by the read side',
  },
  {
    faults: ['readLag'],
    at: /^wire\.(exchangeStatus|meta|allMids|userFunding)$/,
    reason: 'tells of no order, execution or position that could be missing',
  },
  {
    faults: ['readLag'],
    at: /^wire\.clearinghouseState$/,
    reason: 'not simulated: the engine keeps no past state of positions',
  },
  { faults: ['readLag'], at: /^(?!wire\.)/, reason: 'only the venue’s read side lags' },
  {
    faults: ['nonceCollision'],
    at: /^wire\.noop$/,
    reason: 'a noop asks just that: whether its nonce was used',
  },
  { faults: ['nonceCollision'], at: /./, reason: 'has no nonce' },
  {
    faults: ['killOnPartialFill', 'postOnlyWindow'],
    at: /./,
    reason: 'only an order is filled, or refused for taking',
  },
  { faults: STORE, at: /^(?!ledger\.)/, reason: 'only the ledger stores' },
  {
    faults: ['storeLosesAnswer', 'diskFull'],
    at: /^ledger\./,
    reason: 'a read stores nothing, and one without its answer is one that was refused',
  },
  {
    faults: KILLS,
    at: /^task\.start$/,
    reason: 'a task that has begun is at its first local activity, or at its commit',
  },
  { faults: KILLS, at: /^task\.local$/, reason: 'is the same as freezeBefore at task.commit' },
  {
    faults: KILLS,
    at: /^frame\./,
    reason: 'a frame is heard in one go: what follows it has boundaries of its own',
  },
  {
    faults: ['swapCode', 'suggestNewRun'],
    at: /./,
    reason: 'a worker’s code and the server’s advice matter when a task begins',
  },
  {
    faults: [...FRAMES],
    at: /^frame\.bbo$/,
    reason: 'a quote that is lost or late is a stale feed',
  },
  { faults: FRAMES, at: /./, reason: 'only a stream has frames' },
  {
    faults: ['staleFeed'],
    at: /./,
    reason: 'only quotes grow stale; of the user’s frames it is cutSocket',
  },
  {
    faults: ['duplicateSignal', 'refuseSignal'],
    at: /./,
    reason: 'only what an activity tells a workflow',
  },
];

const FAULTS: readonly string[] = [...new Set([...CELLS.values()].flat())];

function reasonFor(fault: string, boundary: string): string {
  const excuse = EXCUSES.find(({ faults, at }) => faults.includes(fault) && at.test(boundary));
  if (excuse === undefined) throw new Error(`${fault} @ ${boundary}: neither struck nor excused`);
  return excuse.reason;
}

/** Boundaries by fault, by the reason why it cannot strike there. */
const byReason = new Map<string, Map<string, string[]>>();
let impossible = 0;
for (const [boundary, possible] of CELLS) {
  for (const fault of FAULTS) {
    if (possible.includes(fault)) continue;
    impossible += 1;
    const reason = reasonFor(fault, boundary);
    const faults = byReason.get(reason) ?? new Map<string, string[]>();
    faults.set(fault, [...(faults.get(fault) ?? []), boundary]);
    byReason.set(reason, faults);
  }
}

/** Of all boundaries that a reason is about, a short name. */
const shortOf = (boundaries: ReadonlySet<string>): string => {
  const kinds = [...CELLS.keys()].map((each) => each.split('.')[0] ?? '');
  const whole = [...new Set(kinds)].filter((kind) =>
    [...CELLS.keys()].every((each) => !each.startsWith(`${kind}.`) || boundaries.has(each)),
  );
  const rest = [...boundaries].filter((each) => !whole.includes(each.split('.')[0] ?? ''));
  return [...whole.map((kind) => `${kind}.*`), ...rest].join(', ');
};

/** The cells that cannot be hit, by their reasons. */
export function impossibleTable(): string {
  const lines = [...byReason].map(([reason, faults]) => {
    const boundaries = new Set([...faults.values()].flat());
    return `  ${[...faults.keys()].join(', ')} @ ${shortOf(boundaries)}: ${reason}`;
  });
  return [`Cells that cannot be hit (${impossible}), and why:`, ...lines].join('\n');
}
