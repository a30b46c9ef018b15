// Whether the log is what was written: every entry hashes with the one before it, none is missing, and it still goes
// through each head that somebody kept elsewhere. Every fault says where it lies.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

/** The end of the log at some moment, kept where the log's keeper cannot reach: what was before it cannot change unnoticed. */
export const Anchor = z.object({
  seq: z.number().int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Anchor = z.infer<typeof Anchor>;

export interface AuditFault {
  /** The entry it lies at, or the first of those that are missing. */
  seq: number;
  fault: string;
}

export interface AuditVerdict {
  entries: number;
  head: Anchor;
  faults: AuditFault[];
}

interface Row {
  seq: bigint;
  entry: string;
  hash: string;
}

const NOTHING = '0'.repeat(64);
const AT_ONCE = 5_000;

export const hashOf = (previous: string, entry: string): string =>
  createHash('sha256').update(`${previous}\n${entry}`).digest('hex');

function seqWritten(entry: string): number | null {
  try {
    return (JSON.parse(entry) as { seq: number }).seq;
  } catch {
    return null;
  }
}

const missing = (from: number, to: number): string =>
  from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`;

/** Follows the chain row by row. */
class Follower {
  readonly faults: AuditFault[] = [];
  last: Anchor = { seq: 0, hash: NOTHING };
  entries = 0;
  readonly #anchors: Map<number, string>;

  constructor(anchors: readonly Anchor[]) {
    this.#anchors = new Map(anchors.map(({ seq, hash }) => [seq, hash]));
  }

  follow({ seq: at, entry, hash }: Row): void {
    const seq = Number(at);
    const say = (fault: string) => this.faults.push({ seq, fault });
    if (seq !== this.last.seq + 1)
      this.faults.push({ seq: this.last.seq + 1, fault: missing(this.last.seq + 1, seq - 1) });
    else if (hashOf(this.last.hash, entry) !== hash)
      say(
        'was changed, or does not follow the entry before it: its hash is not that of its content and its place',
      );
    const written = seqWritten(entry);
    if (written !== seq) say(`was written as entry ${written ?? 'without a number'}: it was moved or put in`);
    const kept = this.#anchors.get(seq);
    if (kept !== undefined && kept !== hash)
      say(
        'is not the one whose hash was kept elsewhere: the log was written anew up to here or from before it',
      );
    this.last = { seq, hash };
    this.entries += 1;
  }

  end(head: Anchor, anchors: readonly Anchor[]): void {
    const { seq, hash } = this.last;
    if (seq < head.seq)
      this.faults.push({ seq: seq + 1, fault: `${missing(seq + 1, head.seq)}: the end was cut off` });
    else if (seq > head.seq || hash !== head.hash)
      this.faults.push({
        seq,
        fault: 'is not where the log says that it ends: something was put in behind its end',
      });
    for (const anchor of anchors)
      if (anchor.seq > seq)
        this.faults.push({
          seq: seq + 1,
          fault: `the log went to entry ${anchor.seq} once: the end was cut off`,
        });
  }
}

/** Where the log is read: the tables, or what somebody may see of them. */
export interface AuditSource {
  head(): Promise<{ seq: bigint; hash: string } | undefined>;
  /** At most so many rows behind an entry, oldest first. */
  after(seq: bigint, most: number): Promise<readonly Row[]>;
}

const tablesOf = (db: Queryable): AuditSource => ({
  head: async () => (await db<{ seq: bigint; hash: string }[]>`select seq, hash from waymark.audit_head`)[0],
  after: (seq, most) => db<Row[]>`
    select seq, entry, hash from waymark.audit_entry where seq > ${seq} order by seq limit ${most}`,
});

/**
 * Checks the whole log, in one reading of the store as it stood at one moment.
 * @param anchors heads that were kept elsewhere
 * @param told how far it has come, in entries
 */
export const verifyAudit = (
  db: Queryable,
  anchors: readonly Anchor[] = [],
  told?: (entries: number) => void,
): Promise<AuditVerdict> => followAudit(tablesOf(db), anchors, told);

/** The same, wherever the log is read; all of it as it stood at one moment. */
export async function followAudit(
  source: AuditSource,
  anchors: readonly Anchor[] = [],
  told: (entries: number) => void = () => {},
): Promise<AuditVerdict> {
  const follower = new Follower(anchors);
  const row = await source.head();
  const head: Anchor = row ? { seq: Number(row.seq), hash: row.hash } : { seq: 0, hash: NOTHING };
  if (!row) follower.faults.push({ seq: 0, fault: 'the head of the log is gone' });
  for (let from = -1n; ; ) {
    const rows = await source.after(from, AT_ONCE);
    for (const one of rows) follower.follow(one);
    const last = rows.at(-1);
    told(follower.entries);
    if (!last || rows.length < AT_ONCE) break;
    from = last.seq;
  }
  follower.end(head, anchors);
  return { entries: follower.entries, head: follower.last, faults: follower.faults };
}
