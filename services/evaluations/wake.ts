// What Temporal has lost is made again from the store: every child is screened and every cohort looked at, which starts the
// workflows that are not running. A frozen milestone stays as it is.
import type { Database } from '../platform/database.ts';

export interface Woken {
  children: number;
  /** Councils that were ever heard; their feeds are listened to from now on. */
  councils: number;
}

/** Asks for it through the outbox, as ingest does. Asking twice does no harm. */
export async function wake(db: Database): Promise<Woken> {
  return db.begin(async (tx) => {
    const rows = await tx<{ children: number }[]>`
      insert into waymark.outbox (child_keys, council_ids)
      select array_agg(distinct ch.child_key), '{}' from waymark.child ch join waymark.evaluation_council using (council_id)
      group by ch.child_key / 5000
      returning cardinality(child_keys) as children`;
    const [heard] = await tx<{ councils: number }[]>`
      insert into waymark.outbox (child_keys, council_ids)
      select '{}', coalesce(array_agg(distinct council_id), '{}') from waymark.feed_heard
      returning cardinality(council_ids) as councils`;
    return {
      children: rows.reduce((sum, { children }) => sum + children, 0),
      councils: heard?.councils ?? 0,
    };
  });
}
