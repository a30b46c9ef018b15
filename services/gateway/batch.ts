// A batch is read line by line: each line is accepted or refused for itself, and a refusal names line, field and reason.
import { createHash } from 'node:crypto';
import { councilOf } from '../../schemas/case-event.ts';
import {
  type FeedMessage,
  isFeedStatement,
  MAX_LINE_BYTES,
  parseMessage,
  type Refusal,
} from '../../schemas/message.ts';
import type { GatewayRefusalCode } from '../../schemas/repair.ts';

export { MAX_LINE_BYTES };

/** Counted unpacked. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;
export const MAX_LINES = 5_000;

export interface RefusedLine {
  /** From 1, as the sender counts. */
  line: number;
  code: Refusal['code'] | GatewayRefusalCode;
  field: string;
  reason: string;
  /** Of the line's text: the same line is known again, and nothing of it is kept. */
  sha256: Buffer;
}

/** An accepted line, with the text to pass on: only what was read, since a repeated field of a line is read once. */
export interface AcceptedLine {
  line: number;
  text: string;
  message: FeedMessage;
}

export interface ReadBatch {
  events: AcceptedLine[];
  statements: AcceptedLine[];
  refused: RefusedLine[];
}

type Reason = Omit<RefusedLine, 'line' | 'sha256'>;

const refused = (text: string, line: number, reason: Reason): RefusedLine => ({
  line,
  ...reason,
  sha256: createHash('sha256').update(text).digest(),
});

function readLine(text: string, line: number, council: string): AcceptedLine | RefusedLine {
  if (Buffer.byteLength(text) > MAX_LINE_BYTES) {
    return refused(text, line, {
      code: 'line-too-long',
      field: '',
      reason: `is longer than ${MAX_LINE_BYTES} bytes`,
    });
  }
  const parsed = parseMessage(text);
  if (!parsed.ok) return refused(text, line, parsed.refusal);
  if (councilOf(parsed.message.source) !== council) {
    return refused(text, line, {
      code: 'not-your-council',
      field: 'source',
      reason: `must be /councils/${council}, the council of the key`,
    });
  }
  return { line, text: JSON.stringify(parsed.message), message: parsed.message };
}

/** Whether a body has more lines than a batch may have; its last newline starts no line. */
export function hasTooManyLines(body: string): boolean {
  const lines = body.split('\n', MAX_LINES + 2);
  return lines.length - (lines.at(-1) === '' ? 1 : 0) > MAX_LINES;
}

/** Reads an NDJSON body sent by `council`. Empty lines are passed over and counted as lines. */
export function readBatch(body: string, council: string): ReadBatch {
  const batch: ReadBatch = { events: [], statements: [], refused: [] };
  body.split('\n').forEach((raw, at) => {
    const text = raw.trim();
    if (text === '') return;
    const read = readLine(text, at + 1, council);
    if ('reason' in read) batch.refused.push(read);
    else if (isFeedStatement(read.message)) batch.statements.push(read);
    else batch.events.push(read);
  });
  return batch;
}

/** Whether a line says that everything up to a day has been sent. A declared gap says that something will not be. */
export const claimsCompleteness = ({ message }: AcceptedLine): boolean =>
  isFeedStatement(message) && 'completeThrough' in message.data;

/** The batch with every claim of completeness refused, because lines it would cover were refused. */
export function withoutClaims(batch: ReadBatch): ReadBatch {
  const claims = batch.statements.filter(claimsCompleteness).map(({ line, text }) =>
    refused(text, line, {
      code: 'lines-refused',
      field: 'data.completeThrough',
      reason: 'says the feed is complete, but lines of this delivery were refused',
    }),
  );
  return {
    events: batch.events,
    statements: batch.statements.filter((one) => !claimsCompleteness(one)),
    refused: [...batch.refused, ...claims].sort((a, b) => a.line - b.line),
  };
}
