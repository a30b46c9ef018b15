// Identifiers become pseudonyms here and nowhere else: HMAC-SHA-256 under a key that never leaves the council,
// with a separate domain for each kind of thing, so that a child's and a family's pseudonym can never be matched by value.
import { hash } from 'node:crypto';
import { UserError } from '../platform/errors.ts';

export const KEY_BYTES = 32;

const BLOCK = 64;
const DIGEST = 32;
const INNER = 0x36;
const OUTER = 0x5c;

/** Bytes of a text that are hashed without a copy: more than a child's id, a kind and a date take. */
const SHORT = 512;

/**
 * HMAC-SHA-256 (RFC 2104) in hexadecimal, with the key's padding made once: a third of the time of a new Hmac object
 * for every record.
 */
function hmacOf(key: Uint8Array): (text: string) => string {
  const pad = (byte: number) => Buffer.alloc(BLOCK, byte).map((value, at) => value ^ (key[at] ?? 0));
  const inner = Buffer.alloc(BLOCK + SHORT);
  inner.set(pad(INNER));
  /** The padding and so many bytes after it. */
  const messages = Array.from({ length: SHORT + 1 }, (_, length) => inner.subarray(0, BLOCK + length));
  const outer = Buffer.alloc(BLOCK + DIGEST);
  outer.set(pad(OUTER));
  return (text) => {
    const short = text.length * 3 <= SHORT ? messages[inner.write(text, BLOCK)] : undefined;
    const message = short ?? Buffer.concat([inner.subarray(0, BLOCK), Buffer.from(text)]);
    const digest = hash('sha256', message, 'binary');
    for (let at = 0; at < DIGEST; at += 1) outer[BLOCK + at] = digest.charCodeAt(at);
    return hash('sha256', outer, 'hex');
  };
}

/** What JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;
const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** Pseudonyms of one study: a letter for the kind and 128 bits in hexadecimal. Equal inputs give equal pseudonyms. */
export interface Pseudonymiser {
  child(localId: string): string;
  family(localId: string): string;
  team(localId: string): string;
  /** `localId` need only be unique among the child's records of that kind. */
  record(childLocalId: string, kind: string, localId: string): string;
  /** The hash that `recordPseudonym` makes a record's pseudonym of: 64 hexadecimal digits in one piece, quick to read. */
  recordHash(childLocalId: string, kind: string, localId: string): string;
}

const pseudonym = (letter: string, hash: string): string => letter + hash.slice(0, 32);
export const recordPseudonym = (hash: string): string => pseudonym('r', hash);

/** @throws UserError `bad-pseudonym-key` when the key is not 32 bytes. */
export function pseudonymiser(key: Uint8Array): Pseudonymiser {
  if (key.length !== KEY_BYTES) {
    throw new UserError(
      'bad-pseudonym-key',
      `The pseudonym key must be ${KEY_BYTES} bytes: make one with waymark council keygen.`,
    );
  }
  const mac = hmacOf(key);
  /** Of the JSON of the list [domain, …parts]. */
  const under = (letter: string, list: string): string => pseudonym(letter, mac(list));
  // A child's records come one after another.
  let lastChild: string | undefined;
  let quotedChild = '';
  const recordHash = (childLocalId: string, kind: string, localId: string): string => {
    if (childLocalId !== lastChild) {
      lastChild = childLocalId;
      quotedChild = quoted(childLocalId);
    }
    return mac(`["record",${quotedChild},${quoted(kind)},${quoted(localId)}]`);
  };
  return {
    child: (localId) => under('c', `["child",${quoted(localId)}]`),
    family: (localId) => under('f', `["family",${quoted(localId)}]`),
    team: (localId) => under('t', `["team",${quoted(localId)}]`),
    record: (childLocalId, kind, localId) => recordPseudonym(recordHash(childLocalId, kind, localId)),
    recordHash,
  };
}
