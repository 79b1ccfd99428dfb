/** Style as a test over the sources themselves; each rule names what to do instead. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LINES_MAX = 400;
const TEST_LINES_MAX = 600;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) =>
    /^(domain|workflows|activities|gateways|workers|client|config|bench|test)\/.*\.(ts|js|mjs)$/.test(
      path,
    ),
  );

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const isTest = (path: string): boolean => path.startsWith('test/');
const production = files.filter((path) => !isTest(path));

/** The first line of a file that breaks a rule, as `path:line: text`. */
function offences(paths: readonly string[], rule: RegExp): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (rule.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('the sources', () => {
  test('there are sources to check', () => {
    expect(production.length).toBeGreaterThan(100);
  });

  test('files stay under 400 lines, tests under 600: split by what they say', () => {
    const long = files.filter((path) => {
      const lines = read(path).split('\n').length - 1;
      return lines > (isTest(path) ? TEST_LINES_MAX : LINES_MAX);
    });
    expect(long).toEqual([]);
  });

  test('every production file opens by saying what it is', () => {
    const silent = production.filter((path) => !/^(#!.*\n)?\/(\*\*|\/)/.test(read(path)));
    expect(silent).toEqual([]);
  });

  test('file names are kebab-case nouns', () => {
    const odd = files.filter((path) => !/^[a-z0-9./-]+$/.test(path));
    expect(odd).toEqual([]);
  });

  test('no file or type is called a manager, engine, helper, util, service or processor', () => {
    const banned = /(manager|engine|helper|utils?|service|processor)\.(ts|js|mjs)$/;
    expect(files.filter((path) => banned.test(path))).toEqual([]);
    const types = /(class|interface|type) \w*(Manager|Engine|Helper|Utils|Service|Processor)\b/;
    expect(offences(production, types)).toEqual([]);
  });

  test('the domain knows neither clock nor chance', () => {
    const domain = files.filter((path) => path.startsWith('domain/'));
    const rule = /\bDate\.now\(|new Date\(\)|Math\.random\(|process\.|\bawait\b/;
    const code = offences(domain, rule).filter((line) => !/: (\*|\/\/)/.test(line));
    expect(code).toEqual([]);
  });

  test('modules of workflows keep no state: all workflows of a worker share them', () => {
    const bundled = files.filter((path) => /^(domain|workflows)\//.test(path));
    expect(bundled.length).toBeGreaterThan(50);
    // Memos of pure functions may be shared: nobody can see whether a value is known already.
    const memos = [
      'domain/kernel/decimal.ts',
      'domain/kernel/ids.ts',
      'domain/execution/order-facts.ts',
    ];
    const state =
      /^(export )?(let|var) |^(export )?const \w+(: (?!Readonly|Decimal)[^=]+)? = (new |\[\];)/;
    const stateful = bundled.filter((path) => !memos.includes(path));
    expect(offences(stateful, state)).toEqual([]);
  });

  test('local activities of workflows give way: docs/decisions/0014', () => {
    const local = production.filter(
      (path) => path.startsWith('workflows/') && /\bproxyLocalActivities</.test(read(path)),
    );
    expect(local.length).toBeGreaterThan(3);
    const taken = /\b(lasting|inTurn|turns\.take)\(/;
    expect(local.filter((path) => !taken.test(read(path)))).toEqual([]);
  });

  test('no work is left undone', () => {
    expect(offences(production, /\b(TODO|FIXME|XXX)\b/)).toEqual([]);
  });

  test('no test is switched off, but for one that cannot run here and says why in its name', () => {
    const others = files.filter((path) => isTest(path) && !path.endsWith('tidy.test.ts'));
    expect(
      offences(others, /\b(test|describe|it)\.(skip|only)\((?!`[^`]*skipped because \$\{)/),
    ).toEqual([]);
  });

  test('no checker is silenced', () => {
    expect(offences(production, /@ts-(ignore|nocheck|expect-error)|biome-ignore/)).toEqual([]);
  });
});
