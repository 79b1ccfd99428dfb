/** A bar on standard error while something goes on; silent unless that is a terminal. */

export interface ProgressBar {
  show(done: number, total: number, label: string): void;
  clear(): void;
}

const WIDTH = 24;
const CLEAR_LINE = '\r\u001b[2K';
const LEAST_BETWEEN_MS = 50;

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function openBar(terminal: Terminal): ProgressBar {
  if (terminal.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  let shownMs = Number.NEGATIVE_INFINITY;
  return {
    show(done, total, label) {
      const nowMs = performance.now();
      if (nowMs - shownMs < LEAST_BETWEEN_MS && done < total) return;
      shownMs = nowMs;
      const full = total === 0 ? WIDTH : Math.floor((done / total) * WIDTH);
      const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${done}/${total}  ${label}`;
      terminal.write(CLEAR_LINE + bar.slice(0, (terminal.columns ?? 80) - 1));
    },
    clear: () => terminal.write(CLEAR_LINE),
  };
}
