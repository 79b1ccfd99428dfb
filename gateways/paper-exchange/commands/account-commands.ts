/** `paper status`, `accounts` and `fund`: what a running exchange is doing, for whom, with what. */
import { readStateDir } from '../state/portable.ts';
import { type PaperCommand, usageError } from './command.ts';
import { askJson, REACH_OPTIONS, reach, reachRunning, whileLocked } from './reach.ts';

const REACH_USAGE = '(--state DIR | --url URL --token-file FILE)';

const linesOf = (document: Readonly<Record<string, unknown>>): string =>
  Object.entries(document)
    .map(([key, value]) => {
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      return `${key.padEnd(14)} ${text}`;
    })
    .join('\n');

const status: PaperCommand = {
  name: 'status',
  about: 'Say whether an exchange runs, and where its tape is',
  usage: `${REACH_USAGE} [--json]`,
  positionals: [],
  options: REACH_OPTIONS,
  examples: ['perpetua paper status --state paper-state', 'perpetua paper status --state s --json'],
  run: async (words) => {
    const reached = reach(words);
    if (reached.kind === 'running') {
      const document = { isRunning: true, ...(await askJson(reached.access, 'status')) };
      return { document, text: linesOf(document) };
    }
    const { dir } = reached;
    const { origin, state, entries } = await whileLocked(dir, () => readStateDir(dir));
    const document = {
      isRunning: false,
      stateDir: dir,
      origin,
      hasSnapshot: state !== undefined,
      inputsSince: entries.length,
    };
    return { document, text: linesOf(document) };
  },
};

const accounts: PaperCommand = {
  name: 'accounts',
  about: 'List the accounts of a running exchange with their equity',
  usage: `${REACH_USAGE} [--json]`,
  positionals: [],
  options: REACH_OPTIONS,
  examples: ['perpetua paper accounts --state paper-state'],
  run: async (words) => {
    const document = await askJson(reachRunning(words), 'accounts');
    const rows = document.accounts as readonly Readonly<Record<string, unknown>>[];
    const lines = rows.map(
      ({ account, equityUsd, positions, openOrders }) =>
        `${account}  ${String(equityUsd).padStart(16)} USD  ${positions} positions  ${openOrders} orders`,
    );
    return { document, text: lines.length > 0 ? lines.join('\n') : 'no accounts' };
  },
};

const fund: PaperCommand = {
  name: 'fund',
  about: 'Pay into an account of a running exchange; makes it when it is new',
  usage: `ADDRESS=USD ${REACH_USAGE} [--json]`,
  positionals: ['ADDRESS=USD'],
  options: REACH_OPTIONS,
  examples: [
    'perpetua paper fund 0x14791697260e4c9a71f18484c9f997b308e59325=5000 --state paper-state',
  ],
  run: async (words) => {
    const [text = ''] = words.positionals;
    const [account, usd, ...more] = text.split('=');
    if (!account || !usd || more.length > 0) {
      throw usageError({ field: 'ADDRESS=USD', value: text, rule: 'must be an address = USD' });
    }
    const document = await askJson(reachRunning(words), 'fund', { account, usd });
    return { document, text: `${document.account} now has ${document.equityUsd} USD` };
  },
};

export const ACCOUNT_COMMANDS: readonly PaperCommand[] = [status, accounts, fund];
