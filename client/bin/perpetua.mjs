#!/usr/bin/env node
// Starts the CLI on a Node that runs TypeScript unbuilt. On an older Node it starts itself again
// with the runtime that the `node` package pins; exit code and signals pass through. Plain
// JavaScript without dependencies, so that even an old Node gets as far as a clear message.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The first version that strips types without a flag. */
const NEEDED = [22, 18];

function runsTypeScript(version) {
  const [major, minor] = version.slice(1).split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function restartOnPinnedNode() {
  const node = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(
      `perpetua: Node ${process.version}: must be at least v${NEEDED.join('.')}, and the pinned ` +
        `runtime is not installed at ${node}\n  mend: npm ci\n`,
    );
    process.exit(1);
  }
  const self = fileURLToPath(import.meta.url);
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal signals the whole group; a supervisor signals this process alone.
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`perpetua: cannot start ${node}: ${error.message}\n  mend: npm ci\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of forwarded) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

if (runsTypeScript(process.version)) {
  const { main } = await import('../cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  restartOnPinnedNode();
}
