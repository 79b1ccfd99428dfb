/** What faults are done to, and the record of one that was done. */
import type { Client } from '@temporalio/client';
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import type { DoneFault, Foreign, Intervention, Kill } from '../facts.ts';
import type { PlannedFault } from '../plan/fault-plan.ts';
import type { Traffic } from '../traffic/traffic.ts';
import type { ChaosStack } from '../world/chaos-stack.ts';
import type { VenueAdmin } from '../world/venue-admin.ts';

/** What has happened so far, for the judge. */
export interface Diary {
  readonly kills: Kill[];
  readonly interventions: Intervention[];
  readonly foreign: Foreign[];
}

export interface Arena {
  readonly chaos: ChaosStack;
  readonly venue: VenueAdmin;
  readonly traffic: Traffic;
  readonly client: Client;
  readonly account: AccountAddress;
  readonly diary: Diary;
}

/** Carries a fault out and resolves when it is over. @throws when it could not be done */
export type Apply = (arena: Arena, fault: PlannedFault) => Promise<void>;

export type { DoneFault };
