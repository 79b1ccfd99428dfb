/** Numbers and times for people. JSON output never passes through here. */
import type { Tone } from './style.ts';

const USD = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** `1,234.50`; the unit is in the column's header. */
export const formatUsd = (text: string): string => USD.format(Number(text));

/** `+12.00` or `-3.40`; zero carries no sign. */
export function formatSignedUsd(text: string): string {
  const formatted = formatUsd(text);
  return Number(text) > 0 ? `+${formatted}` : formatted;
}

export const toneOfAmount = (text: string): Tone => {
  const value = Number(text);
  if (value === 0) return 'plain';
  return value > 0 ? 'good' : 'bad';
};

/** `2026-03-01 12:00:05Z`: UTC, whole seconds. */
export const formatTime = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;

const STATUS_TONES: Readonly<Record<string, Tone>> = {
  FILLED: 'good',
  SUBMITTED: 'accent',
  PARTIALLY_FILLED: 'accent',
  PENDING: 'muted',
  CANCELLED: 'muted',
  IN_DOUBT: 'warn',
  REJECTED: 'bad',
  EXPIRED: 'bad',
  DENIED: 'bad',
  WORKING: 'accent',
  DONE: 'good',
  STOPPED: 'warn',
  running: 'good',
  paused: 'warn',
  draining: 'warn',
  stopping: 'warn',
  stopped: 'muted',
};

/** The tone of an order's or a session's status. */
export const toneOfStatus = (status: string): Tone => STATUS_TONES[status] ?? 'plain';
