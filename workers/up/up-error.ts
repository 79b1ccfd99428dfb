/** Why a stack did not start, in words for the user, with the stable exit code. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_UNREACHABLE = 4;

export class UpError extends Error {
  override readonly name = 'UpError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT_FAILED) {
    super(message);
    this.exitCode = exitCode;
  }

  static unreachable(message: string): UpError {
    return new UpError(message, EXIT_UNREACHABLE);
  }
}
