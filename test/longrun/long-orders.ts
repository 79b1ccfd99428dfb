/**
 * A person's orders beside the session, on an asset of their own: every week a limit order away from
 * the market, brought nearer twice, good for five days. Weeks buy and sell in turns. Every ninth week's
 * is far from the market and stays there until its days are over.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Amendment } from '../../domain/execution/order-epochs.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { intentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { amendUpdate, newOrder } from '../../workflows/order/order.messages.ts';
import type { order } from '../../workflows/order/order.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import { ACCOUNT, type LongRun } from './long-run.ts';
import { HOUR_MS } from './long-venue.ts';

const WEEK_HOURS = 168;
const SIZE = '20';
const FAR_EVERY_WEEKS = 9;
const FAR_WEEK = 7;
const FAR = 0.2;

export class LongOrders {
  amended = 0;
  private handle: WorkflowHandle<typeof order> | undefined;
  private readonly run: LongRun;

  constructor(run: LongRun) {
    this.run = run;
  }

  /** @param hour of the run */
  async tick(hour: number): Promise<void> {
    const week = Math.floor(hour / WEEK_HOURS);
    const side = week % 2 === 0 ? 'buy' : 'sell';
    const away = (share: number): number => 1 + (side === 'buy' ? -share : share);
    if (week % FAR_EVERY_WEEKS === FAR_WEEK) {
      if (hour % WEEK_HOURS === 10) await this.place(week, side, this.price(away(FAR)));
      return;
    }
    if (hour % WEEK_HOURS === 10) await this.place(week, side, this.price(away(0.06)));
    if (hour % WEEK_HOURS === 40) await this.amend({ limitPx: px(this.price(away(0.015))) });
    if (hour % WEEK_HOURS === 90) {
      await this.amend({ limitPx: px(this.price(away(0.004))), sizeBase: sizeBase('25') });
    }
  }

  private price(factor: number): string {
    const { midPx } = this.run.venue.marketOf('SOL', Number.POSITIVE_INFINITY);
    return (Number(midPx) * factor).toFixed(2);
  }

  private async place(week: number, side: 'buy' | 'sell', limitPx: string): Promise<void> {
    const id = intentId(`by-hand-${week}`);
    const intent = {
      network: 'paper',
      account: ACCOUNT,
      intentId: id,
      strategy: 'manual',
      leg: 'main',
      asset: 'SOL',
      side,
      type: 'LIMIT',
      sizeBase: sizeBase(SIZE),
      limitPx: px(limitPx),
      reduceOnly: false,
      cancelAtMs: this.run.venue.nowMs + 120.5 * HOUR_MS,
    } as const;
    this.handle = await this.run.env.client.workflow.start<typeof order>('order', {
      workflowId: orderWorkflowId(ACCOUNT, id),
      taskQueue: this.run.taskQueue,
      args: [newOrder(intent)],
      typedSearchAttributes: orderSearchAttributes(intent),
    });
  }

  private async amend(change: Amendment): Promise<void> {
    try {
      await this.handle?.executeUpdate(amendUpdate, { args: [change] });
      this.amended += 1;
    } catch (fault) {
      // It has filled, a while ago or just now.
      const isRefused = fault instanceof WorkflowUpdateFailedError && fault.cause !== undefined;
      const hasEnded = isRefused && /ended FILLED|ended: FILLED/.test(fault.cause.message);
      if (!hasEnded && !(fault instanceof WorkflowNotFoundError)) throw fault;
    }
  }
}
