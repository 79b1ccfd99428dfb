/** The result of looking at one part, as `perpetua doctor` shows it. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What the user can do about it; absent when nothing is wrong. */
  readonly mend?: string;
  /** The part could not be reached at all, which has an exit code of its own. */
  readonly unreachable?: true;
}

export const fine = (name: string, detail: string): Check => ({ name, status: 'ok', detail });

export const warning = (name: string, detail: string, mend: string): Check => ({
  name,
  status: 'warn',
  detail,
  mend,
});

export const failure = (name: string, detail: string, mend: string): Check => ({
  name,
  status: 'fail',
  detail,
  mend,
});

export const unreachable = (name: string, detail: string, mend: string): Check => ({
  ...failure(name, detail, mend),
  unreachable: true,
});
