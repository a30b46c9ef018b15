// Counts by arm, outcome and horizon that always reconcile: enrolled = not at risk + pending + matured.
import type { ArmCounts, DaysSummary } from '../../schemas/result.ts';
import type { Evaluation } from '../evaluations/evaluation.ts';
import { daysSummary } from '../outcomes/days-summary.ts';
import { hasOwnClock } from '../outcomes/feeds.ts';
import { feedKinds, stateNumber } from '../outcomes/set-engine.ts';
import type { Queryable } from '../platform/database.ts';
import type { ClusterShape } from './effect.ts';

/** A wave and horizon already frozen; without it, everything as it stands now. */
export interface FrozenPart {
  wave: string;
  horizon: number;
}

interface CountRow extends Omit<ArmCounts, 'arm' | 'risk' | 'days'> {
  arm: number;
  outcome: number;
  horizon: number;
  /** Of every outcome, whether or not it is one measured in days. */
  days: DaysSummary;
}

/** Alike clusters of matured participants at risk, for one outcome and horizon. */
export type ShapeRow = ClusterShape & { outcome: number; horizon: number };

/**
 * SQL of every participant's outcome as (arm, cluster, outcome, horizon, state, value, matured, left_out). Where time runs
 * from the index day, who is not at risk is left out at once; else once the clock can start no more.
 */
function statesSql(db: Queryable, evaluation: Evaluation, part: FrozenPart | null) {
  if (part) {
    return db`select p.arm, p.cluster, f.outcome, f.horizon, f.state, f.value, true as matured,
        f.state = ${stateNumber['not-at-risk']} as left_out
      from waymark.frozen_outcome f join waymark.participant p using (participant_key)
      where f.evaluation_id = ${evaluation.id} and f.wave = ${part.wave} and f.horizon = ${part.horizon}`;
  }
  const needs = evaluation.protocol.outcomes.flatMap((definition, outcome) =>
    feedKinds(definition).map((kind) => ({ outcome, kind })),
  );
  const fromIndex = evaluation.protocol.outcomes.flatMap((definition, outcome) =>
    hasOwnClock(definition) ? [] : [outcome],
  );
  return db`
    select p.arm, p.cluster, h.outcome, h.horizon, o.state, o.value,
      coalesce(c.through >= o.horizon_day, false) as matured,
      o.state = ${stateNumber['not-at-risk']}
        and (h.outcome = any(${fromIndex}::smallint[]) or coalesce(c.through >= o.horizon_day, false)) as left_out
    from waymark.participant p
    cross join (select outcome, horizon from generate_series(0, ${evaluation.protocol.outcomes.length - 1}) as o(outcome),
      unnest(${evaluation.protocol.horizons}::smallint[]) as h(horizon)) as h
    left join waymark.outcome o on o.participant_key = p.participant_key and o.outcome = h.outcome and o.horizon = h.horizon
    left join (
      select t.council_id, n.outcome, min(t.complete_through) as through
      from unnest(${needs.map((need) => need.outcome)}::smallint[], ${needs.map((need) => need.kind)}::smallint[]) as n(outcome, kind)
      join waymark.complete_through t using (kind)
      group by t.council_id, n.outcome having count(*) = (
        select count(*) from unnest(${needs.map((need) => need.outcome)}::smallint[]) as m(outcome) where m.outcome = n.outcome)
    ) as c on c.council_id = p.council_id and c.outcome = h.outcome
    where p.evaluation_id = ${evaluation.id}`;
}

export async function armCounts(
  db: Queryable,
  evaluation: Evaluation,
  part: FrozenPart | null,
): Promise<CountRow[]> {
  const rows = await db<
    (Omit<CountRow, 'days'> & { daysKnown: number; daysSum: string; daysSquared: string })[]
  >`
    with states as (${statesSql(db, evaluation, part)}),
    known as (select *, matured and state <> ${stateNumber['not-at-risk']} as counted from states)
    select arm, outcome, horizon, count(*)::integer as enrolled,
      count(*) filter (where left_out)::integer as "notAtRisk",
      count(*) filter (where counted is not true and left_out is not true)::integer as pending,
      count(*) filter (where counted)::integer as matured,
      count(*) filter (where counted and state = ${stateNumber.event})::integer as events,
      count(*) filter (where counted and state = ${stateNumber['no-event']})::integer as "noEvents",
      count(*) filter (where counted and state = ${stateNumber.censored})::integer as censored,
      count(value) filter (where counted)::integer as "daysKnown",
      coalesce(sum(value::bigint) filter (where counted), 0)::text as "daysSum",
      coalesce(sum(value::bigint * value) filter (where counted), 0)::text as "daysSquared"
    from known group by arm, outcome, horizon`;
  return rows.map(({ daysKnown, daysSum, daysSquared, ...row }) => ({
    ...row,
    days: daysSummary(daysKnown, BigInt(daysSum), BigInt(daysSquared)),
  }));
}

export async function clusterShapes(
  db: Queryable,
  evaluation: Evaluation,
  part: FrozenPart | null,
): Promise<ShapeRow[]> {
  return db<ShapeRow[]>`
    with states as (${statesSql(db, evaluation, part)}),
    clusters as (
      select outcome, horizon, arm, cluster, count(*)::integer as size,
        count(*) filter (where state = ${stateNumber.event})::integer as events
      from states where matured and state <> ${stateNumber['not-at-risk']}
      group by outcome, horizon, arm, cluster
    )
    select outcome, horizon, arm, size, events, count(*)::integer as clusters from clusters
    group by outcome, horizon, arm, size, events`;
}
