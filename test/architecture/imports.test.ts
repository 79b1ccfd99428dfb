/**
 * The import rules hold for this checkout, and every rule can fail: a toy tree with one planted
 * violation per rule must be refused by exactly that rule. A missing tool fails, it does not skip.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONFIG = join(ROOT, '.config/dependency-cruiser.cjs');
const TOOL = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const FOLDERS = ['domain', 'workflows', 'activities', 'gateways', 'workers', 'client', 'config'];

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

function cruise(cwd: string): readonly Violation[] {
  const args = [TOOL, '--config', CONFIG, '--output-type', 'json', ...FOLDERS];
  let text: string;
  try {
    text = execFileSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  } catch (fault) {
    text = (fault as { stdout: string }).stdout;
  }
  return (JSON.parse(text) as { summary: { violations: Violation[] } }).summary.violations;
}

/** Rule, file, and what it imports. Targets are created where no planted file has their name. */
const PLANTED: readonly (readonly [rule: string, file: string, imports: string])[] = [
  ['no-cycles', 'domain/market/cycle-a.ts', './cycle-b.ts'],
  ['everything-resolves', 'domain/market/lost.ts', './nowhere.ts'],
  ['flow:market-never-looks-downstream', 'domain/market/ahead.ts', '../signals/ok.ts'],
  ['flow:risk-never-looks-downstream', 'domain/risk/ahead.ts', '../execution/ok.ts'],
  ['domain-is-pure', 'domain/risk/impure.ts', 'node:fs'],
  ['domain-uses-allow-listed-libraries', 'domain/risk/library.ts', 'pino'],
  ['stages-know-no-venue-physics', 'domain/risk/physics.ts', '../matching/ok.ts'],
  ['domain-knows-no-shell', 'domain/risk/shell.ts', '../../gateways/ledger/reader.ts'],
  ['kernel-knows-no-market', 'domain/kernel/market.ts', '../market/ok.ts'],
  ['workflows-see-interfaces-only', 'workflows/see.ts', '../activities/implementation.ts'],
  ['workflows-run-no-kernels', 'workflows/kernel.ts', '../domain/matching/ok.ts'],
  ['bundle-reaches-no-node', 'workflows/node.ts', '../activities/interfaces/impure.ts'],
  ['activities-see-ports-not-gateways', 'activities/see.ts', '../gateways/ledger/reader.ts'],
  ['interfaces-are-types-over-domain', 'activities/interfaces/impure.ts', 'node:fs'],
  ['gateways-do-not-orchestrate', 'gateways/ledger/orchestrate.ts', '../../workflows/ok.ts'],
  ['gateways-do-not-know-each-other', 'gateways/ledger/other.ts', '../hyperliquid/venue.ts'],
  [
    'paper-exchange-shares-only-the-wire',
    'gateways/paper-exchange/inside.ts',
    '../hyperliquid/venue.ts',
  ],
  ['nobody-imports-the-paper-exchange', 'workers/paper.ts', '../gateways/paper-exchange/start.ts'],
  [
    'client-speaks-messages-and-reads-the-ledger',
    'client/writes.ts',
    '../gateways/ledger/ledger.ts',
  ],
  ['config-knows-the-domain-only', 'config/knows.ts', '../gateways/ledger/reader.ts'],
  ['nobody-imports-workers', 'config/boss.ts', '../workers/ok.ts'],
  ['no-production-to-test', 'workers/tested.ts', '../test/ok.ts'],
];

const TARGETS = [
  'domain/signals/ok.ts',
  'domain/execution/ok.ts',
  'domain/matching/ok.ts',
  'domain/market/ok.ts',
  'gateways/ledger/reader.ts',
  'gateways/ledger/ledger.ts',
  'gateways/hyperliquid/venue.ts',
  'gateways/paper-exchange/start.ts',
  'activities/implementation.ts',
  'workflows/ok.ts',
  'workers/ok.ts',
  'test/ok.ts',
];

let toy: string;
let caught: readonly Violation[];

beforeAll(() => {
  toy = mkdtempSync(join(tmpdir(), 'imports-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(toy, path)), { recursive: true });
    writeFileSync(join(toy, path), text);
  };
  for (const path of TARGETS) write(path, 'export const value = 1;\n');
  write('domain/market/cycle-b.ts', "export * as other from './cycle-a.ts';\n");
  write('package.json', '{ "dependencies": { "pino": "1.0.0" } }');
  write('node_modules/pino/package.json', '{ "name": "pino", "main": "index.js" }');
  write('node_modules/pino/index.js', 'module.exports = {};\n');
  for (const [, path, target] of PLANTED) {
    write(path, `import * as other from '${target}';\nexport const value = other;\n`);
  }
  caught = cruise(toy);
}, 60_000);

afterAll(() => rmSync(toy, { recursive: true, force: true }));

describe('import rules', () => {
  test('this checkout breaks none of them', () => {
    expect(cruise(ROOT)).toEqual([]);
  }, 120_000);

  test.each(PLANTED)('%s refuses %s', (rule, file) => {
    const rules = caught.filter((each) => each.from === file).map((each) => each.rule.name);
    expect(rules).toContain(rule);
  });
});
