/**
 * EIP-712 typed data, as much of it as the venue uses: flat structs under a domain that has a name,
 * version 1, a chain id and no contract. No nested structs, no arrays; it neither signs nor recovers.
 *
 * Source: https://eips.ethereum.org/EIPS/eip-712
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

const WORD_BYTES = 32;
const HEX_DIGITS = 2 * WORD_BYTES;

/** The values of a struct by field; what the type does not name is left out of the hash. */
export type Struct = Readonly<Record<string, string | number | boolean | undefined>>;

/** The hash of a text: the word of a string field. */
export function hashText(text: string): Uint8Array {
  return keccak_256(utf8ToBytes(text));
}

function integerWord(value: number | bigint): Uint8Array {
  return hexToBytes(BigInt(value).toString(16).padStart(HEX_DIGITS, '0'));
}

const hexWord = (hex: string): Uint8Array =>
  hexToBytes(hex.replace(/^0x/, '').padStart(HEX_DIGITS, '0'));

/** How the word of a field is made of its value, by the field's type. */
const ENCODERS = new Map<string, (value: string | number | boolean) => Uint8Array>([
  ['string', (value) => hashText(String(value))],
  ['address', (value) => hexWord(String(value))],
  ['bytes32', (value) => hexWord(String(value))],
  ['bool', (value) => integerWord(value ? 1 : 0)],
  ['uint64', (value) => integerWord(BigInt(value))],
]);

const DOMAIN_TYPE_HASH = hashText(
  'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)',
);

/** The separator of a domain of version 1 without a contract. */
export function domainSeparator(name: string, chainId: number | bigint): Uint8Array {
  return keccak_256(
    concatBytes(
      DOMAIN_TYPE_HASH,
      hashText(name),
      hashText('1'),
      integerWord(chainId),
      integerWord(0),
    ),
  );
}

/**
 * Makes the hash function of a struct type, given as EIP-712 writes it: `Name(type field,…)`.
 * In the structs, addresses and bytes are hex text.
 * @returns a function that throws RangeError when a field is missing.
 * @throws RangeError when the type has a field that is none of string, address, bytes32, bool, uint64.
 */
export function structHasher(type: string): (struct: Struct) => Uint8Array {
  const typeHash = hashText(type);
  const fields = type.slice(type.indexOf('(') + 1, -1).split(',');
  const encoders = fields.map((field) => {
    const [fieldType = '', name = ''] = field.split(' ');
    const encode = ENCODERS.get(fieldType);
    if (encode === undefined) throw new RangeError(`${type}: ${fieldType} is no known field type`);
    return { name, encode };
  });
  return (struct) => {
    const words = encoders.map(({ name, encode }) => {
      const value = struct[name];
      if (value === undefined) throw new RangeError(`${type}: ${name} must be given`);
      return encode(value);
    });
    return keccak_256(concatBytes(typeHash, ...words));
  };
}

/** What a key signs: the hash of a domain and a struct. */
export function typedDataDigest(domain: Uint8Array, structHash: Uint8Array): Uint8Array {
  return keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domain, structHash));
}
