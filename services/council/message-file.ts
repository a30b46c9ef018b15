// Converted messages on disk: one JSON object a line, written whole or not at all.
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { type FeedMessage, parseMessage } from '../../schemas/message.ts';
import { UserError } from '../platform/errors.ts';
import { type Outgoing, outgoing } from './case-event.ts';
import { cannotRead } from './file-bytes.ts';

const PIECE = 1_048_576;
/** Bytes that a character of a string may take in UTF-8. */
const WIDEST = 3;
const LINE_FEED = 10;

/** Lines in UTF-8, put one behind another in the same bytes until they are taken: cheaper than one long string. */
class LineBuffer {
  #bytes = Buffer.allocUnsafe(PIECE);
  #length = 0;

  fits(line: string): boolean {
    return this.#length + line.length * WIDEST < this.#bytes.length;
  }

  /** Must be empty when the line does not fit. */
  add({ line, ascii }: Outgoing): void {
    if (!this.fits(line)) this.#bytes = Buffer.allocUnsafe(line.length * WIDEST + 1);
    this.#length += this.#bytes.write(line, this.#length, line.length * WIDEST, ascii ? 'latin1' : 'utf8');
    this.#bytes[this.#length] = LINE_FEED;
    this.#length += 1;
  }

  /** What was added since the last call; it must be used before more is added. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }
}

/**
 * Writes messages to a file of mode 0600 that appears only when all are written: a return that fails half way
 * leaves nothing that could be sent.
 * @returns the number of messages
 */
export async function writeBatches(
  path: string,
  batches: AsyncIterable<readonly Outgoing[]>,
): Promise<number> {
  const partial = `${path}.partial-${process.pid}`;
  let count = 0;
  try {
    const file = await open(partial, 'w', 0o600).catch((error: NodeJS.ErrnoException) => {
      throw new UserError('cannot-write', `The file cannot be written (${error.code}): check the folder.`, {
        file: basename(path),
      });
    });
    try {
      const lines = new LineBuffer();
      for await (const batch of batches) {
        for (const one of batch) {
          if (!lines.fits(one.line)) await file.writeFile(lines.take());
          lines.add(one);
        }
        count += batch.length;
      }
      await file.writeFile(lines.take());
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
      throw new UserError(
        'disk-full',
        'The disk is full: make room and convert again.',
        { file: basename(path) },
        1,
      );
    }
    throw error;
  }
  return count;
}

async function* batched(messages: AsyncIterable<FeedMessage>): AsyncGenerator<readonly Outgoing[]> {
  for await (const message of messages) yield [outgoing(message)];
}

/** `writeBatches` for messages that come one by one. */
export const writeMessages = (path: string, messages: AsyncIterable<FeedMessage>): Promise<number> =>
  writeBatches(path, batched(messages));

/** The number of lines of a file, each of which ends. */
export async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) {
    const bytes = piece as Buffer;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  }
  return lines;
}

/**
 * The lines of a file of messages.
 * @throws UserError `cannot-read`
 */
export async function* readMessageLines(path: string): AsyncGenerator<string> {
  const lines = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  try {
    for await (const line of lines) if (line.trim() !== '') yield line;
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/**
 * The messages of a file, each checked: a file may have been written or changed by anything.
 * @throws UserError `not-a-message` with the line
 */
export async function* readMessages(path: string): AsyncGenerator<FeedMessage> {
  let line = 0;
  for await (const text of readMessageLines(path)) {
    line += 1;
    const parsed = parseMessage(text);
    if (!parsed.ok) {
      const { field, reason } = parsed.refusal;
      throw new UserError(
        'not-a-message',
        `A line is no message that may be sent: it ${reason}. Convert the return again.`,
        {
          file: basename(path),
          line,
          field,
        },
      );
    }
    yield parsed.message;
  }
}
