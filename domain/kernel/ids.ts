/**
 * Identities. Every id is derived from business facts, never from a run id, an attempt number or a
 * random draw, so that a restart, a reset or a second start of the same intent finds the same order.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

declare const idKind: unique symbol;
type Id<Kind extends string> = string & { readonly [idKind]: Kind };

/** An account: `0x` and 40 lower-case hex digits. */
export type AccountAddress = Id<'AccountAddress'>;
/** The business key of one intent; at most 128 characters of `A-Z a-z 0-9 . _ : / @ -`. */
export type IntentId = Id<'IntentId'>;
/** A client order id on the venue's wire: `0x` and 32 lower-case hex digits. */
export type Cloid = Id<'Cloid'>;
/** Four bytes that tell our orders from foreign ones: 8 lower-case hex digits. */
export type DeploymentTag = Id<'DeploymentTag'>;

export type Network = 'paper' | 'testnet' | 'mainnet';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const INTENT_ID = /^[A-Za-z0-9._:/@-]{1,128}$/;
const TAG = /^[0-9a-f]{8}$/;

/** @throws RangeError unless the text is a 20-byte hex address. */
export function accountAddress(text: string): AccountAddress {
  if (!ADDRESS.test(text)) {
    throw new RangeError(`account ${JSON.stringify(text)}: must be 0x and 40 hex digits`);
  }
  return text.toLowerCase() as AccountAddress;
}

/** Whether the text can be an intent id (see {@link IntentId}). */
export function isIntentId(text: string): text is IntentId {
  return INTENT_ID.test(text);
}

/** @throws RangeError unless the text is a legal intent id. */
export function intentId(text: string): IntentId {
  if (!isIntentId(text)) {
    throw new RangeError(
      `intent key ${JSON.stringify(text)}: must be 1 to 128 characters of A-Z a-z 0-9 . _ : / @ -`,
    );
  }
  return text;
}

/** Lower-case hex SHA-256 of UTF-8 text. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** The deployment tag of a name: the first four bytes of its SHA-256. */
export function deploymentTag(name: string): DeploymentTag {
  return sha256Hex(`perpetua-deployment|${name}`).slice(0, 8) as DeploymentTag;
}

/** The facts that a client order id is made of. */
export interface CloidFacts {
  readonly tag: DeploymentTag;
  readonly network: Network;
  readonly account: AccountAddress;
  readonly strategy: string;
  readonly intentId: IntentId;
  readonly leg: string;
  /** Counts re-quotes of the same intent, each opened only after proof that the last is dead. */
  readonly epoch: number;
}

/** Names that were derived a moment ago: every retry and every look at an order derives its own again. */
const recent = new Map<string, Cloid>();
const MOST_RECENT = 1_024;

/**
 * cloid = 4-byte tag + first 12 bytes of SHA-256 over (version, network, account, strategy, intent,
 * leg, epoch). 96 bits of hash: a collision among 10^9 orders has a chance of about 6e-12.
 */
export function deriveCloid(facts: CloidFacts): Cloid {
  if (!TAG.test(facts.tag))
    throw new RangeError(`deployment tag ${facts.tag}: must be 8 hex digits`);
  const { tag, network, account, strategy, intentId: intent, leg, epoch } = facts;
  const text = `v1|${network}|${account}|${strategy}|${intent}|${leg}|${epoch}`;
  const key = `${tag}|${text}`;
  const known = recent.get(key);
  if (known !== undefined) return known;
  const cloid = `0x${tag}${sha256Hex(text).slice(0, 24)}` as Cloid;
  if (recent.size >= MOST_RECENT) recent.clear();
  recent.set(key, cloid);
  return cloid;
}

/** Whether a venue order's cloid carries our deployment's tag. */
export function carriesTag(cloid: string | null | undefined, tag: DeploymentTag): boolean {
  return cloid?.slice(2, 10).toLowerCase() === tag;
}

export const orderWorkflowId = (account: AccountAddress, intent: IntentId): string =>
  `order:${account}:${intent}`;
export const parentWorkflowId = (account: AccountAddress, intent: IntentId): string =>
  `parent:${account}:${intent}`;
export const sessionWorkflowId = (account: AccountAddress, name: string): string =>
  `session:${account}:${name}`;
export const accountWorkflowId = (account: AccountAddress): string => `account:${account}`;

const isPlain = (value: unknown): boolean => value === null || typeof value !== 'object';

/** The same with sorted keys. Long columns of numbers, which most of it is, are passed on as they are. */
function inOrder(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return inOrder(toJSON.call(value));
  if (Array.isArray(value)) return value.every(isPlain) ? value : value.map(inOrder);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}

/** JSON with sorted keys: the same facts give the same text, whatever order they were built in. */
export const canonicalJson = (value: unknown): string => JSON.stringify(inOrder(value));
