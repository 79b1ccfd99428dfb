/**
 * LZ4 frames, decoding only: what Arrow's compressed buffers are made of. Source: "LZ4 Frame Format
 * Description" 1.6.2 and "LZ4 Block Format Description". Checksums inside the frame are skipped over;
 * lengths are checked, so damage is never read past.
 */

const MAGIC = 0x184d2204;
const LEAST_MATCH = 4;

class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** Reads a length that goes on for as long as its bytes are 255. */
function longer(
  input: Uint8Array,
  at: number,
  base: number,
): readonly [length: number, at: number] {
  let [length, next] = [base, at];
  for (;;) {
    const byte = input[next];
    if (byte === undefined) throw new Damaged('LZ4 block ends within a length');
    next += 1;
    length += byte;
    if (byte !== 255) return [length, next];
  }
}

/** Decodes one block behind what the output holds already. @returns the output's new length */
function decodeBlock(input: Uint8Array, output: Uint8Array, from: number): number {
  let [at, made] = [0, from];
  while (at < input.length) {
    const token = input[at] as number;
    at += 1;
    let literals = token >>> 4;
    if (literals === 15) [literals, at] = longer(input, at, 15);
    if (at + literals > input.length || made + literals > output.length) {
      throw new Damaged('LZ4 block has too many literals');
    }
    output.set(input.subarray(at, at + literals), made);
    at += literals;
    made += literals;
    if (at >= input.length) break;
    const offset = (input[at] as number) | ((input[at + 1] ?? 0) << 8);
    at += 2;
    let match = token & 15;
    if (match === 15) [match, at] = longer(input, at, 15);
    match += LEAST_MATCH;
    if (offset === 0 || offset > made || made + match > output.length) {
      throw new Damaged('LZ4 block points outside of its output');
    }
    // Matches may overlap what they write: byte by byte.
    for (let i = 0; i < match; i += 1) output[made + i] = output[made + i - offset] as number;
    made += match;
  }
  return made;
}

/** @throws Error when the frame is damaged or does not give exactly this many bytes */
export function decodeLz4Frame(frame: Buffer, length: number): Uint8Array {
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC) throw new Damaged('no LZ4 frame');
  const flags = frame[4] as number;
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasContentSize = (flags & 0x08) !== 0;
  const hasDictionary = (flags & 0x01) !== 0;
  const output = new Uint8Array(length);
  let at = 7 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0);
  let made = 0;
  for (;;) {
    const word = frame.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    const block = frame.subarray(at, at + size);
    if (block.length !== size) throw new Damaged('LZ4 frame was cut off');
    if (word >>> 31 === 1) {
      if (made + size > length) throw new Damaged('LZ4 frame is longer than announced');
      output.set(block, made);
      made += size;
    } else made = decodeBlock(block, output, made);
    at += size + (hasBlockChecksum ? 4 : 0);
  }
  if (made !== length) throw new Damaged(`LZ4 frame gives ${made} bytes: must be ${length}`);
  return output;
}
