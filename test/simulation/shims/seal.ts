/**
 * Stands for a signature: a cheap digest of exactly the bytes that a signature would cover. Who
 * changes one of them is refused by the venue. The real signing has its own recorded vectors.
 */
export function sealOf(action: unknown, nonce: number, expiresAfter: number | undefined): string {
  const text = `${JSON.stringify(action)}|${nonce}|${expiresAfter ?? ''}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return `0x${(hash >>> 0).toString(16).padStart(8, '0')}`;
}
