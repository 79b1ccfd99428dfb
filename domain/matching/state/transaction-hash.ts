/**
 * The hash of the transaction that an input is: 32 bytes, the same in every replay.
 * It identifies and proves nothing.
 */
import { sha256Hex } from '../../kernel/ids.ts';
import type { Terms } from './terms.ts';

export const hashOf = (terms: Terms, input: number): string =>
  `0x${sha256Hex(`${terms.seed}|${input}`)}`;
