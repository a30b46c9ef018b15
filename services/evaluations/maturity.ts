// A figure is known once the feeds it rests on are complete through the day it needs. Silence is never completeness.

import type { RecordKind } from '../../schemas/records.ts';
import { clockWithinMonths } from '../outcomes/feeds.ts';
import { kindNumber } from '../outcomes/kinds.ts';
import { feedKinds } from '../outcomes/set-engine.ts';
import type { Queryable } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';

/** The record kinds an evaluation rests on: what enrols a child, what excludes it, what shows its arm, and every outcome's. */
export function kindsNeeded({ protocol }: Pick<Evaluation, 'protocol'>): number[] {
  const { index, exclude } = protocol.population;
  const records: RecordKind[] = [
    index.record === 'care-period' ? 'care-episode' : index.record,
    ...(exclude?.inCareAtIndex ? ['care-episode' as const] : []),
    ...(exclude?.onCpPlanAtIndex ? ['cp-plan' as const] : []),
    ...(protocol.exposure?.by === 'offered' ? [protocol.exposure.record] : []),
  ];
  return [
    ...new Set([...records.map((record) => kindNumber[record]), ...protocol.outcomes.flatMap(feedKinds)]),
  ];
}

/** Nothing is frozen under a protocol that can still be changed, nor while the evaluation is paused or once it is closed. */
export const mayFreeze = ({ stage, paused }: Evaluation): boolean =>
  !paused && stage !== 'draft' && stage !== 'registered' && stage !== 'closed';

/** One wave and horizon: when its last participant matures, and which councils it still waits for. */
export interface MilestoneMaturity {
  wave: string;
  horizon: number;
  participants: number;
  /** Last index day of the wave + horizon + the months in which an outcome's own clock may start. */
  dueOn: string;
  /** ONS codes, in order. */
  waitingFor: string[];
  frozenAt: Date | null;
  /** Since when later records would give another figure than the frozen one; null while they would not. */
  supersededAt: Date | null;
}

/** SQL of a council and the day through which all that the evaluation rests on is complete; null while one feed never said. */
const completeSql = (db: Queryable, evaluation: Evaluation) => db`
  select c.council_id, c.code, case when count(t.complete_through) = ${kindsNeeded(evaluation).length}
    then min(t.complete_through) end as through
  from waymark.evaluation_council ec join waymark.council c using (council_id)
  left join waymark.complete_through t on t.council_id = c.council_id and t.kind = any(${kindsNeeded(evaluation)}::smallint[])
  where ec.evaluation_id = ${evaluation.id} group by c.council_id, c.code`;

/** Months behind its index day by which a participant's last clock has started. */
const clocksStart = ({ protocol }: Evaluation): number =>
  Math.max(0, ...protocol.outcomes.map(clockWithinMonths));

/** Every wave with a participant, by every horizon; `wave` narrows it to one. */
export async function milestones(
  db: Queryable,
  evaluation: Evaluation,
  wave: string | null = null,
): Promise<MilestoneMaturity[]> {
  const { id, protocol } = evaluation;
  return db<MilestoneMaturity[]>`
    with waves as (
      select wave, count(*)::integer as participants, max(index_day) as last_index
      from waymark.participant where evaluation_id = ${id} and (${wave}::date is null or wave = ${wave}::date) group by wave
    ),
    complete as (${completeSql(db, evaluation)}),
    due as (
      select w.wave, h.horizon, w.participants, (w.last_index + make_interval(months => h.horizon + ${clocksStart(evaluation)}::integer))::date as due_on
      from waves w cross join unnest(${protocol.horizons}::smallint[]) as h(horizon)
    )
    select d.wave, d.horizon, d.participants, d.due_on as "dueOn", m.frozen_at as "frozenAt",
      s.found_at as "supersededAt",
      coalesce((select array_agg(c.code order by c.code) from complete c where c.through is null or c.through < d.due_on), '{}')
        as "waitingFor"
    from due d left join waymark.milestone m
      on m.evaluation_id = ${id} and m.wave = d.wave and m.horizon = d.horizon
    left join waymark.candidate s on s.evaluation_id = ${id} and s.wave = d.wave and s.horizon = d.horizon
    order by d.wave, d.horizon`;
}

/** One horizon of a wave: whether every council is complete through the day it needs. */
export interface MilestoneStanding {
  horizon: number;
  complete: boolean;
  frozen: boolean;
}

/**
 * What `milestones` says of one wave, as far as a look needs it: asked after every look, and so without reading the wave's
 * participants while its first day already lies too late. None where nobody is in the wave.
 */
export const standings = (
  db: Queryable,
  evaluation: Evaluation,
  wave: string,
): Promise<MilestoneStanding[]> => {
  const ofWave = db`from waymark.participant where evaluation_id = ${evaluation.id} and wave = ${wave}`;
  const due = (from: ReturnType<typeof completeSql>) =>
    db`(${from} + make_interval(months => h.horizon + ${clocksStart(evaluation)}::integer))::date`;
  return db<MilestoneStanding[]>`
    with complete as (${completeSql(db, evaluation)}),
    known as (select case when count(*) = count(through) then min(through) end as through from complete)
    select h.horizon, m.frozen_at is not null as frozen,
      case when k.through >= ${due(db`${wave}::date`)} then k.through >= ${due(db`(select max(index_day) ${ofWave})`)}
        else false end as complete
    from unnest(${evaluation.protocol.horizons}::smallint[]) as h(horizon) cross join known k
    left join waymark.milestone m on m.evaluation_id = ${evaluation.id} and m.wave = ${wave} and m.horizon = h.horizon
    where exists (select ${ofWave}) order by h.horizon`;
};

/** Whether changes to this evaluation's councils still wait to be screened, or changes to this wave to be recomputed. */
export async function isUnsettled(db: Queryable, evaluation: Evaluation, wave: string): Promise<boolean> {
  const [row] = await db<{ unsettled: boolean }[]>`
    select exists (select from waymark.cohort_change where evaluation_id = ${evaluation.id} and wave = ${wave})
      or exists (
        select from waymark.outbox o cross join unnest(o.child_keys) as k(child_key)
        join waymark.child c using (child_key) join waymark.evaluation_council ec using (council_id)
        where ec.evaluation_id = ${evaluation.id}) as unsettled`;
  return row?.unsettled ?? true;
}
