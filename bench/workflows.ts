/** The product's workflows, and bare ones beside them in the same worker. */
export { account, order, parent, tradingSession, universe, venueTwap } from '../workflows/index.ts';
export { bare } from './bare/workflow.ts';
