/** Files as they come: plain, gzip, or a zip with one file in it. Whole or not at all. */
import { crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { FileRefused } from './file-error.ts';

/** A year of minutes of one market has 50 MB of text. */
const MOST_BYTES = 2 ** 31 - 1;

export interface Unpacked {
  readonly bytes: Buffer;
  /** The name without what the packing added; of a zip, that of the file in it. */
  readonly name: string;
  readonly packing: 'none' | 'gzip' | 'zip';
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isZip = (bytes: Buffer): boolean => bytes.length > 3 && bytes.readUInt32LE(0) === 0x04034b50;

/** @throws FileRefused when the packing is cut off or damaged */
export function unpack(name: string, bytes: Buffer): Unpacked {
  if (isZip(bytes)) return unzip(bytes);
  if (isGzip(bytes)) {
    return { bytes: gunzip(bytes), name: name.replace(/\.gz$/i, ''), packing: 'gzip' };
  }
  if (/\.gz$/i.test(name)) throw new FileRefused('unreadable', 'is called .gz and is no gzip');
  if (/\.zip$/i.test(name)) throw new FileRefused('unreadable', 'is called .zip and is no zip');
  return { bytes, name, packing: 'none' };
}

function gunzip(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw new FileRefused('unreadable', 'is gzip that was cut off');
    throw new FileRefused('unreadable', `is damaged gzip: ${message}`);
  }
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;
const GREATEST_32_BIT = 0xffffffff;

/** Source: PKWARE's APPNOTE.TXT, sections 4.3.12 and 4.3.16. */
function unzip(zip: Buffer): Unpacked {
  try {
    return readOnlyEntry(zip);
  } catch (fault) {
    if (fault instanceof FileRefused) throw fault;
    throw new FileRefused('unreadable', `is a damaged zip: ${(fault as Error).message}`);
  }
}

function readOnlyEntry(zip: Buffer): Unpacked {
  const end = findEnd(zip);
  const entries = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  const found: { name: string; bytes: () => Buffer }[] = [];
  for (let entry = 0; entry < entries; entry += 1) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('its directory is broken');
    const place = at;
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    if (!name.endsWith('/')) found.push({ name, bytes: () => readEntry(zip, place) });
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new FileRefused('unreadable', `is a zip of ${found.length} files: must hold one`);
  }
  return { bytes: only.bytes(), name: only.name.split('/').at(-1) ?? only.name, packing: 'zip' };
}

function findEnd(zip: Buffer): number {
  for (let at = zip.length - 22; at >= 0; at -= 1) {
    if (zip.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new FileRefused('unreadable', 'is a zip that was cut off');
}

function readEntry(zip: Buffer, at: number): Buffer {
  const method = zip.readUInt16LE(at + 10);
  const crc = zip.readUInt32LE(at + 16);
  const packedBytes = zip.readUInt32LE(at + 20);
  const bytes = zip.readUInt32LE(at + 24);
  const local = zip.readUInt32LE(at + 42);
  if (packedBytes === GREATEST_32_BIT || bytes === GREATEST_32_BIT) throw new Error('it is zip64');
  const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(from, from + packedBytes);
  if (packed.length !== packedBytes) throw new Error('it was cut off');
  if (method !== STORED && method !== DEFLATED) throw new Error(`method ${method} is not read`);
  const content =
    method === STORED ? packed : inflateRawSync(packed, { maxOutputLength: MOST_BYTES });
  if (content.length !== bytes || crc32(content) !== crc) throw new Error('its checksum is wrong');
  return content;
}
