/**
 * The parent's dealings with the world: it is judged as a whole, its legs are started and cancelled
 * as orders of their own, and market and position are looked at. Plans nothing.
 */
import { checkIntentAgainstAsset, checkIntentShape } from '../domain/execution/intent.ts';
import type { Denial } from '../domain/execution/order-facts.ts';
import { checkParent, legIntent, type ParentIntent } from '../domain/execution/parents/parent.ts';
import { isReached, type MarketSight } from '../domain/execution/parents/plan.ts';
import { partsOf, wholeOf } from '../domain/execution/parents/whole.ts';
import { type Px, sizeBase } from '../domain/kernel/decimal.ts';
import { orderWorkflowId } from '../domain/kernel/ids.ts';
import type { AssetSpec } from '../domain/market/asset.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Admission, ParentActivities } from './interfaces/parent.ts';
import { check, type OrderPorts } from './order-envelope.ts';
import type { WorkflowsPort } from './ports/workflows.ts';

export interface ParentPorts extends OrderPorts {
  readonly workflows: WorkflowsPort;
}

/** By the venue's rules for each order that the parent is sure to place. */
async function checkParts(
  ports: ParentPorts,
  parent: ParentIntent,
  asset: AssetSpec,
): Promise<Denial | undefined> {
  const parts = partsOf(parent.spec, asset).map((plan) => legIntent(parent, plan));
  if (parts.length === 0) return undefined;
  const referencePx = (await ports.market.midPx(asset.name)) as Px;
  for (const part of parts) {
    const broken = checkIntentShape(part) ?? checkIntentAgainstAsset(part, asset, referencePx);
    if (broken === undefined) continue;
    const leg = part.intentId.slice(parent.intentId.length + 1);
    return { kind: 'invalid', ...broken, field: `${leg}: ${broken.field}` };
  }
  return undefined;
}

/** Why nothing of the parent may be started; undefined when it may. */
async function judge(
  ports: ParentPorts,
  parent: ParentIntent,
  asset: AssetSpec,
): Promise<Denial | undefined> {
  const denial = await checkParts(ports, parent, asset);
  if (denial !== undefined) return denial;
  for (const whole of wholeOf(parent.spec)) {
    const checked = await check(ports, legIntent(parent, whole));
    if ('kind' in checked) return checked;
  }
  return undefined;
}

async function admit(ports: ParentPorts, parent: ParentIntent): Promise<Admission> {
  const { account, intentId } = parent;
  const broken = checkParent(parent);
  if (broken !== undefined) return { kind: 'denied', denial: { kind: 'invalid', ...broken } };
  const asset = (await ports.venue.assets(parent.asset)).get(parent.asset);
  if (asset === undefined) {
    const rule = 'is not listed';
    const denial: Denial = { kind: 'invalid', field: 'asset', value: parent.asset, rule };
    return { kind: 'denied', denial };
  }
  const [known, legs] = await Promise.all([
    ports.ledger.parent(account, intentId),
    ports.ledger.legsOf(account, intentId),
  ]);
  const denial = legs.length > 0 ? undefined : await judge(ports, parent, asset);
  if (denial !== undefined) return { kind: 'denied', denial };
  const startedMs = known === undefined ? {} : { startedMs: known.view.startedMs };
  return { kind: 'admitted', asset, legs, ...startedMs };
}

/** @param ports the outside world, built in `workers/compose.ts` */
export function createParentActivities(ports: ParentPorts): ParentActivities {
  const { ledger, market, venue, workflows } = ports;
  return withFailures<ParentActivities>({
    admitParent: ({ intent }) => admit(ports, intent),
    async startLegs({ parent, legs }) {
      await Promise.all(legs.map((plan) => workflows.startOrder(legIntent(parent, plan))));
    },
    async cancelLegs({ account, intentIds, reason }) {
      const ids = intentIds.map((id) => orderWorkflowId(account, id));
      await Promise.all(ids.map((id) => workflows.cancelOrder(id, reason)));
    },
    readLegs: ({ account, parent, intentIds }) => ledger.legsOf(account, parent, intentIds),
    async lookAround({ account, asset, wantsPosition }) {
      const [sight, state] = await Promise.all([
        market.sight(asset),
        wantsPosition ? venue.account(account) : undefined,
      ]);
      if (state === undefined) return { market: sight };
      const held = state.positions.find((position) => position.asset === asset);
      return { market: sight, positionBase: held?.sizeBase ?? sizeBase(0) };
    },
    async watchMarket({ asset, watch }) {
      let seen: MarketSight | undefined;
      await withHeartbeat(async (signal) => {
        seen = await market.watchSight(asset, (sight) => isReached(watch, sight), signal);
      });
      // Undefined only when it was cancelled, which has been thrown by now.
      if (seen === undefined) throw new Error(`nothing was seen of ${asset}`);
      return seen;
    },
    recordParent: ({ view, workflowId, version, atMs }) =>
      ledger.recordParent(view, workflowId, version, atMs),
  });
}
