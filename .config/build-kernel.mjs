// Compiles the WebAssembly kernel and writes it into the tree; `--check` only compares, exit 1 when it differs.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = fileURLToPath(new URL('../domain/evolution/kernel/', import.meta.url));
const OUT = `${FOLDER}wasm-module.ts`;

/** @returns {Promise<Uint8Array>} */
async function build() {
  const flags = [
    ['-O3', '--noAssert', '--converge', '--runtime', 'stub'],
    ['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    ['--noExportMemory', '--enable', 'simd', '--enable', 'threads'],
  ].flat();
  let module;
  const { error, stderr } = await asc.main(
    ['assembly/index.ts', '--baseDir', FOLDER, '--outFile', 'kernel.wasm', ...flags],
    {
      writeFile: (name, content) => {
        if (name.endsWith('.wasm')) module = content;
      },
    },
  );
  if (error !== null || module === undefined) throw new Error(`${error}\n${stderr}`);
  return module;
}

const text = `/** The kernel of \`assembly/\`, compiled: \`npm run build:kernel\` writes this file. */
export const KERNEL_BASE64 =
  '${Buffer.from(await build()).toString('base64')}';
`;

if (process.argv.includes('--check')) {
  if (readFileSync(OUT, 'utf8') !== text) {
    process.stderr.write(
      'wasm-module.ts is not what assembly/ compiles to: npm run build:kernel\n',
    );
    process.exitCode = 1;
  }
} else writeFileSync(OUT, text);
