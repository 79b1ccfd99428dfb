/**
 * A seeded pseudo-random generator (sfc32 by Chris Doty-Humphrey, seeded through splitmix32).
 * Randomness is always an argument: the same seed gives the same run on every machine.
 */
export interface Rng {
  /** A float in [0, 1) with 32 random bits. */
  next(): number;
  /** An integer in [0, bound). */
  int(bound: number): number;
}

/** Mixes text into a 32-bit seed (FNV-1a), so that parts of a run can be seeded by name. */
export const seedOf = (...parts: readonly (string | number)[]): number =>
  seedWith(0x811c9dc5, parts.join('|'));

/** The seed that goes on from one with further text: seeds with a common beginning share its work. */
export function seedWith(seed: number, text: string): number {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) | 0;
  };
}

/** A generator for one seed. Not for keys or nonces. */
export function createRng(seed: number): Rng {
  const mix = splitmix32(seed);
  let a = mix();
  let b = mix();
  let c = mix();
  let counter = 1;
  const nextInt = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i += 1) nextInt();
  const next = (): number => nextInt() / 4294967296;
  return { next, int: (bound) => Math.floor(next() * bound) };
}
