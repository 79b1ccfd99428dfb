/**
 * Moving USDC: between an account's perpetuals and its spot balance, to sub-accounts, to others, out
 * of the venue. Nothing leaves the perpetuals that margin needs. Texts are the venue's where they
 * are recorded. Spot holds USDC alone; there are no vaults.
 */

import { MOST_CASH, withdrawableUsd } from '../margin/margin.ts';
import { exact, MICRO, type Micro, plainText, readAmount, wireText } from '../state/fixed-point.ts';
import { recordLedger, recordTransfer } from '../state/ledger.ts';
import { type AccountState, emptyAccount, type Step } from '../state/state.ts';
import type { AccountAction, SendAssetAction } from './account-actions.ts';
import { ownSubAccount } from './acting.ts';

type Action<Type extends AccountAction['type']> = Extract<AccountAction, { type: Type }>;
/** The venue's refusal, or undefined when the money has moved. */
type Refusal = string | undefined;

/** Taken off what is withdrawn; source: the venue's documentation, "Bridge". */
const WITHDRAWAL_FEE: Micro = MICRO;
/** Paid on top by who first sends to an address; source: the documentation, "Activation gas fee". */
const NEW_ACCOUNT_FEE: Micro = MICRO;
const INVALID_SEND = 'Invalid send';
/** By name, or by name and the token's id as `spotMeta` has it. */
const USDC = /^USDC(:0x[0-9a-fA-F]{32})?$/;
const CLASS_AMOUNT = /^(\S+)(?: +subaccount:(0x[0-9a-fA-F]{40}))?$/;

/** One of the two places in which an account has USDC. */
interface Purse {
  readonly account: AccountState;
  readonly isSpot: boolean;
}

const perps = (account: AccountState): Purse => ({ account, isSpot: false });
const spot = (account: AccountState): Purse => ({ account, isSpot: true });

const balanceOf = ({ account, isSpot }: Purse): Micro => (isSpot ? account.spotUsd : account.cash);

function add({ account, isSpot }: Purse, amount: Micro): void {
  if (isSpot) account.spotUsd = exact(account.spotUsd + amount, 'spot balance');
  else account.cash = exact(account.cash + amount, 'account cash');
}

/** Takes an amount out of a purse, if that much is free. */
function take(step: Step, purse: Purse, amount: Micro): Refusal {
  const { account, isSpot } = purse;
  const free = isSpot ? account.spotUsd : withdrawableUsd(step, account);
  if (amount > free) {
    return `Insufficient balance for ${isSpot ? 'token transfer' : 'withdrawal'}`;
  }
  add(purse, 0 - amount);
  return undefined;
}

/** Moves an amount, and takes a fee on top of it; nothing moves when it is refused. */
function move(step: Step, from: Purse, to: Purse, amount: Micro, fee: Micro = 0): Refusal {
  const isSame = from.account === to.account && from.isSpot === to.isSpot;
  if (amount <= 0 || isSame) return INVALID_SEND;
  if (amount > MOST_CASH || balanceOf(to) + amount > MOST_CASH) {
    return `Account cannot hold more than ${plainText(MOST_CASH)} USDC`;
  }
  const refused = take(step, from, amount + fee);
  if (refused !== undefined) return refused;
  add(to, amount);
  step.state.fees += BigInt(fee);
  return undefined;
}

/** Whom an address is; opened only when something has arrived. */
const recipient = (step: Step, address: string): AccountState =>
  step.state.accounts.get(address.toLowerCase()) ?? emptyAccount(address.toLowerCase());

/** Moves an amount to anybody; who is new costs a fee. */
function send(step: Step, from: Purse, to: Purse, amount: Micro): { fee: Micro } | string {
  const isNew = !step.state.accounts.has(to.account.address);
  const fee = isNew ? NEW_ACCOUNT_FEE : 0;
  const refused = move(step, from, to, amount, fee);
  if (refused !== undefined) return refused;
  step.state.accounts.set(to.account.address, to.account);
  return { fee };
}

export function usdSend(step: Step, account: AccountState, action: Action<'usdSend'>): Refusal {
  const amount = readAmount(action.amount) ?? 0;
  const to = recipient(step, action.destination);
  const sent = send(step, perps(account), perps(to), amount);
  if (typeof sent === 'string') return sent;
  recordTransfer(step, account, to, {
    type: 'internalTransfer',
    usdc: wireText(amount),
    fee: wireText(sent.fee),
    user: account.address,
    destination: to.address,
  });
  return undefined;
}

const tokenAmount = (
  from: AccountState,
  to: AccountState,
  amount: Micro,
  fee: Micro,
  nonce: number | null,
) =>
  ({
    token: 'USDC',
    amount: wireText(amount),
    usdcValue: wireText(amount),
    user: from.address,
    destination: to.address,
    fee: wireText(fee),
    nativeTokenFee: '0.0',
    nonce,
    feeToken: fee === 0 ? '' : 'USDC',
  }) as const;

export function spotSend(step: Step, account: AccountState, action: Action<'spotSend'>): Refusal {
  if (!USDC.test(action.token)) return INVALID_SEND;
  const amount = readAmount(action.amount) ?? 0;
  const to = recipient(step, action.destination);
  const sent = send(step, spot(account), spot(to), amount);
  if (typeof sent === 'string') return sent;
  const row = tokenAmount(account, to, amount, sent.fee, action.time);
  recordTransfer(step, account, to, { type: 'spotTransfer', ...row });
  return undefined;
}

