/** `order amend`: changes an open order and waits until the change is on the venue. */
import type { Amendment } from '../../domain/execution/order-epochs.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { CliFailure, usageFailure } from './failure.ts';
import { findOrder } from './order-find.ts';
import { orderDocument, renderOrder } from './order-report.ts';
import { withProgress } from './progress.ts';
import { type Report, report } from './report.ts';
import { readDurationMs, readPositive } from './values.ts';
import type { World } from './world.ts';

export interface AmendOptions {
  readonly price?: string;
  readonly triggerPrice?: string;
  readonly size?: string;
  readonly timeout: string;
}

function readChange({ price, triggerPrice, size }: AmendOptions): Amendment {
  if (price === undefined && triggerPrice === undefined && size === undefined) {
    const rule = 'must be given: --price, --trigger-price or --size';
    throw usageFailure({ field: 'change', value: '', rule });
  }
  return {
    ...(price === undefined ? {} : { limitPx: px(readPositive('--price', price)) }),
    ...(triggerPrice === undefined
      ? {}
      : { triggerPx: px(readPositive('--trigger-price', triggerPrice)) }),
    ...(size === undefined ? {} : { sizeBase: sizeBase(readPositive('--size', size)) }),
  };
}

/** @throws CliFailure when the order has ended, or the change is refused */
export async function amendOrder(world: World, id: string, options: AmendOptions): Promise<Report> {
  const change = readChange(options);
  const timeoutMs = readDurationMs('--timeout', options.timeout);
  const { workflowId, view, isLive } = await findOrder(world, id);
  const key = view.intent.intentId;
  const mend = `perpetua order show ${key}`;
  const refused = (reason: string): CliFailure =>
    new CliFailure(EXIT.refused, `order ${key}: not amended: ${reason}`, { mend });
  if (!isLive) throw refused(`it has already ended: ${view.status}`);
  const workflows = await world.workflows();
  const answer = await withProgress(world, `amending ${key}`, () =>
    workflows.amendOrder(workflowId, change, timeoutMs),
  );
  if (answer.kind === 'refused') throw refused(answer.reason);
  if (answer.kind === 'stillOpen') {
    const words = `order ${key}: not amended after ${options.timeout}; it goes on trying`;
    throw new CliFailure(EXIT.failed, words, { mend });
  }
  return report(orderDocument(answer.view, workflowId), (style) =>
    renderOrder(answer.view, workflowId, style),
  );
}
