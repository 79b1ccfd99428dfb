/** `npm run bench -- <name> --json`: runs one benchmark and prints one JSON document, or a table. */
import { parseArgs } from 'node:util';
import { data } from './data.ts';
import { indicators } from './indicators.ts';
import { kernel } from './kernel.ts';
import { openOrders, openOrdersHalted, openOrdersLimited } from './open-orders.ts';
import { orderLatency } from './order-latency.ts';
import { orderThroughput } from './order-throughput.ts';
import { paper } from './paper.ts';
import { vector } from './vector.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<object>>> = {
  indicators,
  data,
  kernel,
  'order-latency': orderLatency,
  'order-throughput': orderThroughput,
  'open-orders': openOrders,
  'open-orders-limited': openOrdersLimited,
  'open-orders-halted': openOrdersHalted,
  paper,
  vector,
};

const names = Object.keys(BENCHMARKS).join(', ');

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [name = '', ...extra] = positionals;
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined || extra.length > 0) {
    process.stderr.write(`benchmark ${JSON.stringify(name)}: must be one of ${names}\n`);
    process.exitCode = 2;
    return;
  }
  const result = await benchmark();
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}

await main();
process.exit();
