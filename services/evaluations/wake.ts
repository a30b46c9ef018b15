// What Temporal has lost is made again from the store: every child is screened and every cohort looked at, which starts the
// workflows that are not running. A frozen milestone stays as it is.
import type { Database, Transaction } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';

export interface Woken {
  children: number;
  /** Councils that were ever heard; their feeds are listened to from now on. */
  councils: number;
}

/** Puts the children of an evaluation's councils, or of every one's, into the outbox: 5,000 a row. */
async function askForChildren(tx: Transaction, evaluation: number | null): Promise<number> {
  const rows = await tx<{ children: number }[]>`
    insert into waymark.outbox (child_keys, council_ids)
    select array_agg(distinct ch.child_key), '{}' from waymark.child ch
    join waymark.evaluation_council ec using (council_id) where ${evaluation}::integer is null or ec.evaluation_id = ${evaluation}::integer
    group by ch.child_key / 5000
    returning cardinality(child_keys) as children`;
  return rows.reduce((sum, { children }) => sum + children, 0);
}

/** Asks for it through the outbox, as ingest does. Asking twice does no harm. */
export async function wake(db: Database): Promise<Woken> {
  return db.begin(async (tx) => {
    const children = await askForChildren(tx, null);
    const [heard] = await tx<{ councils: number }[]>`
      insert into waymark.outbox (child_keys, council_ids)
      select '{}', coalesce(array_agg(distinct council_id), '{}') from waymark.feed_heard
      returning cardinality(council_ids) as councils`;
    return { children, councils: heard?.councils ?? 0 };
  });
}

/** Asks for the children of one evaluation's councils, and so for a look at each of its cohorts. */
export const wakeEvaluation = (db: Database, { id }: Pick<Evaluation, 'id'>): Promise<number> =>
  db.begin((tx) => askForChildren(tx, id));
