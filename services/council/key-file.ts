// The pseudonym key lives in one file that only its owner can read; it is never printed, logged or sent.
import { randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../platform/errors.ts';
import { KEY_BYTES } from './pseudonym.ts';

const HEADING = 'waymark-pseudonym-key-1';
const OTHERS = 0o077;

const systemCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Makes a new key (256 random bits) in a file of mode 0600.
 * @throws UserError `file-exists`: a key that is overwritten loses every pseudonym made with it
 */
export async function generateKey(path: string): Promise<void> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      throw new UserError(
        'file-exists',
        'The key file exists already and is never overwritten: every pseudonym made with it would be lost. Name another.',
        { file: basename(path) },
      );
    }
    throw new UserError(
      'cannot-write',
      `The key file cannot be written (${systemCode(error)}): check the folder and its permissions.`,
      { file: basename(path) },
    );
  }
  try {
    await file.chmod(0o600);
    await file.writeFile(`${HEADING} ${randomBytes(KEY_BYTES).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Refuses a file of secrets that anybody but its owner can open. Windows has no such modes and is not checked. */
async function checkPrivate(path: string, what: string): Promise<void> {
  let mode: number;
  try {
    mode = (await stat(path)).mode;
  } catch (error) {
    throw new UserError(
      'cannot-read',
      `The ${what} file cannot be read (${systemCode(error)}): check its path and permissions.`,
      { file: basename(path) },
    );
  }
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw new UserError(
      'secret-not-private',
      `The ${what} file can be read by others: run chmod 600 on it, and make a new one if others may have seen it.`,
      { file: basename(path) },
    );
  }
}

/** The key in a line that `generateKey` wrote; undefined when it is none. */
const keyIn = (text: string): Uint8Array | undefined => {
  const found = new RegExp(`^${HEADING} ([0-9a-f]{${2 * KEY_BYTES}})\\s*$`).exec(text);
  return found?.[1] === undefined ? undefined : Buffer.from(found[1], 'hex');
};

/** @throws UserError `cannot-read`, `secret-not-private` or `bad-pseudonym-key` */
export async function readKey(path: string): Promise<Uint8Array> {
  await checkPrivate(path, 'pseudonym key');
  const key = keyIn(await readFile(path, 'utf8'));
  if (key) return key;
  throw new UserError(
    'bad-pseudonym-key',
    'The file holds no pseudonym key: make one with waymark council keygen --out FILE.',
    { file: basename(path) },
  );
}

/**
 * The key from the environment, where a keeper of secrets puts it: the line of a key file.
 * @throws UserError `missing-option` or `bad-pseudonym-key`
 */
export function keyFrom(variable: string | undefined): Uint8Array {
  if (variable === undefined || variable === '') {
    throw new UserError(
      'missing-option',
      'Pseudonyms are made with a key: give --key FILE, or its line in WAYMARK_PSEUDONYM_KEY; waymark council keygen makes one.',
      { field: 'key' },
    );
  }
  const key = keyIn(variable);
  if (key) return key;
  throw new UserError(
    'bad-pseudonym-key',
    'WAYMARK_PSEUDONYM_KEY holds no pseudonym key: it must be the whole line of a key file.',
    { field: 'key' },
  );
}

/** The gateway's key for this council, from the first line of a private file. */
export async function readApiKey(path: string): Promise<string> {
  await checkPrivate(path, 'API key');
  const key = (await readFile(path, 'utf8')).trim();
  if (!/^[\x21-\x7e]{8,512}$/.test(key)) {
    throw new UserError(
      'bad-api-key-file',
      'The API key file must hold one line, the key that the operator of Waymark gave you.',
      { file: basename(path) },
    );
  }
  return key;
}
