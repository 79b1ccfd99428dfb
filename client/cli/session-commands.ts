/** `session start|list|show|pause|resume|drain|stop`. */
import type { Command } from 'commander';
import { noteStrategy } from '../../config/strategy-file.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { sessionWorkflowId } from '../../domain/kernel/ids.ts';
import type { LedgerReader } from '../../gateways/ledger/reader.ts';
import {
  type SessionView,
  STOP_POLICIES,
} from '../../workflows/trading-session/trading-session.messages.ts';
import { addLeaf, wordOption } from './command.ts';
import { CliFailure } from './failure.ts';
import { formatTime, toneOfStatus } from './format.ts';
import { withProgress } from './progress.ts';
import { type Report, report, type Tell } from './report.ts';
import { readSession, type StartOptions } from './session-input.ts';
import { readStrategy } from './strategy-commands.ts';
import type { Style } from './style.ts';
import { renderFields, renderTable } from './table.ts';
import { readDurationMs, readWord } from './values.ts';
import type { SessionChange, World } from './world.ts';

type SessionListing = Awaited<ReturnType<LedgerReader['sessions']>>[number];

interface ChangeOptions {
  readonly timeout: string;
  readonly positions?: string;
}

const notFound = (name: string): CliFailure =>
  new CliFailure(EXIT.notFound, `session ${JSON.stringify(name)}: is not running`, {
    violation: { field: 'session', value: name, rule: 'must be the name of a running session' },
    mend: 'perpetua session list',
  });

export async function startSession(world: World, options: StartOptions): Promise<Report> {
  const settings = await world.settings();
  const found = await readStrategy(world, options.strategy ?? settings.session.strategy);
  const { name, config } = readSession(options, settings, found);
  noteStrategy(settings.dataDir, found, world.nowMs());
  const { network, account } = await world.target();
  const { reconcileEveryMs, equitySampleMs } = settings;
  const workflows = await world.workflows();
  await workflows.ensureAccount({ account, network, reconcileEveryMs, equitySampleMs });
  const started = await workflows.startSession({
    account,
    network,
    name,
    startedMs: world.nowMs(),
    config,
  });
  if (!started) {
    const rule = 'is running already';
    throw new CliFailure(EXIT.refused, `session ${JSON.stringify(name)}: ${rule}`, {
      violation: { field: 'session', value: name, rule },
      mend: `perpetua session stop ${name} --positions keep, or another --name`,
    });
  }
  const workflowId = sessionWorkflowId(account, name);
  return report({ name, workflowId, account, config }, (style) => {
    const what = `${config.strategy} on ${config.assets.join(', ')}, every ${config.interval}`;
    return `${style.paint('good', 'started')} session ${name}: ${what}\n${workflowId}`;
  });
}

export async function listSessions(world: World): Promise<Report> {
  const { account } = await world.target();
  const sessions = await (await world.ledger()).sessions(account);
  return report({ sessions }, (style) => renderSessions(sessions, style));
}

/** Configurations are recorded as loose JSON: a field of another shape is shown as it is. */
const shown = (value: unknown): string =>
  Array.isArray(value) ? value.join(', ') : String(value ?? '');

function renderSessions(sessions: readonly SessionListing[], style: Style): string {
  if (sessions.length === 0) return style.paint('muted', 'no session yet: perpetua session start');
  const headers = ['name', 'status', 'strategy', 'assets', 'interval', 'started', 'changed'];
  const rows = sessions.map((session) => [
    session.name,
    { text: session.status, tone: toneOfStatus(session.status) },
    shown(session.config.strategy),
    shown(session.config.assets),
    shown(session.config.interval),
    formatTime(session.startedMs),
    formatTime(session.updatedMs),
  ]);
  return renderTable(
    headers.map((header) => ({ header })),
    rows,
    style,
  );
}

/** The live state; a session that has ended is shown as the ledger has it. */
export async function showSession(world: World, name: string): Promise<Report> {
  const { account } = await world.target();
  const workflowId = sessionWorkflowId(account, name);
  const view = await (await world.workflows()).sessionState(workflowId);
  if (view !== undefined) {
    return report({ ...view, workflowId, isLive: true }, (style) =>
      renderSession(view, workflowId, style),
    );
  }
  const recorded = (await (await world.ledger()).sessions(account)).find(
    (session) => session.name === name,
  );
  if (recorded === undefined) throw notFound(name);
  return report({ ...recorded, isLive: false }, (style) => renderSessions([recorded], style));
}

