// The lines of an events file as they stand in it. A line ends with LF or CR LF; a byte order mark before the first line is no
// part of it. A line that cannot be read is given as what is wrong with it, so that it is counted like every other.
import { createReadStream } from 'node:fs';
import { MAX_LINE_BYTES } from '../../../schemas/message.ts';
import { UserError } from '../../platform/errors.ts';

export type EventLine = { text: string } | { unreadable: 'line-too-long' | 'not-utf-8' };

const LF = 0x0a;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function lineOf(bytes: Buffer): EventLine {
  try {
    return { text: utf8.decode(bytes).replace(/\r$/, '') };
  } catch {
    return { unreadable: 'not-utf-8' };
  }
}

/** What has been read of a line that is not over. A line that is too long is not kept, however long it is. */
class OpenLine {
  #parts: Buffer[] = [];
  #bytes = 0;
  #isFirst = true;

  add(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes <= MAX_LINE_BYTES + BYTE_ORDER_MARK.length + 1) this.#parts.push(bytes);
    else this.#parts = [];
  }

  isEmpty(): boolean {
    return this.#bytes === 0;
  }

  close(): EventLine {
    const all = Buffer.concat(this.#parts);
    const whole = this.#isFirst && all.subarray(0, 3).equals(BYTE_ORDER_MARK) ? all.subarray(3) : all;
    const isTooLong =
      all.length < this.#bytes || whole.length - (whole.at(-1) === 0x0d ? 1 : 0) > MAX_LINE_BYTES;
    this.#parts = [];
    this.#bytes = 0;
    this.#isFirst = false;
    return isTooLong ? { unreadable: 'line-too-long' } : lineOf(whole);
  }
}

/** @throws UserError `unreadable-file` */
export async function* eventLines(file: string): AsyncGenerator<EventLine> {
  const open = new OpenLine();
  const stream = createReadStream(file);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
        open.add(chunk.subarray(from, end));
        yield open.close();
        from = end + 1;
      }
      if (from < chunk.length) open.add(chunk.subarray(from));
    }
    if (!open.isEmpty()) yield open.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, {
      file,
    });
  } finally {
    stream.destroy();
  }
}
