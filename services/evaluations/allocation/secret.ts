// The seed leaves the process only sealed (AES-256-GCM under a key that the database never holds), until it is revealed.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { contentHash } from '../../platform/content-hash.ts';
import { UserError } from '../../platform/errors.ts';
import { SEED_BYTES } from './chance.ts';
import type { Secret } from './sequence.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Sizes of 2, 3 or 4 times the smallest balanced block. */
const BLOCK_MULTIPLES = [2, 3, 4];

/** What is revealed at the end, and what the commitment is the hash of. */
export const Revealed = z.strictObject({
  seed: z.string().regex(/^[0-9a-f]{64}$/),
  blockMultiples: z.array(z.int().min(1).max(20)).min(1),
});
export type Revealed = z.infer<typeof Revealed>;

export const newSecret = (): Secret => ({ seed: randomBytes(SEED_BYTES), blockMultiples: BLOCK_MULTIPLES });

export const revealed = ({ seed, blockMultiples }: Secret): Revealed => ({
  seed: Buffer.from(seed).toString('hex'),
  blockMultiples: [...blockMultiples],
});

export const secretOf = ({ seed, blockMultiples }: Revealed): Secret => ({
  seed: Buffer.from(seed, 'hex'),
  blockMultiples,
});

/** Published when the trial opens. 256 random bits in it: nobody finds the seed by trying. */
export const commitmentTo = (evaluation: string, design: unknown, secret: Secret): string => {
  const { seed, blockMultiples } = revealed(secret);
  return createHash('sha256')
    .update(
      `waymark allocation 1\n${evaluation}\n${contentHash(design)}\n${seed}\n${blockMultiples.join(',')}`,
    )
    .digest('hex');
};

/** Nonce, tag and ciphertext; the evaluation is bound in, so that one trial's seal cannot be put in another's place. */
export function seal(secret: Secret, key: Uint8Array, evaluation: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(evaluation));
  const body = Buffer.concat([cipher.update(JSON.stringify(revealed(secret))), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** @throws UserError `wrong-allocation-key` when the seal was made under another key or has been changed */
export function unseal(sealed: Uint8Array, key: Uint8Array, evaluation: string): Secret {
  const bytes = Buffer.from(sealed);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(evaluation))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return secretOf(Revealed.parse(JSON.parse(text.toString('utf8'))));
  } catch {
    throw new UserError(
      'wrong-allocation-key',
      `The seed of ${evaluation} was sealed under another key: give the key file it was opened with.`,
      { field: 'WAYMARK_ALLOCATION_KEY_FILE' },
    );
  }
}

const parseKey = (text: string, file: string): Buffer => {
  if (/^[0-9a-f]{64}\s*$/.test(text)) return Buffer.from(text.trim(), 'hex');
  throw new UserError(
    'bad-allocation-key',
    `The file must hold ${KEY_BYTES} bytes as 64 hexadecimal digits.`,
    {
      file,
    },
  );
};

/** @throws UserError `no-allocation-key` or `bad-allocation-key` */
export async function readKey(file: string): Promise<Buffer> {
  try {
    return parseKey(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      'no-allocation-key',
      `The key that seals allocation seeds cannot be read (${(error as Error).message}): open a trial first, or name the file in WAYMARK_ALLOCATION_KEY_FILE.`,
      { file },
    );
  }
}

/** The key of the file, which is made for its owner's eyes alone when there is none. */
export async function readOrMakeKey(file: string): Promise<Buffer> {
  await mkdir(dirname(file), { recursive: true });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readKey(file);
}
