// What workflows carry lies in Temporal sealed (AES-256-GCM). What was written before there were keys is read as it is.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { UserError } from './errors.ts';
import { type PayloadKeys, readPayloadKeys } from './payload-keys.ts';
import type { TemporalSecurity } from './secured.ts';

/** Temporal's own words for it, as its samples and tools write them. */
const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const KEY_NAME = 'encryption-key-id';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Its names cannot be seen by an `import` of Node's own. */
const { temporal } = createRequire(import.meta.url)(
  '@temporalio/proto',
) as typeof import('@temporalio/proto');
const WirePayload = temporal.api.common.v1.Payload;
const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (data: Uint8Array | null | undefined): string => Buffer.from(data ?? []).toString('utf8');

/** The payload whole, its metadata too, as nonce, ciphertext and tag; the key's name is bound in. */
function seal(payload: Payload, { inUse, keys }: PayloadKeys): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keys.get(inUse) as Buffer, nonce).setAAD(bytes(inUse));
  const data = [cipher.update(WirePayload.encode(payload).finish()), cipher.final(), cipher.getAuthTag()];
  return {
    metadata: { encoding: bytes(ENCODING), 'encryption-cipher': bytes(CIPHER), [KEY_NAME]: bytes(inUse) },
    data: Buffer.concat([nonce, ...data]),
  };
}

/** @throws UserError `unknown-payload-key`; `wrong-payload-key` when the key of that name is another or the bytes were changed */
function unseal(payload: Payload, { file, keys }: PayloadKeys): Payload {
  if (textOf(payload.metadata?.encoding) !== ENCODING) return payload;
  const name = textOf(payload.metadata?.[KEY_NAME]);
  const key = keys.get(name);
  const place = { file, field: 'WAYMARK_PAYLOAD_KEYS_FILE' };
  if (!key)
    throw new UserError(
      'unknown-payload-key',
      `What a workflow carries was sealed under the key “${name.slice(0, 64)}”, which ${file} does not hold: put its line back.`,
      place,
    );
  const sealed = Buffer.from(payload.data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(bytes(name))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const opened = [decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return WirePayload.decode(Buffer.concat(opened));
  } catch {
    throw new UserError(
      'wrong-payload-key',
      `What a workflow carries does not open under the key “${name}” of ${file}: that key is another one, or the payload was changed.`,
      place,
    );
  }
}

export const sealedPayloads = (keys: PayloadKeys): PayloadCodec => ({
  encode: async (payloads) => payloads.map((payload) => seal(payload, keys)),
  decode: async (payloads) => payloads.map((payload) => unseal(payload, keys)),
});

/**
 * What clients and workers take beside their connection.
 * @throws UserError `no-payload-keys`, `bad-payload-keys`
 */
export function temporalSealed({ payloadKeysFile }: TemporalSecurity) {
  if (payloadKeysFile === undefined) return {};
  return { dataConverter: { payloadCodecs: [sealedPayloads(readPayloadKeys(payloadKeysFile))] } };
}
