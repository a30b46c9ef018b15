// The audit log as an operator pages through it, newest first, and what a check of the whole chain found.
import { z } from 'zod';
import { readerKey, readInName, readMomentInName } from '../access/reader.ts';
import { Entry } from '../audit/read.ts';
import { type AuditSource, type AuditVerdict, followAudit } from '../audit/verify.ts';
import type { Database, Queryable } from '../platform/database.ts';
import { shared } from './shared.ts';

/** Entries a page. */
export const AUDIT_PAGE = 25;
/** How long a check of the whole log stands; longer where it takes long. */
const CHECKED_MS = 600_000;

export interface AuditLine {
  seq: number;
  /** Null where what stands there is no entry any more. */
  entry: Entry | null;
  hash: string;
}

export interface CheckedLog extends AuditVerdict {
  /** RFC 3339. */
  checkedAt: string;
}

interface Row {
  seq: bigint;
  entry: string;
  hash: string;
}

function parsed(text: string): Entry | null {
  try {
    return Entry.parse(z.json().parse(JSON.parse(text)));
  } catch {
    return null;
  }
}

/** What an operator may read of the log. */
const ofOperator = (db: Queryable): AuditSource => ({
  head: async () => (await db<{ seq: bigint; hash: string }[]>`select seq, hash from waymark.audit_end()`)[0],
  after: (seq, most) => db<Row[]>`select seq, entry, hash from waymark.audit_after(${seq}, ${most})`,
});

/** @param before entries before this one; null for the newest */
export const auditPage = (db: Database) => (before: number | null) =>
  readInName(db, async (tx): Promise<AuditLine[]> => {
    const rows = await tx<Row[]>`
      select seq, entry, hash from waymark.audit_before(${before ?? Number.MAX_SAFE_INTEGER}, ${AUDIT_PAGE})`;
    return rows.map(({ seq, entry, hash }) => ({ seq: Number(seq), entry: parsed(entry), hash }));
  });

/** The whole log is followed once in a while for all who ask. */
export const checkedAudit = (db: Database): (() => Promise<CheckedLog>) =>
  shared(CHECKED_MS, readerKey, () =>
    readMomentInName(db, async (tx) => ({
      ...(await followAudit(ofOperator(tx))),
      checkedAt: new Date().toISOString(),
    })),
  );
