// A form of a signed-in browser carries a secret of its session back, which no other website can know. It is written anew on
// every page, so that the length of a compressed page tells nothing of it (the BREACH attack).
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type Html, html } from '../page/html.ts';

const LENGTH = 32;
const FIELD = 'token';

export interface FormToken {
  /** The secret under a fresh mask: text for one page. */
  write(): string;
  /** Whether the text is the secret, whatever its mask. */
  reads(text: unknown): boolean;
}

const masked = (bytes: Buffer, mask: Buffer): Buffer =>
  Buffer.from(bytes.map((byte, at) => byte ^ (mask[at] ?? 0)));

export function createFormToken(): FormToken {
  const secret = randomBytes(LENGTH);
  return {
    write() {
      const mask = randomBytes(LENGTH);
      return Buffer.concat([mask, masked(secret, mask)]).toString('base64url');
    },
    reads(text) {
      const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64url');
      if (bytes.length !== 2 * LENGTH) return false;
      return timingSafeEqual(masked(bytes.subarray(LENGTH), bytes.subarray(0, LENGTH)), secret);
    },
  };
}

export const tokenField = (token: FormToken | undefined): Html | undefined =>
  token && html`<input type="hidden" name="${FIELD}" value="${token.write()}">`;

/** Whether the fields of a form hold the token. */
export const holdsToken = (token: FormToken, body: unknown): boolean =>
  typeof body === 'object' && body !== null && token.reads((body as Record<string, unknown>)[FIELD]);
