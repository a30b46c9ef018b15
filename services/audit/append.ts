// What happened goes into the audit log with the transaction it happened in, or not at all. Changes to the tables of
// infra/migrations/0016 enter it by themselves; this is for what leaves no row: reads, refusals, the use of keys.
import type { Queryable } from '../platform/database.ts';

export const auditKinds = [
  'read',
  'refused',
  'change',
  'release',
  'allocation',
  'key-use',
  'sign-in',
] as const;
export type AuditKind = (typeof auditKinds)[number];

export interface Audited {
  kind: AuditKind;
  /** Codes, numbers and names of things: never a child's or a family's pseudonym, never a key. */
  what: Readonly<Record<string, unknown>>;
  /** Who; without it whoever the connection says (`waymark.actor`), else its login. */
  by?: string;
  /** The role that was acted in. */
  acting?: string;
}

/** Adds one entry when the transaction ends; outside of one, at once. */
export async function audit(db: Queryable, { kind, what, by, acting }: Audited): Promise<void> {
  await db`select waymark.audit(${kind}, ${JSON.stringify(what)}::text::jsonb, ${by ?? null}, ${acting ?? null})`;
}
