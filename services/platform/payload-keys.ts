// The keys under which what workflows carry is sealed: one a line, its name and 64 hexadecimal digits, the one in use first.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from './errors.ts';

export interface PayloadKeys {
  /** The file they stand in, for whoever must mend it. */
  file: string;
  /** Seals from now on. */
  inUse: string;
  /** 32 bytes each, by name; those after the one in use open what was sealed before. */
  keys: ReadonlyMap<string, Buffer>;
}

const LINE = /^([A-Za-z0-9._-]{1,64}) ([0-9a-f]{64})$/;

/** @throws UserError `no-payload-keys`; `bad-payload-keys` with the line, which is not quoted: it may hold a key */
export function readPayloadKeys(file: string): PayloadKeys {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new UserError(
      'no-payload-keys',
      `The keys that seal payloads in Temporal cannot be read from ${file} (${why}): correct WAYMARK_PAYLOAD_KEYS_FILE, or let waymark up make them.`,
      { file, field: 'WAYMARK_PAYLOAD_KEYS_FILE' },
    );
  }
  const keys = new Map<string, Buffer>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, digits] = LINE.exec(line.trimEnd()) ?? [];
    const refuse = (sentence: string) =>
      new UserError('bad-payload-keys', sentence, { file, line: at + 1, field: 'WAYMARK_PAYLOAD_KEYS_FILE' });
    if (!name || !digits)
      throw refuse('A line of the payload keys is a name, a space and 64 hexadecimal digits.');
    if (keys.has(name)) throw refuse(`Two payload keys have the name ${name}: give each its own.`);
    keys.set(name, Buffer.from(digits, 'hex'));
  }
  const [inUse] = keys.keys();
  if (inUse !== undefined) return { file, inUse, keys };
  throw new UserError('bad-payload-keys', 'The file of payload keys holds none.', {
    file,
    field: 'WAYMARK_PAYLOAD_KEYS_FILE',
  });
}

/** Makes the file with one key, for its owner's eyes alone, when there is none. */
export async function makePayloadKeys(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(`first ${randomBytes(32).toString('hex')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
