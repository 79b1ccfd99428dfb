/**
 * Reading tables of FlatBuffers, as far as Arrow's metadata needs it. Source: FlatBuffers' "Internals"
 * page: a table begins with the distance back to its vtable, which holds the place of each field.
 */

export class FlatTable {
  readonly #bytes: Buffer;
  readonly #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The table that a buffer's root offset points at. */
  static root(bytes: Buffer): FlatTable {
    return new FlatTable(bytes, bytes.readUInt32LE(0));
  }

  /** Where the field is, or undefined when it has its default value. */
  #place(field: number): number | undefined {
    const vtable = this.#at - this.#bytes.readInt32LE(this.#at);
    const entry = 4 + 2 * field;
    if (entry >= this.#bytes.readUInt16LE(vtable)) return undefined;
    const offset = this.#bytes.readUInt16LE(vtable + entry);
    return offset === 0 ? undefined : this.#at + offset;
  }

  byte(field: number, fallback: number): number {
    const place = this.#place(field);
    return place === undefined ? fallback : this.#bytes.readInt8(place);
  }

  short(field: number, fallback: number): number {
    const place = this.#place(field);
    return place === undefined ? fallback : this.#bytes.readInt16LE(place);
  }

  int(field: number, fallback: number): number {
    const place = this.#place(field);
    return place === undefined ? fallback : this.#bytes.readInt32LE(place);
  }

  long(field: number, fallback: number): number {
    const place = this.#place(field);
    return place === undefined ? fallback : Number(this.#bytes.readBigInt64LE(place));
  }

  text(field: number): string {
    const place = this.#place(field);
    if (place === undefined) return '';
    const at = place + this.#bytes.readUInt32LE(place);
    return this.#bytes.toString('utf8', at + 4, at + 4 + this.#bytes.readUInt32LE(at));
  }

  table(field: number): FlatTable | undefined {
    const place = this.#place(field);
    if (place === undefined) return undefined;
    return new FlatTable(this.#bytes, place + this.#bytes.readUInt32LE(place));
  }

  tables(field: number): readonly FlatTable[] {
    return this.#vector(field, 4).map(
      (at) => new FlatTable(this.#bytes, at + this.#bytes.readUInt32LE(at)),
    );
  }

  /** Each struct of a vector as its 64-bit words; a 32-bit word counts with its padding. */
  structs(field: number, words: number): readonly (readonly number[])[] {
    return this.#vector(field, 8 * words).map((at) =>
      Array.from({ length: words }, (_, word) => Number(this.#bytes.readBigInt64LE(at + 8 * word))),
    );
  }

  #vector(field: number, bytesEach: number): number[] {
    const place = this.#place(field);
    if (place === undefined) return [];
    const at = place + this.#bytes.readUInt32LE(place);
    const count = this.#bytes.readUInt32LE(at);
    if (at + 4 + count * bytesEach > this.#bytes.length) throw new RangeError('vector is cut off');
    return Array.from({ length: count }, (_, index) => at + 4 + index * bytesEach);
  }
}
