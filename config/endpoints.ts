/**
 * Where the parts are reached: what the environment or flags say, else what the running stack wrote
 * down, else what follows from the defaults. Looking up endpoints contacts nothing.
 */
import type { Network } from '../domain/kernel/ids.ts';
import type { LoadedConfig } from './load.ts';
import { type RuntimeReading, readRuntime } from './runtime-state.ts';
import type { Config } from './schema.ts';

export interface Endpoints {
  readonly network: Network;
  readonly deployment: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Absent for a Temporal server that is not ours. */
  readonly temporalUiUrl?: string;
  readonly ledgerUrl: string;
  readonly exchangeUrl: string;
  readonly exchangeWsUrl: string;
  readonly dashboardUrl: string;
  /** Absent until a key exists or an account is configured. */
  readonly account?: string;
}

/** Source: the venue's documentation, "API servers". */
const TESTNET_URL = 'https://api.hyperliquid-testnet.xyz';
const MAINNET_URL = 'https://api.hyperliquid.xyz';

/** The WebSocket URL that belongs to an HTTP base URL: same host, `/ws`. */
export function wsUrlOf(httpUrl: string): string {
  const url = new URL(httpUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/ws`;
  return url.toString();
}

function exchangeUrlOf(config: Config): string {
  if (config.exchange.url !== undefined) return config.exchange.url;
  if (config.network === 'testnet') return TESTNET_URL;
  if (config.network === 'mainnet') return MAINNET_URL;
  return `http://127.0.0.1:${config.paper.port}`;
}

/** The endpoints that follow from the settings alone. */
export function configuredEndpoints(config: Config): Endpoints {
  const exchangeUrl = exchangeUrlOf(config);
  const ownsTemporal = config.temporal.address === undefined;
  return {
    network: config.network,
    deployment: config.deployment,
    temporalAddress: config.temporal.address ?? `127.0.0.1:${config.temporal.port}`,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal.taskQueue,
    ...(ownsTemporal ? { temporalUiUrl: `http://127.0.0.1:${config.temporal.uiPort}` } : {}),
    ledgerUrl:
      config.ledger.url ?? `postgres://postgres:postgres@127.0.0.1:${config.ledger.port}/postgres`,
    exchangeUrl,
    exchangeWsUrl: config.exchange.wsUrl ?? wsUrlOf(exchangeUrl),
    dashboardUrl: `http://${hostInUrl(config.dashboard.host)}:${config.dashboard.port}`,
    ...(config.account === undefined ? {} : { account: config.account.toLowerCase() }),
  };
}

const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Which setting decides each endpoint; a running stack's value stands unless one of them is set. */
const DECIDED_BY: Readonly<Record<keyof Endpoints, readonly string[]>> = {
  network: ['network'],
  deployment: ['deployment'],
  temporalAddress: ['temporal.address', 'temporal.port'],
  namespace: ['temporal.namespace'],
  taskQueue: ['temporal.taskQueue'],
  temporalUiUrl: ['temporal.address', 'temporal.uiPort'],
  ledgerUrl: ['ledger.url', 'ledger.port'],
  exchangeUrl: ['exchange.url', 'network', 'paper.port'],
  exchangeWsUrl: ['exchange.wsUrl', 'exchange.url', 'network', 'paper.port'],
  dashboardUrl: ['dashboard.port', 'dashboard.host'],
  account: ['account'],
};

export interface ResolvedEndpoints {
  readonly endpoints: Endpoints;
  /** What was found in the data folder, to say whether a stack runs there. */
  readonly runtime: RuntimeReading;
}

/** The endpoints of a command in this folder. */
export function resolveEndpoints(loaded: LoadedConfig): ResolvedEndpoints {
  const runtime = readRuntime(loaded.config.dataDir);
  const configured = configuredEndpoints(loaded.config);
  if (runtime.kind !== 'running') return { endpoints: configured, runtime };
  const isSet = (field: keyof Endpoints): boolean =>
    DECIDED_BY[field].some((key) => loaded.sourceOf(key) !== undefined);
  const fields = Object.keys(DECIDED_BY) as (keyof Endpoints)[];
  const fromStack = Object.fromEntries(
    fields.filter((field) => !isSet(field)).map((field) => [field, runtime.state[field]]),
  ) as Partial<Endpoints>;
  return { endpoints: { ...configured, ...fromStack }, runtime };
}
