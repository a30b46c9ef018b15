// Who was screened, and what was known of participants at their start, as counts: read in the name of who works on the
// evaluation. Nothing of it is an outcome, and small counts are still in it (shown-recruitment.ts).
import { type Exclusion, exclusions } from '../../evaluations/eligibility.ts';
import type { Queryable } from '../../platform/database.ts';

/** Children of one council and month of index day with one fate. */
export interface Screened {
  /** ONS code. */
  council: string;
  /** First day, YYYY-MM-DD; null without an index record. */
  month: string | null;
  /** Null for those enrolled. */
  reason: Exclusion | null;
  children: number;
}

/** Children with one value of one fact; `arm` is 1 in the trial arm, 0 in the comparison, null where arms are not told apart. */
export interface BaselineCount {
  fact: string;
  /** Null where not known. */
  value: string | null;
  arm: 0 | 1 | null;
  children: number;
}

export interface RecruitmentCounts {
  screened: Screened[];
  baseline: BaselineCount[];
  armsToldApart: boolean;
  /** The one arm that all participants of a council are in; councils with both are left out. */
  armOf: ReadonlyMap<string, 0 | 1>;
}

const isReason = (reason: string | null): reason is Exclusion | null =>
  reason === null || (exclusions as readonly string[]).includes(reason);

/** Empty for a reader who does not work on the evaluation. @param id of the evaluation */
export async function recruitmentCounts(db: Queryable, id: number): Promise<RecruitmentCounts> {
  const screened = await db<(Omit<Screened, 'reason'> & { reason: string | null })[]>`
    select council, month::text, reason, children from waymark.recruitment_of(${id}::smallint)`;
  const baseline = await db<BaselineCount[]>`
    select fact, value, arm, children from waymark.baseline_of(${id}::smallint)`;
  const arms = await db<{ council: string; arm: 0 | 1 }[]>`
    select c.code as council, min(p.arm) as arm from waymark.participant p join waymark.council c using (council_id)
    where p.evaluation_id = ${id} group by c.code having min(p.arm) = max(p.arm)`;
  const [told] = await db<{ apart: boolean }[]>`select waymark.arms_told_apart(${id}::smallint) as apart`;
  return {
    screened: screened.map(({ reason, ...row }) => {
      if (!isReason(reason)) throw new Error(`screening has no reason ${reason}`);
      return { ...row, reason };
    }),
    baseline: [...baseline],
    armsToldApart: told?.apart ?? false,
    armOf: new Map(arms.map(({ council, arm }) => [council, arm])),
  };
}
