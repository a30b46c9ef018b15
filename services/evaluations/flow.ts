// The flow of children through an evaluation, as a CONSORT diagram counts it: screened = enrolled + excluded, by reason.
import { packedField } from '../outcomes/detail.ts';
import { kindNumber } from '../outcomes/kinds.ts';
import type { Queryable } from '../platform/database.ts';
import { type Exclusion, exclusions } from './eligibility.ts';
import type { Evaluation } from './evaluation.ts';

const closure = packedField('referral', 'closureReason', 'r.detail');

export interface Flow {
  screened: number;
  enrolled: number;
  /** Reasons that occur, in the order in which they are asked. */
  excluded: { reason: Exclusion; count: number }[];
  /**
   * Of the enrolled: kept though the records now say otherwise; taking part in another evaluation too (in both they are
   * followed, ours); and closed as moved to another council (RC5) since the index day. A child who moves between two councils
   * of an evaluation has a pseudonym in each, under another key, and is two children here. `duplicate`: not of the enrolled,
   * but once allocated beside them and found to be one child with one of them.
   */
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
    union all
    select 'moved-to-another-council', count(*)::integer from waymark.participant p
    where p.evaluation_id = ${id} and exists (
      select from waymark.occurrence r where r.child_key = p.child_key and r.kind = ${kindNumber.referral} and not r.purged
        and ${db.unsafe(closure.sql)} = ${closure.numberOf('RC5')} and r.ends >= p.index_day)
    having count(*) > 0
    union all
    select 'duplicate', count(*)::integer from waymark.duplicate_participant where evaluation_id = ${id} having count(*) > 0
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
