/**
 * Loads strategy files in a process of its own, as worker and command line do: jest's module loader
 * knows neither import hooks nor files outside the repository.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULE = new URL('../../config/strategy-file.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const folder = (): string => mkdtempSync(join(tmpdir(), 'strategy-'));

/** Writes a strategy file and returns its path. */
export function fileWith(text: string, name = 'my-seed.ts', inFolder = folder()): string {
  const path = join(inFolder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs a body with the module as `strategies` and answers what it returns, as JSON. */
export function inProcess(body: string): unknown {
  const script = `
    const strategies = await import(${JSON.stringify(MODULE)});
    const { writeFileSync } = await import('node:fs');
    const run = async () => { ${body} };
    const answer = await run().catch((fault) => ({ thrown: fault.name, message: fault.message }));
    process.stdout.write(JSON.stringify(answer ?? null));
  `;
  const args = ['--no-warnings', '--input-type=module', '-e', script];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }));
}

/** A whole strategy: long while the close is above the one before, or what is asked for instead. */
export const strategyText = (
  stance = 'close[i] > close[i - 1] ? LONG : FLAT',
  more = '',
): string => `
import { COMMON_GENES, defineSeed, FLAT, LONG, riskWarmupBars, traceOf } from 'perpetua/strategy';
${more}
export default defineSeed({
  name: 'my-seed',
  title: 'A strategy for a test',
  description: 'Long after a rise.',
  genes: COMMON_GENES,
  constraints: [],
  warmupBars: riskWarmupBars,
  trace(_input: unknown, genes, source) {
    const { close, length } = source.bars;
    const stance = new Int8Array(length);
    for (let i = 1; i < length; i += 1) stance[i] = ${stance};
    const strength = new Float64Array(length).fill(0.5);
    return traceOf({ stance, strength, reasonAt: (i) => \`close \${close[i]}\` }, genes, source);
  },
});
`;
