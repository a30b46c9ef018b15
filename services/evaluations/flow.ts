// The flow of children through an evaluation, as a CONSORT diagram counts it: screened = enrolled + excluded, by reason.
import type { Queryable } from '../platform/database.ts';
import { type Exclusion, exclusions } from './eligibility.ts';
import type { Evaluation } from './evaluation.ts';

export interface Flow {
  screened: number;
  enrolled: number;
  /** Reasons that occur, in the order in which they are asked. */
  excluded: { reason: Exclusion; count: number }[];
  /** Of the enrolled: kept though the records now say otherwise, and taking part in another evaluation too. */
  flags: { flag: string; count: number }[];
}

export async function flowOf(db: Queryable, { id }: Evaluation): Promise<Flow> {
  const reasons = await db<{ reason: Exclusion | null; count: number }[]>`
    select reason, count(*)::integer as count from waymark.screening where evaluation_id = ${id} group by reason`;
  const flags = await db<{ flag: string; count: number }[]>`
    select flag, count(*)::integer as count from waymark.participant
    where evaluation_id = ${id} and flag is not null group by flag
    union all
    select 'also-in-another-evaluation', count(*)::integer from waymark.participant p
    where p.evaluation_id = ${id} and exists (
      select from waymark.participant o where o.child_key = p.child_key and o.evaluation_id <> ${id})
    having count(*) > 0
    order by 1`;
  const [counts] = await db<{ enrolled: number }[]>`
    select count(*)::integer as enrolled from waymark.participant where evaluation_id = ${id}`;
  const counted = new Map(reasons.map(({ reason, count }) => [reason, count]));
  return {
    screened: reasons.reduce((sum, { count }) => sum + count, 0),
    enrolled: counts?.enrolled ?? 0,
    excluded: exclusions.flatMap((reason) => {
      const count = counted.get(reason);
      return count === undefined ? [] : [{ reason, count }];
    }),
    flags: [...flags],
  };
}
