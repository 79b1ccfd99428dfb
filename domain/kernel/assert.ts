/** Invariants stay on in production: a wrong answer becomes a stop, not a trade. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
}

/** @throws InvariantBroken when the condition does not hold. */
export function assertInvariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantBroken(message);
}

/** Makes a switch exhaustive: the compiler refuses a forgotten case. */
export function assertNever(value: never): never {
  throw new InvariantBroken(`unexpected case: ${JSON.stringify(value)}`);
}
