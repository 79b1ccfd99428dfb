/** The paper exchange's admin interface, for faults. Its token is new at each of its starts. */
import { z } from 'zod';
import { readAccess } from '../../../gateways/paper-exchange/admin/token.ts';
import type { FaultInput } from '../../../gateways/paper-exchange/faults/fault.ts';

const ANSWER_WITHIN_MS = 2_000;

const listSchema = z.object({
  faults: z.array(z.looseObject({ id: z.string(), injected: z.int() })),
});

export interface VenueAdmin {
  /** @throws when the exchange does not answer or refuses */
  add(faults: readonly FaultInput[]): Promise<void>;
  /** How often each of the faults has happened, by id; absent when the exchange does not know it. */
  injected(): Promise<ReadonlyMap<string, number>>;
  remove(id: string): Promise<void>;
}

export function venueAdmin(stateDir: string): VenueAdmin {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { url, token } = readAccess(stateDir);
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`admin ${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    add: async (faults) => void (await ask('POST', '/faults', faults)),
    async injected() {
      const { faults } = listSchema.parse(await ask('GET', '/faults'));
      return new Map(faults.map(({ id, injected }) => [id, injected]));
    },
    remove: async (id) => void (await ask('DELETE', `/faults/${id}`)),
  };
}
