/**
 * `paper snapshot`, `restore`, `fork` and `reset`: the state of an exchange as a thing that can be
 * kept, put back, doubled and thrown away. None of them overwrites anything unasked.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT } from '../../../domain/kernel/exit-codes.ts';
import { replaceFile } from '../state/files.ts';
import {
  type PortableState,
  portableText,
  readPortableFile,
  readPortableText,
  readStateDir,
  writeStateDir,
} from '../state/portable.ts';
import { clearState, holdsState, ownerOf } from '../state/state-dir.ts';
import { CommandError, type PaperCommand, required, usageError, type Words } from './command.ts';
import { askText, REACH_OPTIONS, type Reached, reach, reachState, whileLocked } from './reach.ts';

const A_DIRECTORY = 'must be a directory';

/** The state of a running or a stopped exchange. */
async function stateOf(reached: Reached): Promise<PortableState> {
  if (reached.kind === 'stopped') {
    return whileLocked(reached.dir, () => readStateDir(reached.dir));
  }
  const text = await askText(reached.access, 'snapshot');
  return readPortableText(text, `${reached.access.url}/snapshot`);
}

/** Goes on only with the user's consent. @throws CommandError (refused) */
async function agree(words: Words, question: string, field: string, value: string): Promise<void> {
  if (words.isAgreed || (await words.ask(question))) return;
  const rule = 'holds something already: agree with --yes';
  throw new CommandError(EXIT.refused, `${field} ${JSON.stringify(value)}: ${rule}`, {
    field,
    value,
    rule,
  });
}

const snapshot: PaperCommand = {
  name: 'snapshot',
  about: 'Keep the whole state of a running or stopped exchange in one file',
  usage: '(--state DIR | --url URL --token-file FILE) --out FILE [--yes] [--json]',
  positionals: [],
  options: [...REACH_OPTIONS, 'out'],
  takesYes: true,
  examples: ['perpetua paper snapshot --state paper-state --out monday.snapshot'],
  run: async (words) => {
    const out = resolve(required(words, 'out', 'must be a file to write'));
    const state = await stateOf(reach(words));
    if (existsSync(out)) await agree(words, `Replace ${out}?`, '--out', out);
    const text = portableText(state);
    replaceFile(out, text, { isSynced: true });
    const bytes = Buffer.byteLength(text);
    return { document: { file: out, bytes }, text: `wrote ${out}, ${bytes} bytes` };
  },
};

const restore: PaperCommand = {
  name: 'restore',
  about: 'Make a stopped exchange go on from a snapshot',
  usage: 'FILE --state DIR [--yes] [--json]',
  positionals: ['FILE'],
  options: ['state'],
  takesYes: true,
  examples: ['perpetua paper restore monday.snapshot --state paper-state --yes'],
  run: async (words) => {
    const dir = required(words, 'state', A_DIRECTORY);
    const [path = ''] = words.positionals;
    if (!existsSync(path)) {
      throw new CommandError(EXIT.notFound, `FILE ${JSON.stringify(path)}: must be a snapshot`);
    }
    const state = readPortableFile(path);
    await whileLocked(dir, async () => {
      if (holdsState(dir)) await agree(words, `Replace the state in ${dir}?`, '--state', dir);
      writeStateDir(dir, state);
    });
    return { document: { state: dir, from: path }, text: `${dir} goes on from ${path}` };
  },
};

const fork: PaperCommand = {
  name: 'fork',
  about: 'Copy the state of a running or stopped exchange into a new directory',
  usage: '--state DIR --to DIR [--json]',
  positionals: [],
  options: ['state', 'to'],
  examples: ['perpetua paper fork --state paper-state --to what-if'],
  run: async (words) => {
    const from = required(words, 'state', A_DIRECTORY);
    const to = required(words, 'to', A_DIRECTORY);
    const rule = 'must be another directory, without a state';
    if (resolve(to) === resolve(from) || ownerOf(to) !== undefined || holdsState(to)) {
      throw usageError({ field: '--to', value: to, rule });
    }
    const state = await stateOf(reachState(from));
    await whileLocked(to, () => writeStateDir(to, state));
    return { document: { state: from, to }, text: `${to} goes on from where ${from} is` };
  },
};

const reset: PaperCommand = {
  name: 'reset',
  about: 'Throw the state of a stopped exchange away',
  usage: '--state DIR [--yes] [--json]',
  positionals: [],
  options: ['state'],
  takesYes: true,
  examples: ['perpetua paper reset --state paper-state --yes'],
  run: async (words) => {
    const dir = required(words, 'state', A_DIRECTORY);
    if (ownerOf(dir) === undefined) reachState(dir); // says when there is nothing to reset
    await whileLocked(dir, async () => {
      await agree(words, `Throw away the state in ${dir}?`, '--state', dir);
      clearState(dir);
    });
    return { document: { state: dir, reset: true }, text: `${dir} is empty` };
  },
};

export const STATE_COMMANDS: readonly PaperCommand[] = [snapshot, restore, fork, reset];
