/** The workflow bundle's entry: explicit names only, since each is a type that histories refer to. */
export { account } from './account/account.workflow.ts';
export { candleArchive } from './archive/archive.workflow.ts';
export { order } from './order/order.workflow.ts';
export { parent } from './parent/parent.workflow.ts';
export { tradingSession } from './trading-session/trading-session.workflow.ts';
export { universe } from './universe/universe.workflow.ts';
export { venueTwap } from './venue-twap/venue-twap.workflow.ts';
