/**
 * `npm run chaos -- --seeds N`: see the usage below. A seed is one test: the last line counts them as
 * the other suites count theirs.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { judge } from './judge.ts';
import { unmet } from './plan/fault-plan.ts';
import { entryOf, recordSeed, unendedEntry } from './record.ts';
import { describeRun } from './report.ts';
import { storyOf } from './report-story.ts';
import { runTrial, type Trial, type TrialOptions } from './trial.ts';

const USAGE = `Usage: npm run chaos -- [flags]

Runs whole stacks under faults and judges what venue, ledger and workflows say afterwards.

  --seeds N       how many seeds (3)
  --seed S        the first of them (1)
  --orders N      orders of a seed (400)
  --lasting S     seconds in which they are asked for (60)
  --record        add each seed to docs/chaos-record.md, in place of an earlier run of it
  --quiet         one line for a seed
  --help          show this

Example:
  npm run chaos -- --seeds 1 --seed 7
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    orders: { type: 'string', default: '400' },
    lasting: { type: 'string', default: '60' },
    record: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function whole(flag: 'seeds' | 'seed' | 'orders' | 'lasting'): number {
  const value = Number(values[flag]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  say(`--${flag} ${JSON.stringify(values[flag])}: must be a whole number of at least 1`);
  process.exit(2);
}

function problemsOf({ facts, missed }: Trial): readonly string[] {
  const violations = judge(facts).map(({ invariant, subject, detail }) => {
    for (const line of storyOf(facts, subject)) tell(`    ${line}`);
    return `${invariant} ${subject}: ${detail}`;
  });
  const short = unmet(facts.faults.map(({ kind }) => kind)).map((what) => `plan: ${what}`);
  return [...violations, ...short, ...(short.length > 0 ? missed : [])];
}

/** The sources that ran, in short; `+` when they were not committed as they ran. */
function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const isChanged =
    git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      ':!test/chaos/record.jsonl',
      ':!docs',
    ) !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? '+' : ''}`;
}

const tell = (line: string): void => (values.quiet ? undefined : say(line));

/** Runs, judges and, when asked, records one seed. @returns whether every promise was kept */
async function runSeed(options: TrialOptions): Promise<boolean> {
  const { seed } = options;
  const startedMs = Date.now();
  const conclude = (problems: readonly string[]): boolean => {
    for (const problem of problems) say(`  ${problem}`);
    const verdict = problems.length === 0 ? 'kept' : `BROKEN (${problems.length})`;
    say(`chaos seed ${seed}: ${verdict}, ${Math.round((Date.now() - startedMs) / 1_000)} s`);
    return problems.length === 0;
  };
  let trial: Trial;
  try {
    trial = await runTrial(options);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (values.record) recordSeed(unendedEntry(seed, problem, commit()));
    return conclude([`did not end: ${problem}`]);
  }
  const problems = problemsOf(trial);
  tell(describeRun(trial.facts));
  if (values.record) recordSeed(entryOf(seed, trial.facts, problems, commit()));
  return conclude(problems);
}

async function main(): Promise<void> {
  const [seeds, first, orders, lastingS] = [
    whole('seeds'),
    whole('seed'),
    whole('orders'),
    whole('lasting'),
  ];
  let failed = 0;
  for (let seed = first; seed < first + seeds; seed += 1) {
    say(`chaos seed ${seed}: ${orders} orders in ${lastingS} s`);
    const isKept = await runSeed({ seed, orders, lastingMs: lastingS * 1_000, say: tell });
    if (!isKept) failed += 1;
  }
  const passed = seeds - failed;
  say(`Tests: ${failed > 0 ? `${failed} failed, ` : ''}${passed} passed, ${seeds} total`);
  // A client that still waits for an answer of a broken seed must not keep the suite open.
  process.exit(failed > 0 ? 1 : 0);
}

if (values.help) process.stdout.write(USAGE);
else await main();