function renderSession(view: SessionView, workflowId: string, style: Style): string {
  const { config } = view;
  const lastBar = view.lastBarOpenTimeMs > 0 ? formatTime(view.lastBarOpenTimeMs) : 'none yet';
  const fields = renderFields(
    [
      ['session', view.name],
      ['status', { text: view.status, tone: toneOfStatus(view.status) }],
      ['strategy', config.strategy],
      ['assets', config.assets.join(', ')],
      ['interval', config.interval],
      ['started', formatTime(view.startedMs)],
      ['last bar', `${lastBar} (${view.bars} decided)`],
      ['orders', `${view.ordersStarted} started, ${view.openOrders.length} open`],
      ...(view.trouble === undefined
        ? []
        : ([['trouble', { text: view.trouble, tone: 'bad' }]] as const)),
      ['workflow', workflowId],
    ],
    style,
  );
  const decisions = view.lastDecisions.map(({ asset, summary }) => [asset, summary]);
  if (decisions.length === 0) return fields;
  const table = renderTable([{ header: 'asset' }, { header: 'last decision' }], decisions, style);
  return `${fields}\n\n${table}`;
}

export async function changeSession(
  world: World,
  name: string,
  change: SessionChange,
  timeout: string,
): Promise<Report> {
  const timeoutMs = readDurationMs('--timeout', timeout);
  const { account } = await world.target();
  const workflowId = sessionWorkflowId(account, name);
  const workflows = await world.workflows();
  const view = await withProgress(world, `${change.kind} ${name}`, () =>
    workflows.changeSession(workflowId, change, timeoutMs),
  );
  if (view === undefined) throw notFound(name);
  return report({ ...view, workflowId }, (style) => renderSession(view, workflowId, style));
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function addStart(group: Command, world: World, tell: Tell): void {
  addLeaf(group, 'start', 'Start a trading session', [
    'perpetua session start',
    'perpetua session start --name rsi --strategy rsi-reversion --assets BTC,ETH --interval 5m',
    'perpetua session start --gene fast=9 --set sizing.riskPerTradeFraction=0.005',
    'perpetua session start --strategy ./my-seed.ts',
    'perpetua session start --strategy bollinger+volatility-regime --gene regimeMax=1.5',
  ])
    .option('--name <name>', 'name of the session (default: from the settings, "demo")')
    .option(
      '--strategy <name>',
      'strategy, with +filter after it, or the path of a file (default: from the settings)',
    )
    .option('--assets <list>', 'perpetuals with commas between (default: from the settings)')
    .option('--interval <interval>', 'bar interval, e.g. 1m (default: from the settings)')
    .option('--gene <name=value>', 'a gene of the strategy; may be repeated', collect, [])
    .option('--set <key=value>', 'sizing.NAME or limits.NAME; may be repeated', collect, [])
    .action(async (options: StartOptions) => tell(await startSession(world, options)));
}

function addStop(group: Command, world: World, tell: Tell): void {
  addLeaf(group, 'stop', 'End a session: cancel its entries, then close or keep positions', [
    'perpetua session stop demo --positions close',
  ])
    .argument('<name>', 'name of the session')
    .addOption(
      wordOption(
        '--positions <policy>',
        'what happens to open positions',
        STOP_POLICIES,
      ).makeOptionMandatory(),
    )
    .option('--timeout <duration>', 'how long to wait for the end', '60s')
    .action(async (name: string, options: ChangeOptions) => {
      const positions = readWord('--positions', options.positions ?? '', STOP_POLICIES);
      const change = { kind: 'stop', positions } as const;
      tell(await changeSession(world, name, change, options.timeout));
    });
}

const CHANGES = [
  ['pause', 'No new entries until resumed; exits and protective stops go on'],
  ['resume', 'Allow entries again after a pause'],
  ['drain', 'No new entries; end once every position is closed'],
] as const;

/** Adds the `session` group. */
export function addSessionCommands(program: Command, world: World, tell: Tell): void {
  const group = program.command('session').description('Start, watch and stop trading sessions');
  addStart(group, world, tell);
  addLeaf(group, 'list', 'List sessions', ['perpetua session list']).action(async () =>
    tell(await listSessions(world)),
  );
  addLeaf(group, 'show', 'Show one session and its last decisions', ['perpetua session show demo'])
    .argument('<name>', 'name of the session')
    .action(async (name: string) => tell(await showSession(world, name)));
  for (const [kind, description] of CHANGES) {
    addLeaf(group, kind, description, [`perpetua session ${kind} demo`])
      .argument('<name>', 'name of the session')
      .option('--timeout <duration>', 'how long to wait for the answer', '30s')
      .action(async (name: string, options: ChangeOptions) =>
        tell(await changeSession(world, name, { kind }, options.timeout)),
      );
  }
  addStop(group, world, tell);
}
