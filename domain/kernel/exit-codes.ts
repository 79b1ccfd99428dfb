/**
 * Exit codes of the command line and of every process that it runs. Stable: scripts rely on them, so
 * a number never changes its meaning.
 */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  notFound: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For `perpetua --help`. */
export const EXIT_CODE_HELP =
  'Exit codes: 0 done, 1 failed, 2 usage, 3 refused by policy, 4 unreachable, 5 not found';
