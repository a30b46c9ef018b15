// What is written on a page is one transaction in the reader's name, on an evaluation that is as the page said.
import { writeInName } from '../../access/reader.ts';
import { standingOf } from '../../evaluations/lifecycle/chain.ts';
import type { Database, Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import type { Planner } from './store.ts';

/** A transaction in the reader's name; the audit log names the person. */
export const inOwnName = <T>(
  db: Database,
  { id = '' }: Planner,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> =>
  writeInName(db, async (tx) => {
    await tx`select set_config('waymark.actor', ${id}, true)`;
    return work(tx);
  });

export const personNumber = ({ id = '' }: Planner): number => Number(/^person:(\d{1,9})$/.exec(id)?.[1] ?? 0);

/** Nobody takes a step on what they did not see. */
export async function assertUnmoved(tx: Transaction, slug: string, head: string | null): Promise<void> {
  const [row] = await tx<{ id: number }[]>`
    select evaluation_id as id from waymark.evaluation where slug = ${slug} for update`;
  if (!row)
    throw new UserError('unknown-evaluation', `There is no evaluation ${slug}.`, { field: 'evaluation' });
  if ((await standingOf(tx, row.id)).head !== head)
    throw new UserError(
      'moved-on',
      'Somebody took another step since you opened this page, so nothing was done. Read below what stands now, then decide again.',
      {},
    );
}
