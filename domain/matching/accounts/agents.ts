/**
 * Agents: addresses that sign for an account and can take nothing out of it. An account has one
 * without a name and some with names; a new one under the same name removes the old. An address
 * that once was an agent is never one again. Judges no signature.
 *
 * Source: the venue's documentation, "Nonces and API wallets"; texts as recorded, where they are.
 */

import type { AccountState, Step, VenueState } from '../state/state.ts';
import type { AccountAction } from './account-actions.ts';
import type { Agent } from './account-standing.ts';
import type { AgentView, UserRole } from './account-views.ts';

type ApproveAgent = Extract<AccountAction, { type: 'approveAgent' }>;

const NO_ADDRESS = '0x0000000000000000000000000000000000000000';
const LONGEST_NAME = 16;
const FREE_NAMES = 3;
const NAMES_PER_SUB_ACCOUNT = 2;
/** Also the most that can be asked for. */
const VALIDITY_MS = 180 * 86_400_000;
/** `name valid_until 1790000000000` asks for an expiry. */
const WITH_EXPIRY = /^(.*?) ?valid_until (\d{1,15})$/;

const isActive = (agent: Agent, atMs: number): boolean =>
  !agent.isRemoved && atMs < agent.validUntilMs;

/** The account that the address is an agent of at the time. */
export function principalOf(state: VenueState, address: string, atMs: number): string | undefined {
  const agent = state.agents.get(address);
  return agent && isActive(agent, atMs) ? agent.account : undefined;
}

function activeAgents(state: VenueState, account: string, atMs: number): Agent[] {
  return [...state.agents.values()].filter(
    (agent) => agent.account === account && isActive(agent, atMs),
  );
}

/** Who may sign for the account at the time, oldest first; at most one has no name. */
export const agentViews = (state: VenueState, account: string, atMs: number): AgentView[] =>
  activeAgents(state, account, atMs).map(({ name, address, validUntilMs }) => ({
    name,
    address,
    validUntil: validUntilMs,
  }));

interface WantedAgent {
  readonly name: string;
  readonly validUntilMs: number;
}

function readName(text: string, atMs: number): WantedAgent | string {
  const [, name = text, expiry] = WITH_EXPIRY.exec(text) ?? [];
  // The venue's text for a long name is not recorded; formed like its siblings.
  if (name.length > LONGEST_NAME) return `Agent name is too long. Limit is ${LONGEST_NAME}`;
  const latest = atMs + VALIDITY_MS;
  if (expiry === undefined) return { name, validUntilMs: latest };
  if (Number(expiry) <= atMs) return 'Agent valid_until already expired.';
  return { name, validUntilMs: Math.min(Number(expiry), latest) };
}

/** Returns the venue's refusal, or undefined when the agent was approved or removed. */
export function approveAgent(
  step: Step,
  account: AccountState,
  action: ApproveAgent,
): string | undefined {
  const wanted = readName(action.agentName ?? '', step.atMs);
  if (typeof wanted === 'string') return wanted;
  const { state, atMs } = step;
  const active = activeAgents(state, account.address, atMs);
  const previous = active.find(({ name }) => name === wanted.name);
  if (action.agentAddress !== NO_ADDRESS) {
    const address = action.agentAddress.toLowerCase();
    const isRenewal = previous?.address === address;
    if (!isRenewal && (state.agents.has(address) || state.accounts.has(address))) {
      return 'Extra agent already used.';
    }
    const limit = FREE_NAMES + NAMES_PER_SUB_ACCOUNT * account.standing.subAccounts.length;
    const names = active.filter(({ name }) => name !== '').length;
    if (!previous && wanted.name !== '' && names >= limit) {
      return `Too many extra agents for cumulative volume traded. Current limit is ${limit}`;
    }
    if (previous) previous.isRemoved = true;
    const agent: Agent = { ...wanted, address, account: account.address, isRemoved: false };
    state.agents.set(address, agent);
  } else if (previous) previous.isRemoved = true;
  return undefined;
}

/** What an address is to the venue. */
export function roleOf(state: VenueState, address: string, atMs: number): UserRole {
  const user = principalOf(state, address, atMs);
  if (user !== undefined) return { role: 'agent', data: { user } };
  const account = state.accounts.get(address);
  if (!account) return { role: 'missing' };
  const { master } = account.standing;
  return master === null ? { role: 'user' } : { role: 'subAccount', data: { master } };
}
