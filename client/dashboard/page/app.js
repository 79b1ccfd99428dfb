// The live page: takes the state from server-sent events and puts changed sections on the screen.
import { createChart } from '/chart.js';
import {
  formatAge,
  formatDateTime,
  formatMinute,
  formatSignedPercent,
  formatSignedUsd,
  formatUsd,
  shortAddress,
  toneOf,
} from '/format.js';
import { keepQuality } from '/quality.js';
import { fillsTable, ordersTable, positionsTable, sessionCards } from '/sections.js';

/** Heartbeats come every 5 s; two missing ones in a row and a bit mean a broken connection. */
const SILENCE_MAX_MS = 12_000;

const element = (id) => document.getElementById(id);
const chart = createChart(element('chart'));

let state;
let health;
let lastHeardMs = 0;

function put(id, text, tone) {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
  if (tone !== undefined) target.dataset.tone = tone;
}

function showIdentity({ identity }) {
  const badge = element('network');
  badge.textContent = identity.network;
  badge.dataset.network = identity.network;
  badge.hidden = false;
  put('account', shortAddress(identity.account));
  element('account').title = identity.account;
}

function showGain(id, usd, fraction) {
  if (usd === null) return put(id, '\u2014', 'even');
  const percent = fraction === null ? '' : ` (${formatSignedPercent(fraction)})`;
  return put(id, `${formatSignedUsd(usd)}${percent}`, toneOf(usd));
}

function showFigures({ figures, openOrders, fills }) {
  const { equityUsd } = figures;
  put('equity', equityUsd === null ? '\u2014' : formatUsd(equityUsd));
  showGain('today', figures.todayPnlUsd, figures.todayPnlFraction);
  showGain('total', figures.totalPnlUsd, figures.totalPnlFraction);
  put('exposure', formatUsd(figures.exposureUsd));
  const times = figures.exposureTimesEquity;
  put('exposure-times', times === null ? 'USD' : `USD, ${Number(times).toFixed(2)}\u00d7 equity`);
  put('open-orders-count', String(figures.openOrders));
  const stops = openOrders.filter((order) => order.type === 'STOP_LOSS').length;
  put('open-orders-sub', stops === 0 ? 'no protective stop' : `${stops} protective`);
  put('fills-count', figures.fills.toLocaleString('en-US'));
  put('fills-last', fills[0] ? `last at ${formatMinute(fills[0].timeMs)}` : 'none yet');
  put('fees', formatUsd(figures.feesUsd));
  const at = figures.equityAtMs;
  put('clock', at === null ? '' : `Last sample ${formatDateTime(at)}`);
  const title = equityUsd === null ? 'Perpetua' : `${formatUsd(equityUsd)} \u00b7 Perpetua`;
  if (document.title !== title) document.title = title;
}

const VIEWS = {
  identity: showIdentity,
  figures: showFigures,
  equity: ({ equity }) => chart.show(equity),
  positions: (all) => element('positions').replaceChildren(positionsTable(all.positions)),
  openOrders: (all) => element('orders').replaceChildren(ordersTable(all.openOrders, all.identity)),
  fills: (all) => element('fills').replaceChildren(fillsTable(all.fills, all.identity)),
  sessions: (all) => element('sessions').replaceChildren(sessionCards(all.sessions, all.identity)),
};

const appended = (equity, next) => ({
  timesMs: [...equity.timesMs, ...next.timesMs],
  equityUsd: [...equity.equityUsd, ...next.equityUsd],
});

function takeSnapshot(next) {
  state = next;
  health = next.health;
  for (const show of Object.values(VIEWS)) show(state);
}

function takeChange({ newEquity, health: nextHealth, ...sections }) {
  if (nextHealth) health = nextHealth;
  if (state === undefined) return;
  const equity = newEquity ? { equity: appended(state.equity, newEquity) } : {};
  const changed = { ...sections, ...equity };
  state = { ...state, ...changed };
  for (const name of Object.keys(changed)) VIEWS[name]?.(state);
  // Its small print counts orders and fills, which are sections of their own.
  showFigures(state);
}

/** How things stand: the word at the top, its colour, and what to say when values are old. */
function connection(nowMs) {
  if (lastHeardMs > 0 && nowMs - lastHeardMs > SILENCE_MAX_MS) {
    const silence = formatAge(nowMs - lastHeardMs);
    const notice = `Nothing heard for ${silence}: the values below are old. Reconnecting.`;
    return { word: 'stale', tone: 'stale', notice };
  }
  if (health?.ledger === 'unreachable') {
    const notice = `The ledger cannot be read: the values below are old. ${health.problem}`;
    return { word: 'ledger away', tone: 'stale', notice };
  }
  if (state === undefined) return { word: 'connecting', tone: 'connecting' };
  const age = formatAge(nowMs - health.changedMs);
  return { word: `live \u00b7 changed ${age} ago`, tone: 'live' };
}

function showConnection() {
  const { word, tone, notice } = connection(Date.now());
  element('connection').dataset.state = tone;
  put('connection-word', word);
  element('notice').hidden = notice === undefined;
  put('notice', notice ?? '');
}

function listen() {
  const source = new EventSource('/api/events');
  const on = (name, take) =>
    source.addEventListener(name, (event) => {
      lastHeardMs = Date.now();
      take(JSON.parse(event.data));
      showConnection();
    });
  on('snapshot', takeSnapshot);
  on('change', takeChange);
  on('heartbeat', (next) => {
    health = next;
  });
  // A refused stream (503, or the server away at start) is closed for good: ask again.
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(listen, 3_000);
  });
}

listen();
keepQuality(element('quality'));
setInterval(showConnection, 1_000);
