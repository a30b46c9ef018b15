// Bytes of a file, as a stream; a file that cannot be read is a sentence, at its beginning or in its middle.
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../platform/errors.ts';

/** Bytes read at once of a file that has more than one piece: each reading has its cost. */
const READ = 1_048_576;
/** Bytes handed over at once. Records made of one piece live together, and more of them cost the garbage collector more. */
const PIECE = 32_768;

export const cannotRead = (path: string, error: unknown): unknown => {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || error instanceof UserError) return error;
  const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`;
  return new UserError('cannot-read', `The file ${why}: check its path and permissions.`, {
    file: basename(path),
  });
};

/**
 * The bytes of a file in pieces. A piece is good until the next is asked for: all are read into the same place.
 * @throws UserError `cannot-read`
 */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    let bytes = Buffer.allocUnsafe(PIECE);
    for (;;) {
      const { bytesRead } = await file.read(bytes, 0, bytes.length);
      if (bytesRead === 0) return;
      for (let at = 0; at < bytesRead; at += PIECE) yield bytes.subarray(at, Math.min(at + PIECE, bytesRead));
      if (bytesRead === PIECE) bytes = Buffer.allocUnsafe(READ);
    }
  } catch (error) {
    throw cannotRead(path, error);
  } finally {
    await file?.close();
  }
}
