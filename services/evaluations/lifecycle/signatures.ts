// A person signs the hash of a protocol with an Ed25519 key of their own; the private half never reaches the store.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { UserError } from '../../platform/errors.ts';

/** The text that is signed: it names the evaluation, so that a signature is good for one protocol of one evaluation. */
export const signedText = (evaluation: string, protocolHash: string): Buffer =>
  Buffer.from(`waymark protocol 1\n${evaluation}\n${protocolHash}\n`, 'utf8');

// The fixed first bytes of an Ed25519 public key in SubjectPublicKeyInfo (RFC 8410); the key's 32 bytes follow.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const rawOf = (key: KeyObject): Buffer =>
  (key.type === 'public' ? key : createPublicKey(key))
    .export({ format: 'der', type: 'spki' })
    .subarray(SPKI_PREFIX.length);

const fromRaw = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });

/** A new key pair: the private half as PKCS #8 PEM, the public one as its 32 bytes. */
export function newKeyPair(): { privatePem: string; publicKey: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicKey: rawOf(publicKey),
  };
}

function ed25519(pem: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    const key = read(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The same sentence for anything that is not such a key.
  }
  throw new UserError(
    'bad-key',
    'The key file does not hold an Ed25519 key in PEM: make one with `waymark signer create`.',
    {
      field: 'key',
    },
  );
}

/** @throws UserError `bad-key` */
export const publicKeyOf = (pem: string): Buffer => rawOf(ed25519(pem, createPublicKey));

/** Signs, and gives the signer's public key with the signature. @throws UserError `bad-key` */
export function signProtocol(privatePem: string, evaluation: string, protocolHash: string) {
  const key = ed25519(privatePem, createPrivateKey);
  return { publicKey: rawOf(key), signature: sign(null, signedText(evaluation, protocolHash), key) };
}

/** Whether the signature over this protocol of this evaluation was made with the private half of `publicKey`. */
export function isSignedBy(
  publicKey: Uint8Array,
  signature: Uint8Array,
  evaluation: string,
  protocolHash: string,
): boolean {
  return (
    publicKey.length === 32 &&
    verify(null, signedText(evaluation, protocolHash), fromRaw(publicKey), signature)
  );
}
