/** Looks at every part and sums up: what is wrong, how to mend it, and where everything listens. */
import { type Endpoints, resolveEndpoints } from '../../config/endpoints.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { portsOf } from '../up/ports.ts';
import { checkAccount } from './account-check.ts';
import type { Check } from './check.ts';
import {
  checkDisk,
  checkKeys,
  checkPorts,
  checkRuntime,
  checkTemporalSource,
  signerOf,
} from './machine-checks.ts';
import {
  checkClock,
  checkExchange,
  checkLedger,
  checkStack,
  checkTemporal,
  checkWorkflows,
  type Expectation,
} from './part-checks.ts';
import { checkKillSwitch, checkWatchdog } from './safety-checks.ts';

/** The document of `perpetua doctor --json`; its keys are a public contract. */
export interface Diagnosis {
  readonly ok: boolean;
  readonly checks: readonly Omit<Check, 'unreachable'>[];
  readonly endpoints: Endpoints;
  /** Every port that the stack listens on, by part. */
  readonly ports: Readonly<Record<string, number>>;
  readonly ledgerUrl: string;
}

const EXIT_FAILED = 1;
const EXIT_UNREACHABLE = 4;

export async function diagnose(
  loaded: LoadedConfig,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ diagnosis: Diagnosis; exitCode: number }> {
  const { config } = loaded;
  const { endpoints, runtime } = resolveEndpoints(loaded);
  const expect = (isElsewhere: boolean): Expectation =>
    runtime.kind === 'running' || isElsewhere ? 'expected' : 'not started';
  const exchangeExpected = expect(config.exchange.url !== undefined || config.network !== 'paper');
  const checks = await Promise.all([
    checkRuntime(),
    checkTemporalSource(config, env),
    checkPorts(config, runtime),
    checkDisk(config.dataDir),
    checkKeys(config, env),
    checkStack(runtime),
    checkTemporal(endpoints, expect(config.temporal.address !== undefined)),
    checkWorkflows(endpoints, expect(config.temporal.address !== undefined)),
    checkLedger(endpoints, expect(config.ledger.url !== undefined)),
    checkExchange(endpoints, exchangeExpected),
    checkClock(endpoints, exchangeExpected),
    checkAccount(
      { account: endpoints.account, signer: signerOf(config, env) },
      endpoints,
      exchangeExpected,
    ),
    checkKillSwitch(config.dataDir),
    checkWatchdog(config.dataDir, runtime.kind === 'running' ? 'expected' : 'not started'),
  ]);
  return {
    diagnosis: {
      ok: checks.every((check) => check.status !== 'fail'),
      checks: checks.map(({ unreachable: _unreachable, ...shown }) => shown),
      endpoints,
      ports:
        runtime.kind === 'running'
          ? runtime.state.ports
          : Object.fromEntries(portsOf(config).map((use) => [use.name, use.port])),
      ledgerUrl: endpoints.ledgerUrl,
    },
    exitCode: exitCodeOf(checks),
  };
}

export function exitCodeOf(checks: readonly Check[]): number {
  const failed = checks.filter((check) => check.status === 'fail');
  if (failed.length === 0) return 0;
  return failed.some((check) => check.unreachable !== true) ? EXIT_FAILED : EXIT_UNREACHABLE;
}
