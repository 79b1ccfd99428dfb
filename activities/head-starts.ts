/**
 * Where the start of an order and its first activity meet when both are of one process: its envelope is
 * drawn up while Temporal starts the workflow, instead of afterwards. Nothing is sent by it. Whoever does
 * not find it here finds the envelope in the ledger, stored and counted as sent, and looks into it as
 * after a crash: `docs/decisions/0008-prepare-and-send-are-one-activity.md`.
 */
import type { OrderIntent } from '../domain/execution/intent.ts';
import { type Cloid, orderWorkflowId } from '../domain/kernel/ids.ts';
import type { NotPrepared, PrepareRequest } from './interfaces/order.ts';
import { cloidOf, type Drawn, drawUp, type OrderPorts } from './order-envelope.ts';

/** Later than this an order is looked into instead: its envelope lives for eight seconds or more. */
const KEPT_MS = 4_000;

export interface HeadStarts {
  /**
   * Begins to draw up the envelope of an order that is being started. Only for an intent that is stored
   * word for word: whoever starts the same order again must mean the same.
   */
  begin(intent: OrderIntent): void;
  /** What was begun for this very intent, once. */
  take(request: PrepareRequest): Promise<Drawn | NotPrepared> | undefined;
}

interface Begun {
  readonly intent: string;
  readonly drawing: Promise<Drawn | NotPrepared>;
  readonly timer: NodeJS.Timeout;
}

export function createHeadStarts(ports: OrderPorts): HeadStarts {
  const begun = new Map<Cloid, Begun>();
  return {
    begin(intent) {
      const cloid = cloidOf(ports.tag, intent, 0);
      // Leverage is sent to the venue: that is for a workflow to do.
      if (begun.has(cloid) || intent.leverage !== undefined) return;
      const workflowId = orderWorkflowId(intent.account, intent.intentId);
      const drawing = drawUp(ports, { intent, epoch: 0, workflowId }, true);
      // Its failure is for the one who takes it.
      drawing.catch(() => undefined);
      const timer = setTimeout(() => begun.delete(cloid), KEPT_MS);
      timer.unref?.();
      begun.set(cloid, { intent: JSON.stringify(intent), drawing, timer });
    },
    take({ intent, epoch, withdrawn = false }) {
      const cloid = cloidOf(ports.tag, intent, epoch);
      const found = begun.get(cloid);
      if (found === undefined || withdrawn) return undefined;
      begun.delete(cloid);
      clearTimeout(found.timer);
      return found.intent === JSON.stringify(intent) ? found.drawing : undefined;
    },
  };
}
