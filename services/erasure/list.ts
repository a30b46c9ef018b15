// The list of what was erased is kept apart from the database, and every restored backup is erased by it before it is used.
import { z } from 'zod';
import type { Queryable, Transaction } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { readJsonFile } from '../platform/json-file.ts';
import { eraseSome } from './carry-out.ts';

const Erased = z.strictObject({
  erasure: z.int().positive(),
  scope: z.enum(['child', 'council', 'evaluation']),
  /** With what it takes to know the council again in a backup that is older than it. */
  council: z.strictObject({ code: z.string(), name: z.string(), dataSource: z.string() }).nullable(),
  /** The destroyed evaluation's name. */
  evaluation: z.string().nullable(),
  reason: z.string(),
  by: z.string(),
  orderedAt: z.iso.datetime({ precision: 6 }),
  /** Of a child, with the other pseudonyms that go with it; none for a whole council. */
  pseudonyms: z.array(z.guid()),
});
type Erased = z.infer<typeof Erased>;

export const ErasureList = z.strictObject({
  format: z.literal(1),
  listedAt: z.iso.datetime(),
  erasures: z.array(Erased),
});
export type ErasureList = z.infer<typeof ErasureList>;

const CHILDREN_AT_ONCE = 500;

/** Every erasure that was ordered, whether or not it has been carried out. */
export async function listErasures(db: Queryable): Promise<ErasureList> {
  const erasures = await db<Erased[]>`
    select e.erasure_id as erasure, e.scope, e.reason, e.by,
      case when c.code is not null then json_build_object('code', c.code, 'name', c.name, 'dataSource', c.data_source) end
        as council, v.slug as evaluation,
      to_char(e.ordered_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "orderedAt",
      array(select t.pseudonym::text from waymark.tombstone t
        where t.erasure_id = e.erasure_id and t.pseudonym is not null order by 1) as pseudonyms
    from waymark.erasure e left join waymark.council c using (council_id) left join waymark.evaluation v using (evaluation_id)
    order by e.erasure_id`;
  return { format: 1, listedAt: new Date().toISOString(), erasures: [...erasures] };
}

/** @throws UserError `erasure-list-unreadable` */
export const readErasureList = (file: string): Promise<ErasureList> =>
  readJsonFile(
    file,
    ErasureList,
    (why) => new UserError('erasure-list-unreadable', `${file} is no list of erasures: ${why}.`, { file }),
  );

const ordered = (
  tx: Transaction,
  { erasure, scope, reason, by, orderedAt }: Erased,
  of: 'council' | 'evaluation',
  name: string,
) =>
  of === 'council'
    ? tx`insert into waymark.erasure (erasure_id, scope, council_id, reason, by, ordered_at) overriding system value
        select ${erasure}, ${scope}, council_id, ${reason}, ${by}, ${orderedAt}::text::timestamptz from waymark.council where code = ${name}`
    : tx`insert into waymark.erasure (erasure_id, scope, evaluation_id, reason, by, ordered_at) overriding system value
        select ${erasure}, ${scope}, evaluation_id, ${reason}, ${by}, ${orderedAt}::text::timestamptz from waymark.evaluation where slug = ${name}`;

/** Whose records are taken no more, and whose keys open nothing any more. */
async function shut(tx: Transaction, { erasure, scope, pseudonyms, council }: Erased): Promise<void> {
  await tx`insert into waymark.tombstone (council_id, pseudonym, erasure_id)
    select c.council_id, named.pseudonym::uuid, ${erasure}
    from waymark.council c, unnest(${scope === 'council' ? [null] : pseudonyms}::text[]) as named(pseudonym)
    where c.code = ${council?.code ?? ''} on conflict do nothing`;
  if (scope === 'council')
    await tx`update waymark.api_key k set revoked_at = now() from waymark.council c
      where c.code = ${council?.code ?? ''} and k.council_id = c.council_id and (revoked_at is null or revoked_at > now())`;
}

/** @returns whether it was not ordered here yet. @throws UserError `erasure-list-of-another` when the number is another order's */
async function order(tx: Transaction, one: Erased): Promise<boolean> {
  const { erasure, scope, council, evaluation, orderedAt } = one;
  const [known] = await tx<{ same: boolean }[]>`
    select e.ordered_at = ${orderedAt}::text::timestamptz and e.scope = ${scope} as same
    from waymark.erasure e where e.erasure_id = ${erasure}`;
  if (known?.same) return false;
  if (known)
    throw new UserError(
      'erasure-list-of-another',
      `Erasure ${erasure} of the list is not erasure ${erasure} of the backup: the list belongs to another database.`,
      { field: 'erasures' },
    );
  if (council === null) {
    // An evaluation that is younger than the backup has nothing in it.
    const made = await ordered(tx, one, 'evaluation', evaluation ?? '');
    if (made.count > 0)
      await tx`select waymark.destruction_ordered(evaluation_id) from waymark.erasure where erasure_id = ${erasure}`;
    return made.count > 0;
  }
  await tx`insert into waymark.council (code, name, data_source)
    values (${council.code}, ${council.name}, ${council.dataSource}) on conflict do nothing`;
  await ordered(tx, one, 'council', council.code);
  await shut(tx, one);
  return true;
}

/**
 * Erases again what the list names, as the owner of the tables, in the transaction that brings a backup back. Certificates
 * follow once a tracker runs.
 * @returns how many orders the backup did not know, and how many children went
 * @throws UserError `erasure-list-of-another`
 */
export async function eraseAgain(
  tx: Transaction,
  { erasures }: ErasureList,
): Promise<{ orders: number; children: number }> {
  let [orders, children] = [0, 0];
  for (const one of erasures) {
    orders += Number(await order(tx, one));
    for (let gone = -1; gone !== 0; children += gone)
      gone = await eraseSome(tx, one.erasure, CHILDREN_AT_ONCE);
  }
  await tx`select setval(pg_get_serial_sequence('waymark.erasure', 'erasure_id'), greatest(max(erasure_id), 1),
    max(erasure_id) is not null) from waymark.erasure`;
  return { orders, children };
}
