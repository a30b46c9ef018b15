// What a protocol would find if it held now: who is eligible by month and council, never what came of them.
import { addMonths } from '../../../schemas/calendar.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { Queryable } from '../../platform/database.ts';
import { power } from '../../statistics/trial/power.ts';
import { isCandidate, reasonSql, teamSql } from '../eligibility-sql.ts';

export interface DryRun {
  /** Children with an index record in the window, and of them the eligible; arms are left out. */
  children: { withIndex: number; eligible: number };
  excluded: { reason: string; count: number }[];
  /** The protocol’s councils of which no child is known here, so that nobody of theirs could be counted. */
  unknownCouncils: string[];
  /** Null where the count is from 1 to the protocol's threshold - 1. */
  byMonthAndCouncil: { month: string; council: string; eligible: number | null }[];
  /** When the last index day of the window reaches each horizon. */
  maturity: { horizon: number; lastDueOn: string }[];
  /**
   * Of the eligible as they stand, by the design: two equal arms of clusters (Donner and Klar), or a stepped wedge (Hussey and
   * Hughes). Null without `analysis.sizing`, with fewer than four clusters, and for designs whose power no formula here tells.
   */
  power: {
    design: 'two-arms' | 'stepped-wedge';
    comparisonRisk: number;
    trialRisk: number;
    clusters: number;
    /** Children a cluster; in a stepped wedge, a cluster and period. */
    clusterSize: number;
    power: number;
  } | null;
}

interface Cell {
  month: string;
  council: string;
  reason: string | null;
  children: number;
}

/** The steps of a wedge; 0 for any other design. */
function stepsOf({ allocation, exposure, design }: Protocol): number {
  if (allocation?.method === 'stepped-wedge') return allocation.steps.length;
  return exposure?.by === 'go-live' && design === 'randomised'
    ? new Set(exposure.goLive.map(({ from }) => from)).size
    : 0;
}

function powerNow(protocol: Protocol, eligible: number, units: number): DryRun['power'] {
  const { analysis, exposure, councils } = protocol;
  const sizing = analysis?.sizing;
  const steps = stepsOf(protocol);
  if (!sizing || units < 4 || eligible < units || (exposure?.by === 'go-live' && steps === 0)) return null;
  const { comparisonRisk, trialRisk, icc } = sizing;
  const asked = {
    method: 'power',
    level: 0.95,
    values: [trialRisk, comparisonRisk],
    alpha: analysis.alpha,
    icc,
  };
  if (steps > 0) {
    const clusters = councils.length;
    const clusterSize = eligible / (clusters * (steps + 1));
    const answer = power({ ...asked, design: 'stepped-wedge', steps, clusters, clusterSize });
    return {
      design: 'stepped-wedge',
      comparisonRisk,
      trialRisk,
      clusters,
      clusterSize,
      power: Number(answer.power),
    };
  }
  const clusterSize = eligible / units;
  const answer = power({ ...asked, design: 'proportions', n: eligible, clusterSize });
  return {
    design: 'two-arms',
    comparisonRisk,
    trialRisk,
    clusters: units,
    clusterSize,
    power: Number(answer.power),
  };
}

/** Counts from the occurrences that stand. Nothing is stored, and no outcome is read. */
export async function dryRun(db: Queryable, protocol: Protocol): Promise<DryRun> {
  const { population, councils, horizons, disclosure, unit, analysis } = protocol;
  const by = analysis?.clusters === 'council' ? 'council' : unit;
  const facts = db`
    select c.child_key, l.code, l.council_id, c.pseudonym, k.family, k.birth_month, i.starts as index_day,
      ${db.unsafe(teamSql(protocol))} as team, false as opted_out
    from waymark.council l join waymark.child c using (council_id)
    left join lateral (select * from waymark.child_known known where known.child_key = c.child_key) k on true
    join lateral (
      select o.child_key, o.record_id, o.stated_under, o.starts from waymark.occurrence o join waymark.child m on m.child_key = o.stated_under
      where o.child_key = c.child_key and ${db.unsafe(isCandidate(population.index, 'o'))}
        and o.starts between ${population.from} and ${population.to}
      order by o.starts, o.record_id, m.pseudonym limit 1) i on true
    where l.code = any(${councils})`;
  const cells = await db<Cell[]>`
    with facts as (${facts}), judged as (select f.*, ${db.unsafe(reasonSql(protocol))} as reason from facts f)
    select to_char(index_day, 'YYYY-MM') as month, code as council, reason, count(*)::integer as children
    from judged group by 1, 2, 3 order by 1, 2`;
  const [counted] = await db<{ units: number }[]>`
    with facts as (${facts}), judged as (select f.*, ${db.unsafe(reasonSql(protocol))} as reason from facts f)
    select count(distinct (council_id, case ${by}::text when 'council' then null when 'family' then coalesce(family, pseudonym)
      when 'team' then team else pseudonym end))::integer as units
    from judged where reason is null`;
  const known = await db<{ code: string }[]>`
    select code from waymark.council l where code = any(${councils})
      and exists (select from waymark.child c where c.council_id = l.council_id)`;
  const sum = (of: readonly Cell[]): number => of.reduce((total, { children }) => total + children, 0);
  const eligible = cells.filter(({ reason }) => reason === null);
  const reasons = [...new Set(cells.flatMap(({ reason }) => (reason === null ? [] : [reason])))];
  return {
    children: { withIndex: sum(cells), eligible: sum(eligible) },
    excluded: reasons.map((reason) => ({
      reason,
      count: sum(cells.filter((cell) => cell.reason === reason)),
    })),
    unknownCouncils: councils.filter((council) => !known.some(({ code }) => code === council)),
    byMonthAndCouncil: eligible.map(({ month, council, children }) => ({
      month,
      council,
      eligible: children < disclosure.threshold ? null : children,
    })),
    maturity: horizons.map((horizon) => ({ horizon, lastDueOn: addMonths(population.to, horizon) })),
    power: powerNow(protocol, sum(eligible), counted?.units ?? 0),
  };
}