/** Out of the venue: the fee comes off the amount. */
export function withdraw(step: Step, account: AccountState, action: Action<'withdraw3'>): Refusal {
  const amount = readAmount(action.amount) ?? 0;
  if (amount <= WITHDRAWAL_FEE) return INVALID_SEND;
  const refused = take(step, perps(account), amount);
  if (refused !== undefined) return refused;
  const paidOut = amount - WITHDRAWAL_FEE;
  step.state.withdrawn += BigInt(paidOut);
  step.state.fees += BigInt(WITHDRAWAL_FEE);
  recordLedger(step, account, {
    type: 'withdraw',
    usdc: wireText(paidOut),
    nonce: action.time,
    fee: wireText(WITHDRAWAL_FEE),
  });
  return undefined;
}

const notOurs = (from: string, to: string): string =>
  `Invalid sub-account transfer from ${from} to ${to}`;

/** Between the perpetuals and the spot balance of one account, or of one of its sub-accounts. */
export function usdClassTransfer(
  step: Step,
  account: AccountState,
  { amount: text, toPerp }: Action<'usdClassTransfer'>,
): Refusal {
  const [, amountText = '', subAccount] = CLASS_AMOUNT.exec(text) ?? [];
  const owner = subAccount === undefined ? account : ownSubAccount(step.state, account, subAccount);
  if (!owner) return notOurs(account.address, subAccount ?? '');
  const amount = readAmount(amountText) ?? 0;
  const [from, to] = toPerp ? [spot(owner), perps(owner)] : [perps(owner), spot(owner)];
  const refused = move(step, from, to, amount);
  if (refused !== undefined) return refused;
  recordLedger(step, owner, { type: 'accountClassTransfer', usdc: wireText(amount), toPerp });
  return undefined;
}

interface SubAccountMove {
  readonly subAccountUser: string;
  readonly isDeposit: boolean;
}

/** Master and sub-account in the direction of the move, or a refusal. */
function endsOf(step: Step, master: AccountState, { subAccountUser, isDeposit }: SubAccountMove) {
  const sub = ownSubAccount(step.state, master, subAccountUser);
  if (!sub) {
    const [from, to] = isDeposit
      ? [master.address, subAccountUser]
      : [subAccountUser, master.address];
    return notOurs(from, to);
  }
  return isDeposit ? ([master, sub] as const) : ([sub, master] as const);
}

export function subAccountTransfer(
  step: Step,
  master: AccountState,
  action: Action<'subAccountTransfer'>,
): Refusal {
  const ends = endsOf(step, master, action);
  if (typeof ends === 'string') return ends;
  const [from, to] = ends;
  const refused = move(step, perps(from), perps(to), action.usd);
  if (refused !== undefined) return refused;
  recordTransfer(step, from, to, {
    type: 'subAccountTransfer',
    usdc: wireText(action.usd),
    user: from.address,
    destination: to.address,
  });
  return undefined;
}

export function subAccountSpotTransfer(
  step: Step,
  master: AccountState,
  action: Action<'subAccountSpotTransfer'>,
): Refusal {
  const ends = endsOf(step, master, action);
  if (typeof ends === 'string') return ends;
  if (!USDC.test(action.token)) return INVALID_SEND;
  const [from, to] = ends;
  const amount = readAmount(action.amount) ?? 0;
  const refused = move(step, spot(from), spot(to), amount);
  if (refused !== undefined) return refused;
  recordTransfer(step, from, to, {
    type: 'spotTransfer',
    ...tokenAmount(from, to, amount, 0, null),
  });
  return undefined;
}

/** The purse that a dex means; there are two. */
function purseAt(account: AccountState, dex: string): Purse | undefined {
  if (dex === '') return perps(account);
  return dex === 'spot' ? spot(account) : undefined;
}

/** Sends between dexes, to oneself or to others; an agent's only within its principal's accounts. */
export function sendAsset(
  step: Step,
  account: AccountState,
  action: SendAssetAction<'sendAsset' | 'agentSendAsset'>,
): Refusal {
  const { sourceDex, destinationDex, fromSubAccount } = action;
  const to = recipient(step, action.destination);
  const sender =
    fromSubAccount === '' ? account : ownSubAccount(step.state, account, fromSubAccount);
  if (!sender) return notOurs(fromSubAccount, to.address);
  const isWithin = to === account || to.standing.master === account.address;
  if (action.type === 'agentSendAsset' && !isWithin) {
    return 'Agent can only send asset to same user or their sub-accounts.';
  }
  const [from, into] = [purseAt(sender, sourceDex), purseAt(to, destinationDex)];
  if (!from || !into || !USDC.test(action.token)) return INVALID_SEND;
  const amount = readAmount(action.amount) ?? 0;
  const sent = send(step, from, into, amount);
  if (typeof sent === 'string') return sent;
  const row = tokenAmount(sender, to, amount, sent.fee, action.nonce);
  recordTransfer(step, sender, to, { type: 'send', sourceDex, destinationDex, ...row });
  return undefined;
}
