// Identifiers become pseudonyms here and nowhere else: HMAC-SHA-256 under a key that never leaves the council,
// with a separate domain for each kind of thing, so that a child's and a family's pseudonym can never be matched by value.
import { createHmac } from 'node:crypto';
import { UserError } from '../platform/errors.ts';

export const KEY_BYTES = 32;

/** Pseudonyms of one study: a letter for the kind and 128 bits in hexadecimal. Equal inputs give equal pseudonyms. */
export interface Pseudonymiser {
  child(localId: string): string;
  family(localId: string): string;
  /** `localId` need only be unique among the child's records of that kind. */
  record(childLocalId: string, kind: string, localId: string): string;
}

/** @throws UserError `bad-pseudonym-key` when the key is not 32 bytes. */
export function pseudonymiser(key: Uint8Array): Pseudonymiser {
  if (key.length !== KEY_BYTES) {
    throw new UserError(
      'bad-pseudonym-key',
      `The pseudonym key must be ${KEY_BYTES} bytes: make one with waymark council keygen.`,
    );
  }
  const under = (letter: string, domain: string, ...parts: string[]): string => {
    const mac = createHmac('sha256', key).update(JSON.stringify([domain, ...parts]));
    return letter + mac.digest('hex').slice(0, 32);
  };
  return {
    child: (localId) => under('c', 'child', localId),
    family: (localId) => under('f', 'family', localId),
    record: (childLocalId, kind, localId) => under('r', 'record', childLocalId, kind, localId),
  };
}
