/**
 * The dashboard in a real browser, on a seeded ledger. Needs a Chromium at $PERPETUA_CHROMIUM or
 * /usr/bin/chromium and is skipped, saying so, where there is none. With PERPETUA_TEST_SCREENSHOTS
 * set to a folder it leaves pictures there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { loadAssets } from '../../client/dashboard/assets.ts';
import { Feed } from '../../client/dashboard/feed.ts';
import { ledgerLook } from '../../client/dashboard/ledger-look.ts';
import { qualityLook } from '../../client/dashboard/quality-look.ts';
import { type DashboardServer, startDashboard } from '../../client/dashboard/server.ts';
import { createLedgerReader } from '../../gateways/ledger/reader.ts';
import {
  ACCOUNT,
  LAST_MS,
  type SeededLedger,
  sample,
  startSeededLedger,
} from '../client/seeded-ledger.ts';

const EXECUTABLE = process.env.PERPETUA_CHROMIUM ?? '/usr/bin/chromium';
const hasBrowser = existsSync(EXECUTABLE);
const describeInBrowser = hasBrowser ? describe : describe.skip;
if (!hasBrowser) process.stderr.write(`skipped: no Chromium at ${EXECUTABLE}\n`);

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Contrast {
  readonly text: string;
  readonly ratio: number;
}
const contrastScript = readFileSync(new URL('contrast.js', import.meta.url), 'utf8');

describeInBrowser('the dashboard in a browser', () => {
  let seeded: SeededLedger;
  let server: DashboardServer;
  let browser: Browser;

  beforeAll(async () => {
    seeded = await startSeededLedger();
    const identity = {
      account: ACCOUNT,
      network: 'paper',
      workflowPageUrl: 'http://127.0.0.1:8233/namespaces/default/workflows',
    } as const;
    const look = ledgerLook(createLedgerReader(seeded.pool), ACCOUNT);
    const feed = new Feed(identity, look, Date.now);
    const assets = await loadAssets();
    const quality = qualityLook(createLedgerReader(seeded.pool), ACCOUNT, () => LAST_MS);
    const pace = { heartbeatMs: 500, lookEveryMs: 100 };
    server = await startDashboard({ feed, quality, assets, port: 0, ...pace });
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await seeded?.close();
  });

  async function open(
    viewport: { readonly width: number; readonly height: number },
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<{ page: Page; problems: string[] }> {
    const page = await browser.newPage({ viewport, colorScheme });
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('requestfailed', (failed) => problems.push(`${failed.url()} failed`));
    await page.goto(server.url);
    await page.waitForSelector('#connection[data-state="live"]');
    await page.waitForSelector('#chart canvas');
    return { page, problems };
  }

  const DESK = { width: 1280, height: 900 };
  const sections = ['positions', 'orders', 'quality', 'fills', 'sessions'] as const;

  test('values of the ledger appear, without a word of complaint', async () => {
    const { page, problems } = await open(DESK);
    await page.locator('#quality table').waitFor();
    const text = (await page.textContent('body')) ?? '';
    for (const expected of [
      '10,041.87',
      'paper',
      'Open Long',
      '66,804',
      '65,871',
      '1,985.5 (part)',
      'ema-crossover on BTC, ETH, every 1m',
      'crossed above EMA 30',
      'a positive number is a cost',
    ]) {
      expect(text.toLowerCase()).toContain(expected.toLowerCase());
    }
    for (const id of sections) expect(await page.textContent(`#${id}`)).not.toBe('');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('a change in the ledger appears without a reload', async () => {
    const { page, problems } = await open(DESK);
    await page.evaluate("document.body.setAttribute('data-loaded', 'once')");
    await sample(seeded.ledger, LAST_MS + 60_000, '10123.45');
    await page.locator('#equity', { hasText: '10,123.45' }).waitFor();
    expect(await page.getAttribute('body', 'data-loaded')).toBe('once');
    expect(await page.title()).toContain('10,123.45');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('orders and sessions lead to their workflows', async () => {
    const { page } = await open(DESK);
    const links = await page.$$eval('a[target="_blank"]', (found) =>
      found.map((link) => link.getAttribute('href') ?? ''),
    );
    const base = 'http://127.0.0.1:8233/namespaces/default/workflows/';
    expect(links).toContain(`${base}${encodeURIComponent(`session:${ACCOUNT}:demo`)}`);
    expect(links.every((link) => link.startsWith(base))).toBe(true);
    await page.close();
  });

  test.each([360, 390, 768, 1060, 1280])('nothing is cut off at %i pixels', async (width) => {
    const { page, problems } = await open({ width, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(problems).toEqual([]);
    await page.close();
  });

  test.each(['light', 'dark'] as const)('text is readable in %s', async (scheme) => {
    for (const viewport of [DESK, { width: 390, height: 844 }]) {
      const { page } = await open(viewport, scheme);
      const contrasts: Contrast[] = await page.evaluate(contrastScript);
      for (const { text, ratio } of contrasts)
        expect({ text, ok: ratio >= 4.5 }).toEqual({ text, ok: true });
      const folder = process.env.PERPETUA_TEST_SCREENSHOTS;
      if (folder) {
        const path = join(folder, `dashboard-${viewport.width}-${scheme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
      await page.close();
    }
  });
});
