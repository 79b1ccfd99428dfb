/** `node write-record.ts FILE`: prints `docs/simulation-record.md` as it follows from the record. */
import { readRecord, recordTable } from './record.ts';

const [file = 'docs/simulation.record'] = process.argv.slice(2);

process.stdout.write(`# Seeds on record

Every seed that was run to be on record, by the commit that was run: see [simulation.md](simulation.md).
The aim is 500,000 seeds (25 million orders). Written from \`simulation.record\` with
\`node test/simulation/report/write-record.ts > docs/simulation-record.md\`; continued with
\`npm run sim -- --seeds N --record docs/simulation.record\`.

${recordTable(readRecord(file))}
`);
