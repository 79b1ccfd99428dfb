/**
 * How a command gets at an exchange: a running one through its admin interface, found by `--url` or
 * by what it left in its state directory; a stopped one through its files, locked meanwhile.
 */
import { EXIT } from '../../../domain/kernel/exit-codes.ts';
import { type AdminAccess, readAccess, readTokenFile } from '../admin/token.ts';
import { holdsState, lockStateDir, ownerOf } from '../state/state-dir.ts';
import { CommandError, required, usageError, type Words } from './command.ts';

export const REACH_OPTIONS = ['state', 'url', 'token-file'] as const;

const ANSWER_WITHIN_MS = 30_000;
const STATE_RULE = 'must be a directory that holds the state of an exchange';

/** A running exchange, or the directory of a stopped one. */
export type Reached =
  | { readonly kind: 'running'; readonly access: AdminAccess }
  | { readonly kind: 'stopped'; readonly dir: string };

/** The exchange of `--state DIR`. @throws CommandError when the directory holds no state. */
export function reachState(dir: string): Reached {
  if (ownerOf(dir) !== undefined) return { kind: 'running', access: readAccess(dir) };
  if (holdsState(dir)) return { kind: 'stopped', dir };
  throw new CommandError(EXIT.notFound, `--state ${JSON.stringify(dir)}: ${STATE_RULE}`, {
    field: '--state',
    value: dir,
    rule: STATE_RULE,
  });
}

function adminUrlOf(url: string): string {
  const isHttp = URL.canParse(url) && new URL(url).protocol === 'http:';
  if (!isHttp) {
    throw usageError({ field: '--url', value: url, rule: 'must be as in http://127.0.0.1:3999' });
  }
  return `${new URL(url).origin}/admin`;
}

/** The exchange that `--state` or `--url` means. @throws CommandError */
export function reach(words: Words): Reached {
  const { state, url } = words.texts;
  if ((state === undefined) === (url === undefined)) {
    const value = state === undefined ? '' : `${state} and --url ${url}`;
    throw usageError({ field: '--state', value, rule: 'give --state DIR or --url URL' });
  }
  if (state !== undefined) return reachState(state);
  const file = required(words, 'token-file', 'must be the file with the admin token of --url');
  return { kind: 'running', access: { url: adminUrlOf(url ?? ''), token: readTokenFile(file) } };
}

/** Like {@link reach}, for what only a running exchange can do. */
export function reachRunning(words: Words): AdminAccess {
  const reached = reach(words);
  if (reached.kind === 'running') return reached.access;
  const rule = 'the exchange of this state is not running; start it with paper serve';
  throw new CommandError(EXIT.unreachable, `--state ${JSON.stringify(reached.dir)}: ${rule}`);
}

async function errorOf(answer: Response): Promise<CommandError> {
  const body = (await answer.json().catch(() => undefined)) as
    | { error?: { message?: string; field?: string; value?: string; rule?: string } }
    | undefined;
  const { message = `HTTP ${answer.status}`, field, value = '', rule } = body?.error ?? {};
  const exit = answer.status === 400 ? EXIT.usage : EXIT.failed;
  return field === undefined || rule === undefined
    ? new CommandError(exit, message)
    : new CommandError(exit, message, { field, value, rule });
}

/** Asks the admin interface; POSTs when there is a body. @throws CommandError */
async function ask(access: AdminAccess, path: string, body?: object): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`${access.url}/${path}`, {
      headers: { authorization: `Bearer ${access.token}` },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch {
    throw new CommandError(EXIT.unreachable, `no exchange answers at ${access.url}`);
  }
  if (answer.ok) return answer;
  throw await errorOf(answer);
}

export async function askJson(
  access: AdminAccess,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  return (await (await ask(access, path, body)).json()) as Record<string, unknown>;
}

export async function askText(access: AdminAccess, path: string): Promise<string> {
  return (await ask(access, path)).text();
}

/** Does something to a directory that nobody else uses meanwhile. @throws JournalError */
export async function whileLocked<Result>(
  dir: string,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const release = lockStateDir(dir);
  try {
    return await work();
  } finally {
    release();
  }
}
