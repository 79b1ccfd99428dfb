/**
 * The log: JSON lines on stderr. Signatures are cut out wherever they might be written, since a
 * body that was signed for mainnet stays valid there for two days.
 */
import { destination, type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

const SIGNATURE_PATHS = ['signature', '*.signature', '*.*.signature'];

/** A log that writes to the given file descriptor; 2 is stderr. */
export function createLog(level: string, fd = 2): Log {
  return pino(
    { name: 'paper-exchange', level, redact: { paths: SIGNATURE_PATHS, censor: '[redacted]' } },
    destination({ fd, sync: true }),
  );
}
