/**
 * Runs a third-party client as its own process against a paper exchange in this one, and hands each
 * test what the client was told. A client that is not installed fails in CI and is skipped elsewhere,
 * with the reason in the name of the skip.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Usd } from '../../../domain/kernel/decimal.ts';
import { addressOf } from '../../../gateways/hyperliquid/wire/signing.ts';
import { ALICE_KEY, BOB_KEY, openPaperVenue, type PaperVenue } from '../paper-venue.ts';
import { CLIENTS_DIR } from './installed.ts';

export interface Client {
  readonly name: string;
  /** Why it cannot be run; undefined when it can. */
  readonly missing: string | undefined;
  readonly command: string;
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What follows the script and the URL. */
  readonly args: readonly string[];
}

type Report = Record<string, { readonly result?: unknown; readonly error?: string }>;

export const ALICE = addressOf(ALICE_KEY);
export const BOB = addressOf(BOB_KEY);

const TIMEOUT_MS = 240_000;
/** Enough to trade the million that scheduled cancels ask for. */
const FUNDING_USD = '1000000' as Usd;
/** Tape seconds per second: books and trades move while the client trades. */
const SPEED = 60;

async function runClient(client: Client, url: string): Promise<Report> {
  const child = spawn(client.command, [client.script, url, ...client.args], {
    cwd: CLIENTS_DIR,
    env: { ...process.env, ...client.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const [out, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  const lastLine = out.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(lastLine) as Report;
  } catch {
    throw new Error(`${client.name} ended without a report: ${errors.slice(-2000)}`);
  }
}

/** What a flow returned; its type is the test's assumption, its matchers judge it. */
export type Told = <Result = unknown>(flow: string) => Result;

/** A suite of tests on what one run of a client was told. */
export function clientSuite(client: Client, define: (told: Told, venue: () => PaperVenue) => void) {
  if (client.missing !== undefined && process.env.CI === undefined) {
    describe.skip(`${client.name}, skipped because ${client.missing}`, () => {
      test('runs', () => undefined);
    });
    return;
  }
  describe(client.name, () => {
    let venue: PaperVenue;
    let report: Report = {};

    beforeAll(async () => {
      if (client.missing !== undefined) throw new Error(client.missing);
      const fund = [ALICE, BOB].map((account) => ({ account, usd: FUNDING_USD }));
      venue = await openPaperVenue({ speed: SPEED, fund });
      report = await runClient(client, venue.running.url);
    }, TIMEOUT_MS);

    afterAll(() => venue?.close());

    const told: Told = <Result>(flow: string) => {
      const outcome = report[flow];
      if (outcome === undefined) throw new Error(`${client.name} has no flow ${flow}`);
      if (outcome.error !== undefined) throw new Error(`${flow} ended with ${outcome.error}`);
      return outcome.result as Result;
    };
    define(told, () => venue);

    test('ends every flow without an error of its own', () => {
      const ended = Object.entries(report).filter(([, { error }]) => error !== undefined);
      expect(ended.map(([flow, { error }]) => `${flow}: ${error}`)).toEqual([]);
    });

    test('leaves the money of all accounts conserved', () => {
      expect(venue.running.exchange.venue.conservation().difference).toBe('0.0');
    });
  });
}
