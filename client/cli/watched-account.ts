/** Sees to it that somebody looks after the account that an order is placed on. */
import type { Workflows, World } from './world.ts';

/**
 * Starts the account's workflow unless it runs: its stream tells orders of their fills, and its
 * reconciliation finds what the stream lost. An order goes on without it, and asks by itself.
 */
export async function watchAccount(
  world: World,
  workflows: Workflows,
  { account, network }: Awaited<ReturnType<World['target']>>,
): Promise<void> {
  try {
    const { reconcileEveryMs, equitySampleMs } = await world.settings();
    await workflows.ensureAccount({ account, network, reconcileEveryMs, equitySampleMs });
  } catch {
    // The order is what was asked for; `perpetua reconcile` says what is wrong with the rest.
  }
}
