// The tables and cards of the page, built from state with DOM calls: nothing is ever parsed as
// HTML, so that no text from the ledger or the venue can become markup.
import {
  formatClock,
  formatDateTime,
  formatExact,
  formatMinute,
  formatPx,
  formatSignedUsd,
  formatUsd,
  toneOf,
} from '/format.js';

export function node(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const empty = (text) => node('p', { class: 'empty' }, text);

/** A cell's content may be text or a node; a `wide` one is the head of a phone's row. */
function cell(column, content) {
  const classes = [column.number ? 'number' : '', column.wide ? 'wide' : ''].join(' ').trim();
  return node('td', { 'data-label': column.label, class: classes || undefined }, content);
}

export function table(kind, columns, rows) {
  const head = columns.map((column) =>
    node('th', { scope: 'col', class: column.number ? 'number' : undefined }, column.label),
  );
  const body = rows.map((row) =>
    node('tr', {}, ...columns.map((column) => cell(column, column.show(row)))),
  );
  return node(
    'table',
    { class: kind },
    node('thead', {}, node('tr', {}, ...head)),
    node('tbody', {}, ...body),
  );
}

const toned = (text, tone) => node('span', { class: tone }, text);
const amount = (text) => toned(formatSignedUsd(text), toneOf(text));
const words = (type) => type.toLowerCase().replaceAll('_', ' ');

/** Links to a workflow's page in the Temporal UI; plain text when no UI runs. */
function linked(text, workflowId, identity) {
  if (!identity.workflowPageUrl || !workflowId) return text;
  const href = `${identity.workflowPageUrl}/${encodeURIComponent(workflowId)}`;
  const attributes = { href, target: '_blank', rel: 'noreferrer', title: workflowId };
  return node('a', attributes, text);
}

function protection(position) {
  const { cover, stopPx } = position.protection;
  if (cover === 'none') return toned('none', 'warn');
  const px = stopPx === null ? 'yes' : formatExact(stopPx);
  return cover === 'full' ? px : toned(`${px} (part)`, 'warn');
}

function assetAndSide(asset, sizeBase, note) {
  const isLong = !sizeBase.startsWith('-');
  const side = node('span', { class: `side ${isLong ? 'gain' : 'loss'}` }, note);
  return node('span', { class: 'asset' }, node('strong', {}, asset), ' ', side);
}

export function positionsTable(positions) {
  if (positions.length === 0) {
    return empty('No open position. One appears here as soon as an entry order is filled.');
  }
  return table(
    'positions',
    [
      {
        label: 'Asset',
        wide: true,
        show: (p) =>
          assetAndSide(
            p.asset,
            p.sizeBase,
            `${p.sizeBase.startsWith('-') ? 'short' : 'long'} ${p.leverage}\u00d7`,
          ),
      },
      { label: 'Size', number: true, show: (p) => formatExact(p.sizeBase.replace('-', '')) },
      { label: 'Entry', number: true, show: (p) => formatPx(p.entryPx) },
      { label: 'Value', number: true, show: (p) => formatUsd(p.valueUsd) },
      { label: 'Open PnL', number: true, show: (p) => amount(p.unrealizedPnlUsd) },
      {
        label: 'Liquidation',
        number: true,
        show: (p) => (p.liquidationPx ? formatPx(p.liquidationPx) : '\u2014'),
      },
      { label: 'Stop', number: true, show: protection },
    ],
    positions,
  );
}

const orderPrice = (order) => {
  if (order.triggerPx) return `at ${formatExact(order.triggerPx)}`;
  return order.limitPx ? formatExact(order.limitPx) : 'market';
};

export function ordersTable(orders, identity) {
  if (orders.length === 0) {
    return empty('No open order. Entries, exits and protective stops appear here while they rest.');
  }
  const statusTone = (status) => (status === 'IN_DOUBT' ? 'warn' : 'quiet');
  return table(
    'orders',
    [
      {
        label: 'Order',
        wide: true,
        show: (o) =>
          node(
            'span',
            { class: 'asset' },
            linked(o.asset, o.workflowId, identity),
            ' ',
            node('span', { class: `side ${o.side === 'buy' ? 'gain' : 'loss'}` }, o.side),
            o.reduceOnly ? ' reduce-only' : '',
          ),
      },
      { label: 'Type', show: (o) => words(o.type) },
      { label: 'Price', number: true, show: orderPrice },
      { label: 'Size', number: true, show: (o) => formatExact(o.sizeBase) },
      { label: 'Filled', number: true, show: (o) => formatExact(o.filledBase) },
      { label: 'Status', show: (o) => toned(words(o.status), statusTone(o.status)) },
    ],
    orders,
  );
}

export function fillsTable(fills, identity) {
  if (fills.length === 0) {
    return empty('No fill yet. Each execution appears here the moment the venue reports it.');
  }
  const time = (f) =>
    node(
      'time',
      { datetime: new Date(f.timeMs).toISOString(), title: formatDateTime(f.timeMs) },
      formatClock(f.timeMs),
    );
  return table(
    'fills',
    [
      {
        label: 'Fill',
        wide: true,
        show: (f) =>
          node(
            'span',
            { class: 'asset' },
            linked(f.asset, f.workflowId, identity),
            ' ',
            node('span', { class: `side ${f.side === 'buy' ? 'gain' : 'loss'}` }, f.direction),
          ),
      },
      { label: 'Time', show: time },
      { label: 'Price', number: true, show: (f) => formatExact(f.px) },
      { label: 'Size', number: true, show: (f) => formatExact(f.sizeBase) },
      { label: 'Fee', number: true, show: (f) => formatUsd(f.feeUsd) },
      { label: 'Closed PnL', number: true, show: (f) => amount(f.closedPnlUsd) },
    ],
    fills,
  );
}

function decisionItem(decision) {
  return node(
    'li',
    {},
    node('strong', {}, decision.asset),
    node(
      'time',
      { title: `opened at ${formatDateTime(decision.barOpenTimeMs)}, market time` },
      `bar ${formatMinute(decision.barOpenTimeMs)}`,
    ),
    node('p', {}, decision.summary),
  );
}

function sessionCard(session, identity) {
  const decisions =
    session.decisions.length === 0
      ? empty('The reasons of its last decisions appear here with its first closed bar.')
      : node('ul', { class: 'decisions' }, ...session.decisions.map(decisionItem));
  return node(
    'article',
    {},
    node(
      'h3',
      {},
      linked(session.name, session.workflowId, identity),
      node('span', { class: 'pill', 'data-status': session.status }, session.status),
    ),
    node(
      'p',
      { class: 'about' },
      `${session.strategy} on ${session.assets.join(', ')}, every ${session.interval}`,
    ),
    decisions,
  );
}

export function sessionCards(sessions, identity) {
  if (sessions.length === 0) {
    const hint = node('code', {}, 'npx perpetua session start');
    return node('p', { class: 'empty' }, 'No session yet. Start one with ', hint, '.');
  }
  return node('div', {}, ...sessions.map((session) => sessionCard(session, identity)));
}
