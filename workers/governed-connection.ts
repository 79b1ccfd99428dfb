/**
 * A connection to the venue under its rate limits, shared by all processes of one data folder. A
 * cluster gives each machine that shares an outward address its part by `exchange.weightPerMinute`.
 */
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { WorkerConfig } from '../config/worker-env.ts';
import { type AccountAddress, accountAddress } from '../domain/kernel/ids.ts';
import {
  connectVenue,
  HTTP_TIMEOUT_MS,
  type VenueConnection,
} from '../gateways/hyperliquid/connection.ts';
import { createAddressMeter } from '../gateways/hyperliquid/governor/address-meter.ts';
import { readAddressUse } from '../gateways/hyperliquid/governor/address-use.ts';
import { createGovernor } from '../gateways/hyperliquid/governor/governor.ts';
import { createRateGate, type RateGate } from '../gateways/hyperliquid/governor/rate-gate.ts';
import { machineClockMs, sharedStore } from '../gateways/hyperliquid/governor/shared-store.ts';
import { unlimitedStore } from '../gateways/hyperliquid/governor/spend-store.ts';

/**
 * Up to this speed of the tape a session's reads, which come with its bars, fit into the 720 of the
 * venue's 1,200 weight a minute that reads may use. Measured with the demo session and its start: 600
 * in the first minute at speed 5, 900 at speed 10.
 */
const GREATEST_LIMITED_SPEED = 5;

/** The rate limits of the paper exchange that we start ourselves. */
export const paperLimits = ({ paper }: Config): 'venue' | 'none' =>
  paper.speed <= GREATEST_LIMITED_SPEED ? 'venue' : 'none';

/** Source: the venue's documentation, "Rate limits and user limits". */
const VENUE_WEIGHT_PER_MINUTE = 1_200;

/** Weight a minute, or undefined where nothing is limited: a paper exchange says so itself. */
function budgetOf(config: Config): number | undefined {
  const { weightPerMinute, url } = config.exchange;
  if (weightPerMinute !== undefined) return weightPerMinute;
  const isOwnPaper = config.network === 'paper' && url === undefined;
  const isLimited = config.network !== 'paper' || (isOwnPaper && paperLimits(config) === 'venue');
  return isLimited ? VENUE_WEIGHT_PER_MINUTE : undefined;
}

/** @param onFault told when the spending cannot be shared, and this process counts for itself */
export function connectGoverned(
  { config, endpoints }: WorkerConfig,
  signer: AccountAddress,
  onFault: (message: string) => void,
): VenueConnection {
  const account = accountAddress(endpoints.account ?? signer);
  const budget = budgetOf(config);
  const openGate = (): RateGate => {
    if (budget === undefined) {
      return createRateGate(createGovernor(unlimitedStore(machineClockMs), Infinity));
    }
    const store = sharedStore(join(config.dataDir, 'rate'), process.pid, onFault);
    const ask = () => readAddressUse(connection, account);
    const meter = createAddressMeter(ask, machineClockMs, store);
    return createRateGate(createGovernor(store, budget), meter);
  };
  const connection: VenueConnection = connectVenue(
    {
      url: endpoints.exchangeUrl,
      wsUrl: endpoints.exchangeWsUrl,
      isMainnet: endpoints.network === 'mainnet',
    },
    HTTP_TIMEOUT_MS,
    openGate(),
  );
  return connection;
}
