// How well the orders of the last week were executed, by strategy: asked for by itself, because it is
// a summary over many orders and changes slowly.
import { formatBps, formatMs, formatShare, toneOfCost } from '/format.js';
import { node, table } from '/sections.js';

const ASK_EVERY_MS = 10_000;

/** A strategy's figures are medians over the orders that have them; a positive one is a cost. */
const cost = (spread) =>
  node(
    'span',
    { class: toneOfCost(spread?.median), title: meanOf(spread) },
    formatBps(spread?.median),
  );
const meanOf = (spread) =>
  spread?.mean === undefined
    ? undefined
    : `mean ${formatBps(spread.mean)}, ${spread.orders} orders`;

const COLUMNS = [
  { label: 'Strategy', wide: true, show: ({ name }) => node('strong', {}, name) },
  { label: 'Orders', number: true, show: ({ summary: all }) => all.orders.toLocaleString('en-US') },
  {
    label: 'Filled',
    number: true,
    show: ({ summary: all }) => all.filledOrders.toLocaleString('en-US'),
  },
  { label: 'Shortfall', number: true, show: ({ summary: all }) => cost(all.shortfallBps) },
  { label: 'vs mid', number: true, show: ({ summary: all }) => cost(all.slippageMidBps) },
  { label: 'After 60 s', number: true, show: ({ summary: all }) => cost(all.markoutBps['60000']) },
  { label: 'Maker', number: true, show: ({ summary: all }) => formatShare(all.makerShare) },
  { label: 'Acknowledged', number: true, show: ({ summary: all }) => formatMs(all.ackMs.median) },
];

/** The table of `/api/quality`. */
function qualityTable({ byStrategy }) {
  const rows = byStrategy.filter(({ summary: all }) => all.filledOrders > 0);
  if (rows.length === 0) {
    return node('p', { class: 'empty' }, 'Costs by strategy appear here with the first fill.');
  }
  const note = 'Medians of the last 7 days in basis points; a positive number is a cost.';
  const body = table('quality', COLUMNS, rows);
  return node('div', {}, body, node('p', { class: 'small' }, note));
}

async function show(target) {
  // A hidden page asks for nothing; it looks again as soon as it is seen.
  if (document.hidden) return;
  // The ledger or the server being away is said at the top; what was read last stays.
  const answer = await fetch('/api/quality').catch(() => undefined);
  if (answer?.ok) target.replaceChildren(qualityTable(await answer.json()));
}

/** Shows the section and keeps it current. */
export function keepQuality(target) {
  const look = () => show(target);
  document.addEventListener('visibilitychange', look);
  setInterval(look, ASK_EVERY_MS);
  look();
}
