// Orders and certificates of erasure, as operators give and read them.
import type { Queryable } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';

export interface ErasureOrder {
  /** A child's pseudonym, c and 32 hexadecimal digits; without it the whole council. */
  child?: string;
  /** ONS code. */
  council?: string;
  reason: string;
  by: string;
}

/** The council that knows the child, or the one named. @throws UserError `unknown-council`, `unknown-child`, `which-council` */
async function councilOf(db: Queryable, { child, council }: ErasureOrder): Promise<number> {
  if (council !== undefined) {
    const [row] = await db<{ id: number }[]>`
      select council_id as id from waymark.council where code = ${council}`;
    if (row) return row.id;
    throw new UserError('unknown-council', `The council ${council} is not registered.`, { field: 'council' });
  }
  const found = await db<{ id: number; code: string }[]>`
    select c.council_id as id, c.code from waymark.child k join waymark.council c using (council_id)
    where k.pseudonym = ${child?.slice(1) ?? ''}::uuid order by c.code`;
  const [only, another] = found;
  if (!only) {
    const sentence =
      'Nothing is known of this child. To keep its records from ever being taken, name its council with --council.';
    throw new UserError('unknown-child', sentence, { field: 'child' });
  }
  if (!another) return only.id;
  const sentence = `Several councils use this pseudonym (${found.map(({ code }) => code).join(', ')}): name one with --council.`;
  throw new UserError('which-council', sentence, { field: 'council' });
}

/**
 * Orders an erasure: from here on nothing of the child or council is taken any more.
 * @returns the erasure's number
 * @throws UserError `bad-child`, `bad-reason`, `nothing-named`, and those of `councilOf`
 */
export async function orderErasure(db: Queryable, order: ErasureOrder): Promise<number> {
  if (order.child === undefined && order.council === undefined)
    throw new UserError('nothing-named', 'Name a child with --child, or a council with --council.', {});
  if (order.child !== undefined && !/^c[0-9a-f]{32}$/.test(order.child)) {
    const sentence = 'A child’s pseudonym is c and 32 hexadecimal digits.';
    throw new UserError('bad-child', sentence, { field: 'child' });
  }
  if (order.reason.length < 5 || order.reason.length > 500)
    throw new UserError('bad-reason', 'Give the reason in 5 to 500 characters.', { field: 'reason' });
  const council = await councilOf(db, order);
  const [row] = await db<{ id: number }[]>`
    select waymark.order_erasure(${council}::smallint, ${order.child?.slice(1) ?? null}::uuid,
      ${order.reason}, ${order.by}) as id`;
  return row?.id ?? 0;
}

/** Of an erasure that was ordered. It names no child. */
export interface ErasureEntry {
  id: number;
  scope: 'child' | 'council' | 'evaluation';
  /** The council's code, or the destroyed evaluation's name. */
  of: string;
  reason: string;
  by: string;
  orderedAt: string;
  /** Null while it is being carried out. */
  certificate: { text: string; hash: string } | null;
}

/** Newest first. */
export async function erasures(db: Queryable): Promise<ErasureEntry[]> {
  const rows = await db<
    (Omit<ErasureEntry, 'orderedAt' | 'certificate'> & {
      ordered: Date;
      text: string | null;
      hash: string | null;
    })[]
  >`
    select e.erasure_id as id, e.scope, coalesce(c.code, v.slug) as of, e.reason, e.by, e.ordered_at as ordered,
      d.certificate as text, d.hash
    from waymark.erasure e left join waymark.council c using (council_id) left join waymark.evaluation v using (evaluation_id)
    left join waymark.erasure_certificate d using (erasure_id)
    order by e.erasure_id desc`;
  return rows.map(({ ordered, text, hash, ...row }) => ({
    ...row,
    orderedAt: ordered.toISOString(),
    certificate: text === null || hash === null ? null : { text, hash },
  }));
}
