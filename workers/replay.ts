/**
 * `perpetua replay`: replays a recorded history against the workflow code of this checkout, and says
 * whether the code still makes the decisions that were made. Reads a file, or asks Temporal for a
 * workflow; `--save` keeps what was fetched, e.g. as a test's fixture. Changes nothing else.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { readWorkerConfig } from '../config/worker-env.ts';
import { EXIT } from '../domain/kernel/exit-codes.ts';
import { bundled } from './workflow-bundle.ts';

const CONNECT_TIMEOUT = '5s';

const USAGE = `Usage: perpetua replay <workflow id | file.json> [--save FILE] [--json]

  Replays a history against the present workflow code.

Examples:
  perpetua replay order:0x1479…9325:my-key
  perpetua replay test/replay/histories/order-filled.json
`;

interface Verdict {
  readonly source: string;
  readonly workflowType: string;
  readonly events: number;
  readonly replays: boolean;
  readonly problem?: string;
}

class ReplayRefused extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface JsonHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { name: string } };
  }[];
}

function readFile(path: string): JsonHistory {
  try {
    const history = JSON.parse(readFileSync(path, 'utf8')) as JsonHistory;
    if (!Array.isArray(history.events)) throw new Error('it has no list of events');
    return history;
  } catch (fault) {
    const problem = fault instanceof Error ? fault.message : String(fault);
    throw new ReplayRefused(
      `file ${path}: must be a workflow history as JSON (${problem})`,
      EXIT.usage,
    );
  }
}

/** The history of the workflow's latest run. */
async function fetchHistory(workflowId: string): Promise<JsonHistory> {
  const { temporalAddress, namespace } = (await readWorkerConfig()).endpoints;
  let connection: Connection;
  try {
    connection = await Connection.connect({
      address: temporalAddress,
      connectTimeout: CONNECT_TIMEOUT,
    });
  } catch {
    const hint = 'is a stack running here (perpetua up)?';
    throw new ReplayRefused(
      `Temporal ${temporalAddress}: cannot be reached; ${hint}`,
      EXIT.unreachable,
    );
  }
  try {
    const client = new Client({ connection, namespace });
    return JSON.parse(historyToJSON(await client.workflow.getHandle(workflowId).fetchHistory()));
  } catch (fault) {
    if (!(fault instanceof WorkflowNotFoundError)) throw fault;
    throw new ReplayRefused(`workflow ${workflowId}: there is none in ${namespace}`, EXIT.notFound);
  } finally {
    await connection.close();
  }
}

async function replay(source: string, history: JsonHistory): Promise<Verdict> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const logger = new DefaultLogger('ERROR');
  const workflowBundle = await bundleWorkflowCode({ ...bundled(), logger });
  const [started] = history.events;
  const facts = {
    source,
    workflowType: started?.workflowExecutionStartedEventAttributes?.workflowType.name ?? 'unknown',
    events: history.events.length,
  };
  try {
    await Worker.runReplayHistory({ workflowBundle }, history);
    return { ...facts, replays: true };
  } catch (fault) {
    const problem = fault instanceof Error ? fault.message : String(fault);
    const kind = fault instanceof DeterminismViolationError ? 'not deterministic: ' : '';
    return { ...facts, replays: false, problem: `${kind}${problem.split('\n')[0]}` };
  }
}

function print(verdict: Verdict, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify(verdict)}\n`);
    return;
  }
  const what = `${verdict.workflowType}, ${verdict.events} events (${verdict.source})`;
  process.stdout.write(
    verdict.replays ? `replays: ${what}\n` : `does not replay: ${what}\n  ${verdict.problem}\n`,
  );
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      save: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [source, ...extra] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    return EXIT.done;
  }
  if (source === undefined || extra.length > 0) throw new ReplayRefused(USAGE, EXIT.usage);
  const isFile = source.endsWith('.json') || existsSync(source);
  const history = isFile ? readFile(source) : await fetchHistory(source);
  if (values.save !== undefined) writeFileSync(values.save, `${JSON.stringify(history)}\n`);
  const verdict = await replay(source, history);
  print(verdict, values.json);
  return verdict.replays ? EXIT.done : EXIT.failed;
}

function exitCodeOf(fault: unknown): number {
  if (fault instanceof ReplayRefused) return fault.exitCode;
  const { code } = fault as NodeJS.ErrnoException;
  return code?.startsWith('ERR_PARSE_ARGS') ? EXIT.usage : EXIT.failed;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (fault: unknown) => {
    process.stderr.write(`perpetua replay: ${fault instanceof Error ? fault.message : fault}\n`);
    process.exitCode = exitCodeOf(fault);
  },
);
