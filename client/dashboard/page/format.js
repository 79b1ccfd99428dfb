// Numbers and times for people. Values arrive as decimal text and leave as text.
const usd = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const MINUS = '\u2212';

const withMinus = (text) => text.replace('-', MINUS);

export const formatUsd = (text) => withMinus(usd.format(Number(text)));

/** Axis labels: as many decimals as the distance of two ticks needs, `k` from 100,000 on. */
export function formatAxisUsd(value, step) {
  if (Math.abs(value) >= 100_000 && step >= 100) {
    return `${withMinus((value / 1000).toFixed(step >= 1000 ? 0 : 1))}k`;
  }
  return step >= 1 ? withMinus(whole.format(value)) : withMinus(usd.format(value));
}

export function formatSignedUsd(text) {
  const value = Number(text);
  const formatted = usd.format(Math.abs(value));
  if (Number(formatted.replaceAll(',', '')) === 0) return formatted;
  return `${value < 0 ? MINUS : '+'}${formatted}`;
}

export function formatSignedPercent(fractionText) {
  const value = Number(fractionText) * 100;
  const formatted = Math.abs(value).toFixed(2);
  if (Number(formatted) === 0) return `${formatted}\u202f%`;
  return `${value < 0 ? MINUS : '+'}${formatted}\u202f%`;
}

/** A price or size with thousands separators and all of its own decimals. */
export function formatExact(text) {
  const [integer, decimals] = text.replace('-', '').split('.');
  const grouped = whole.format(BigInt(integer));
  return `${text.startsWith('-') ? MINUS : ''}${grouped}${decimals ? `.${decimals}` : ''}`;
}

/** An averaged price: five significant digits, and never fewer than its integer part. */
export function formatPx(text) {
  const value = Number(text);
  return value.toLocaleString(
    'en-US',
    Math.abs(value) >= 10_000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 5 },
  );
}

const iso = (atMs) => new Date(atMs).toISOString();
export const formatClock = (atMs) => iso(atMs).slice(11, 19);
export const formatMinute = (atMs) => iso(atMs).slice(11, 16);
export const formatDay = (atMs) => iso(atMs).slice(0, 10);
export const formatDateTime = (atMs) => `${formatDay(atMs)} ${formatClock(atMs)}`;

export const shortAddress = (address) => `${address.slice(0, 6)}\u2026${address.slice(-4)}`;

/** The sign of a decimal text as a word that the style sheet knows. */
export function toneOf(text) {
  const value = Number(text);
  if (text === null || value === 0) return 'even';
  return value > 0 ? 'gain' : 'loss';
}

/** A cost in basis points, two decimals; what was not measured is a dash. */
export function formatBps(text) {
  if (text === undefined) return '\u2014';
  const rounded = Number(text).toFixed(2);
  return Number(rounded) === 0 ? '0.00' : withMinus(rounded);
}

/** A part of 1 as a percentage. */
export const formatShare = (text) =>
  text === undefined ? '\u2014' : `${(Number(text) * 100).toFixed(0)}\u202f%`;

/** Milliseconds, whole from ten on. */
export function formatMs(text) {
  if (text === undefined) return '\u2014';
  const value = Number(text);
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** Costs are losses: the sign is turned. */
export const toneOfCost = (text) =>
  text === undefined ? 'even' : toneOf(String(-Number(Number(text).toFixed(2))));

/** `4 s`, `3 min`, `2 h`. */
export function formatAge(ageMs) {
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
