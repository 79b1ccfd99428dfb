/**
 * Whose account is traded, and by whose key. An agent's address reads as an empty account, funds may
 * lie where orders cannot use them, and a key that was never approved signs in vain: each looks like
 * "balance 0" or "does not exist", and is told apart here.
 */
import { z } from 'zod';
import type { Endpoints } from '../../config/endpoints.ts';
import { decimal } from '../../domain/kernel/decimal.ts';
import {
  clearinghouseStateSchema,
  spotClearinghouseStateSchema,
  userRoleSchema,
} from '../../gateways/hyperliquid/wire/info-account.ts';
import { userAbstractionSchema } from '../../gateways/hyperliquid/wire/info-people.ts';
import { askExchange, reasonOf } from './ask-exchange.ts';
import { type Check, failure, fine, unreachable, warning } from './check.ts';
import type { Expectation } from './part-checks.ts';

const NAME = 'account';
const SET_ACCOUNT = 'PERPETUA_ACCOUNT';

export interface TradedAccount {
  readonly account: string | undefined;
  /** Address of the key that signs orders. */
  readonly signer: string | undefined;
}

type Role = z.infer<typeof userRoleSchema>;
type Ask = <Schema extends z.ZodType>(
  type: string,
  user: string,
  schema: Schema,
) => Promise<z.infer<Schema>>;

function notTraded(account: string, what: string): Check {
  const detail = `${account} is ${what}: this version trades master accounts only`;
  return failure(NAME, detail, `set ${SET_ACCOUNT} to a master account`);
}

/** What is wrong with trading this account at all; undefined when nothing is. */
function wrongAccount(account: string, role: Role): Check | undefined {
  switch (role.role) {
    case 'agent':
      return failure(
        NAME,
        `${account} is an agent of ${role.data.user}: it signs, and owns nothing`,
        `${SET_ACCOUNT}=${role.data.user}, and keep the agent's key`,
      );
    case 'vault':
      return notTraded(account, 'a vault');
    case 'subAccount':
      return notTraded(account, `a sub-account of ${role.data.master}`);
    case 'missing': {
      const detail = `${account}: the exchange has never seen it`;
      return failure(NAME, detail, `deposit USDC, or correct ${SET_ACCOUNT}`);
    }
    default:
      return undefined;
  }
}

/** Whether the key may sign for the account: it is the account's own, or of an approved agent. */
function wrongSigner(account: string, signer: string, role: Role): Check | undefined {
  if (role.role === 'agent' && role.data.user.toLowerCase() === account) return undefined;
  const what = role.role === 'agent' ? `an agent of ${role.data.user}` : `no agent (${role.role})`;
  const detail = `orders for ${account} are signed by ${signer}, which is ${what}`;
  return failure(
    NAME,
    detail,
    `approve ${signer} as an agent of ${account}, or correct ${SET_ACCOUNT}`,
  );
}

/** What the account has for perpetuals, and where else its USDC lies. */
async function balanceOf(account: string, ask: Ask): Promise<Check> {
  const { marginSummary } = await ask('clearinghouseState', account, clearinghouseStateSchema);
  const equityUsd = decimal(marginSummary.accountValue);
  if (equityUsd.gt(0)) return fine(NAME, `${account} has ${equityUsd} USD for perpetuals`);
  const spot = await ask('spotClearinghouseState', account, spotClearinghouseStateSchema);
  const spotUsd = spot.balances.find(({ coin }) => coin === 'USDC')?.total ?? '0';
  const mode = await ask('userAbstraction', account, userAbstractionSchema);
  if (mode === 'unifiedAccount' || mode === 'portfolioMargin') {
    const detail = `${account} is in mode ${mode}: its ${spotUsd} USDC are read as 0 for perpetuals`;
    return failure(NAME, detail, "turn the account's mode off (disabled) on the exchange's page");
  }
  const detail = `${account} has 0 USD for perpetuals and ${spotUsd} USDC in spot`;
  const mend = decimal(spotUsd).gt(0) ? 'transfer USDC from spot to perpetuals' : 'deposit USDC';
  return warning(NAME, detail, mend);
}

/** Resolves roles and mode of account and signer before anything is said of the balance. */
export async function checkAccount(
  { account: shown, signer }: TradedAccount,
  { exchangeUrl }: Pick<Endpoints, 'exchangeUrl'>,
  expectation: Expectation,
): Promise<Check> {
  const account = (shown ?? signer)?.toLowerCase();
  if (expectation === 'not started' || account === undefined) {
    return warning(NAME, 'not known before the first start', 'perpetua up');
  }
  const ask: Ask = async (type, user, schema) => {
    const answer = schema.safeParse(await askExchange(exchangeUrl, type, { user }));
    if (answer.success) return answer.data;
    throw new Error(`${type}: ${z.prettifyError(answer.error).replaceAll(/\s+/g, ' ')}`);
  };
  try {
    const wrong = wrongAccount(account, await ask('userRole', account, userRoleSchema));
    if (wrong !== undefined) return wrong;
    const key = signer?.toLowerCase();
    if (key !== undefined && key !== account) {
      const refused = wrongSigner(account, key, await ask('userRole', key, userRoleSchema));
      if (refused !== undefined) return refused;
    }
    return await balanceOf(account, ask);
  } catch (error) {
    const detail = `${exchangeUrl} did not tell of ${account}: ${reasonOf(error)}`;
    return unreachable(NAME, detail, 'see the check of the exchange');
  }
}
