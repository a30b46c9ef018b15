// Bytes of a file, as a stream; a file that cannot be read is a sentence, at its beginning or in its middle.
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../platform/errors.ts';

/** Bytes read at once. Records made of one piece live together, and more of them cost the garbage collector more. */
const PIECE = 65_536;

export const cannotRead = (path: string, error: unknown): unknown => {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || error instanceof UserError) return error;
  const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`;
  return new UserError('cannot-read', `The file ${why}: check its path and permissions.`, {
    file: basename(path),
  });
};

/** @throws UserError `cannot-read` */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: PIECE });
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    throw cannotRead(path, error);
  }
}
