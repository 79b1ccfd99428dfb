/**
 * What a request is about, read from JSON that nobody has checked yet: its type, its coins, whether
 * it asks for more than post-only orders. Anything may be missing; nothing here throws.
 */
import type { SeenRequest } from './interference.ts';

/** Name of an asset, by its id. */
export type CoinOfAsset = (asset: number) => string | undefined;

/** The venue's words in the minutes after an upgrade; the whole action is refused. */
export const POST_ONLY_TEXT = 'Only post-only orders allowed immediately after a network upgrade';

/** More rows than the venue takes in a batch are not looked at. */
const MAX_ROWS = 1000;

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

const rowsAt = (value: unknown, key: string): readonly unknown[] => {
  const found = at(value, key);
  return Array.isArray(found) ? found.slice(0, MAX_ROWS) : [];
};

/** Type of the action, or of the information asked for. */
export const typeOf = ({ path, body }: SeenRequest): string | undefined =>
  path === '/info' ? textAt(body, 'type') : textAt(body, 'action', 'type');

/** Whom a question is about. */
export const userOf = ({ path, body }: SeenRequest): string | undefined =>
  path === '/info' ? textAt(body, 'user')?.toLowerCase() : undefined;

/** The coins that a request names, by name or by asset id. */
export function coinsOf({ path, body }: SeenRequest, coinOf: CoinOfAsset): readonly string[] {
  if (path === '/info') {
    const coin = textAt(body, 'coin') ?? textAt(body, 'req', 'coin');
    return coin === undefined ? [] : [coin];
  }
  const action = at(body, 'action');
  const rows = [
    action,
    at(action, 'order'),
    at(action, 'twap'),
    ...rowsAt(action, 'orders'),
    ...rowsAt(action, 'cancels'),
    ...rowsAt(action, 'modifies').map((row) => at(row, 'order')),
  ];
  const assets = rows.flatMap((row) => [at(row, 'a'), at(row, 'asset')]);
  return assets.flatMap((asset) => {
    const coin = typeof asset === 'number' ? coinOf(asset) : undefined;
    return coin === undefined ? [] : [coin];
  });
}

/** Whether an action places anything but post-only orders. */
export function mayTakeLiquidity(request: SeenRequest): boolean {
  if (request.path !== '/exchange') return false;
  const action = at(request.body, 'action');
  const type = textAt(action, 'type');
  if (type === 'twapOrder') return true;
  const orders = [
    ...(type === 'order' ? rowsAt(action, 'orders') : []),
    ...(type === 'modify' ? [at(action, 'order')] : []),
    ...(type === 'batchModify' ? rowsAt(action, 'modifies').map((row) => at(row, 'order')) : []),
  ];
  return orders.some((order) => textAt(order, 't', 'limit', 'tif') !== 'Alo');
}
