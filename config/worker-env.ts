/**
 * What a long-lived process is told by whoever starts it: one JSON text in PERPETUA_WORKER_CONFIG.
 * The key that signs is never part of it: it comes from its own variable or the key file.
 */
import { z } from 'zod';
import { ConfigError, shownValue } from './config-error.ts';
import { type Endpoints, resolveEndpoints } from './endpoints.ts';
import { loadConfig } from './load.ts';
import { type Config, configSchema } from './schema.ts';

export const WORKER_CONFIG_ENV = 'PERPETUA_WORKER_CONFIG';

/** Everything that the trading worker and the dashboard need to know. */
export interface WorkerConfig {
  readonly config: Config;
  readonly endpoints: Endpoints;
}

const endpointsSchema = z.strictObject({
  network: z.enum(['paper', 'testnet', 'mainnet']),
  deployment: z.string(),
  temporalAddress: z.string(),
  namespace: z.string(),
  taskQueue: z.string(),
  temporalUiUrl: z.string().optional(),
  ledgerUrl: z.string(),
  exchangeUrl: z.string(),
  exchangeWsUrl: z.string(),
  dashboardUrl: z.string(),
  account: z.string().optional(),
});

const workerSchema = z.strictObject({ config: configSchema, endpoints: endpointsSchema });

/** The environment variables that hand the configuration to a child. */
export function workerEnv(worker: WorkerConfig): Readonly<Record<string, string>> {
  return { [WORKER_CONFIG_ENV]: JSON.stringify(worker) };
}

/**
 * The configuration of this process: what its parent handed over, or, started by hand, what the
 * settings and the running stack of the working folder say.
 * @throws ConfigError
 */
export async function readWorkerConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<WorkerConfig> {
  const text = env[WORKER_CONFIG_ENV];
  if (text === undefined || text === '') {
    const loaded = await loadConfig({ env });
    return { config: loaded.config, endpoints: resolveEndpoints(loaded).endpoints };
  }
  const parsed = workerSchema.safeParse(parseJson(text));
  if (parsed.success) {
    const { account, temporalUiUrl, ...endpoints } = parsed.data.endpoints;
    return {
      config: parsed.data.config,
      endpoints: {
        ...endpoints,
        ...(account === undefined ? {} : { account }),
        ...(temporalUiUrl === undefined ? {} : { temporalUiUrl }),
      },
    };
  }
  throw new ConfigError(
    parsed.error.issues.map((issue) => ({
      field: issue.path.join('.') || 'content',
      value: shownValue(text),
      rule: issue.message,
      source: `environment ${WORKER_CONFIG_ENV}`,
    })),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
