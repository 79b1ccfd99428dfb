/** Typed search attributes, one place for all workflows. Nothing secret goes into them. */

import type { SearchAttributePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/execution/visibility.ts';

const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');

export const accountKey = keyword(SEARCH_ATTRIBUTES.account);
export const assetKey = keyword(SEARCH_ATTRIBUTES.asset);
export const strategyKey = keyword(SEARCH_ATTRIBUTES.strategy);
export const sessionKey = keyword(SEARCH_ATTRIBUTES.session);
export const orderStatusKey = keyword(SEARCH_ATTRIBUTES.orderStatus);

/** What an order, or a parent of orders, carries from its start; its status is kept up to date by the workflow. */
export function orderSearchAttributes(intent: OrderIntent | ParentIntent): SearchAttributePair[] {
  return [
    { key: accountKey, value: intent.account },
    { key: assetKey, value: intent.asset },
    { key: strategyKey, value: intent.strategy },
    { key: orderStatusKey, value: 'PENDING' },
    ...(intent.session === undefined ? [] : [{ key: sessionKey, value: intent.session }]),
  ];
}
