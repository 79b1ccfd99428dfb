/**
 * `halt` and `resume`, for help and completion: a process of their own carries them out, since they
 * need a key and must work when nothing else does.
 */
const KILL_SWITCH_FILE = 'workers/halt.ts';
const JSON_OPTION = ['--json', 'print one JSON document on standard output'] as const;
const DATA_DIR_OPTION = ['--data-dir <dir>', 'folder of all state'] as const;

export const KILL_SWITCH_COMMANDS = [
  {
    words: ['halt'],
    file: KILL_SWITCH_FILE,
    leading: ['halt'],
    description: 'Let no entry through until resume; works with Temporal down',
    options: [
      ['--reason <text>', 'why, for whoever finds it halted'],
      [
        '--cancel-entries',
        'also cancel our entries that rest on the exchange, and our TWAPs that it works',
      ],
      ['--flatten', 'also close every position at the market; needs --yes'],
      ['--yes', 'agree to --flatten'],
      DATA_DIR_OPTION,
      JSON_OPTION,
    ],
    examples: [
      'perpetua halt --reason "feed looks wrong" --cancel-entries',
      'perpetua halt --flatten --yes --json',
    ],
  },
  {
    words: ['resume'],
    file: KILL_SWITCH_FILE,
    leading: ['resume'],
    description: 'Let entries pass again after a halt',
    options: [DATA_DIR_OPTION, JSON_OPTION],
    examples: ['perpetua resume'],
  },
] as const;
