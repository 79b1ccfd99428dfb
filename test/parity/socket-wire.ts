/** The way to the paper exchange as everybody goes it: its port, HTTP and WebSocket. */

import type { TapeOptions } from '../../gateways/paper-exchange/feeds/open-tape.ts';
import { startPaperExchange } from '../../gateways/paper-exchange/start.ts';
import type { ParityWire } from './desk-wire.ts';

/** Opens an exchange whose tape moves by hand alone. */
export async function openSocketWire(
  tapeDir: string,
  { seed, stepsPerBar, startOffsetMinutes }: TapeOptions,
): Promise<ParityWire> {
  const running = await startPaperExchange({
    speed: 'manual',
    tapeDir,
    seed,
    steps: stepsPerBar,
    ...(startOffsetMinutes === undefined ? {} : { startOffsetMinutes }),
  });
  return {
    exchange: running.exchange,
    urls: { url: running.url, wsUrl: running.wsUrl },
    showMarket: () => Promise.resolve(),
    heard: () => Promise.resolve(),
    close: () => running.close(),
  };
}
