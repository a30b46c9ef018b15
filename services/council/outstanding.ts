// Which refused lines have not been made good. Until there are none, nothing may say that the feed is complete: the newest
// statement about a record carries its whole state, so an accepted line about the same record makes a refused one good.
import { z } from 'zod';
import { type FeedMessage, isFeedStatement } from '../../schemas/message.ts';

const Named = z.object({
  type: z.string(),
  subject: z.string(),
  data: z.object({ recordId: z.string() }),
});

const name = (type: string, subject: string, recordId: string): string => `${type} ${subject} ${recordId}`;

/** The record that a message is about; null for a feed statement, which is about none. */
export const recordOf = (message: FeedMessage): string | null =>
  isFeedStatement(message) ? null : name(message.type, message.subject, message.data.recordId);

/** The record that a line is about which is no message, when that much can be read. */
export function recordOfLine(line: string): string | null {
  try {
    const { type, subject, data } = Named.parse(JSON.parse(line));
    return name(type, subject, data.recordId);
  } catch {
    return null;
  }
}

/** Whether a message says that everything up to a day has been sent. */
export const claimsCompleteness = (message: FeedMessage): boolean =>
  isFeedStatement(message) && 'completeThrough' in message.data;

export const OutstandingNote = z.record(z.string(), z.string());

export class Outstanding {
  readonly #refused: Map<string, string>;

  /** @param note what `note()` gave earlier */
  constructor(note: z.infer<typeof OutstandingNote> = {}) {
    this.#refused = new Map(Object.entries(note));
  }

  get count(): number {
    return this.#refused.size;
  }

  /** @param place names a line whose record cannot be read; no line makes it good */
  refuse(record: string | null, place: string, code: string): void {
    this.#refused.set(record ?? place, code);
  }

  accept(record: string | null): void {
    if (record !== null) this.#refused.delete(record);
  }

  /** Record, or place of a line that names none, and the code of its refusal. */
  note(): z.infer<typeof OutstandingNote> {
    return Object.fromEntries(this.#refused);
  }
}
