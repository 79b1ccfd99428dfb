/**
 * The commands about a paper exchange and its state, for help and completion: the paper exchange's
 * own process carries them out and says what a flag may be.
 */

interface PaperCommand {
  readonly name: string;
  readonly description: string;
  readonly argument?: readonly [name: string, description: string];
  readonly options: readonly (readonly [flags: string, description: string])[];
  readonly examples: readonly string[];
}

const STATE = ['--state <dir>', 'state folder of the exchange'] as const;
const YES = ['--yes', 'agree beforehand to what cannot be undone'] as const;
/** A running exchange, by its state folder or its address. */
const REACH = [
  STATE,
  ['--url <url>', 'address of a running exchange, as in http://127.0.0.1:3999'],
  ['--token-file <file>', 'file with the admin token of --url'],
] as const;

export const PAPER_COMMANDS: readonly PaperCommand[] = [
  {
    name: 'snapshot',
    description: 'Keep the whole state of a running or stopped exchange in one file',
    options: [...REACH, ['--out <file>', 'file to write'], YES],
    examples: ['perpetua paper snapshot --state paper-state --out monday.snapshot'],
  },
  {
    name: 'restore',
    description: 'Make a stopped exchange go on from a snapshot',
    argument: ['<file>', 'a snapshot'],
    options: [STATE, YES],
    examples: ['perpetua paper restore monday.snapshot --state paper-state --yes'],
  },
  {
    name: 'fork',
    description: 'Copy the state of a running or stopped exchange into a new folder',
    options: [STATE, ['--to <dir>', 'new state folder']],
    examples: ['perpetua paper fork --state paper-state --to what-if'],
  },
  {
    name: 'reset',
    description: 'Throw the state of a stopped exchange away',
    options: [STATE, YES],
    examples: ['perpetua paper reset --state paper-state --yes'],
  },
  {
    name: 'status',
    description: 'Say whether an exchange runs, and where its tape is',
    options: REACH,
    examples: ['perpetua paper status --state paper-state --json'],
  },
  {
    name: 'accounts',
    description: 'List the accounts of a running exchange with their equity',
    options: REACH,
    examples: ['perpetua paper accounts --state paper-state'],
  },
  {
    name: 'fund',
    description: 'Pay into an account of a running exchange; makes it when it is new',
    argument: ['<address=usd>', 'account and amount'],
    options: REACH,
    examples: [
      'perpetua paper fund 0x14791697260e4c9a71f18484c9f997b308e59325=5000 --state paper-state',
    ],
  },
];
