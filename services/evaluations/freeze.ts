// A frozen milestone never changes: later corrections give a candidate beside it, not another figure in its place.
import type { Database, Queryable } from '../platform/database.ts';
import { outcomeHash } from './candidate.ts';
import type { Evaluation } from './evaluation.ts';
import { isUnsettled, kindsNeeded, mayFreeze, milestones } from './maturity.ts';

export interface Frozen {
  /** SHA-256 over the outcomes in order of council, child and outcome; the same after a rebuild from scratch. */
  hash: string;
  participants: number;
}

/** What a frozen figure rests on. */
export interface Included {
  /** The newest statement, as the council recorded it, among the records of its participants; null when they have none. */
  lastEvent: { id: string; recordedAt: string } | null;
  /** By ONS code: the day through which all the council's feeds that the figure needs were complete. */
  completeThrough: Record<string, string>;
}

async function includedIn(db: Queryable, evaluation: Evaluation, wave: string): Promise<Included> {
  const [last] = await db<{ id: string; recorded_at: Date }[]>`
    select o.event_id as id, o.recorded_at
    from waymark.participant p join waymark.occurrence o using (child_key)
    where p.evaluation_id = ${evaluation.id} and p.wave = ${wave}
    order by o.recorded_at desc, o.event_id desc limit 1`;
  const complete = await db<{ code: string; through: string }[]>`
    select c.code, min(t.complete_through) as through
    from waymark.evaluation_council ec join waymark.council c using (council_id)
    join waymark.complete_through t using (council_id)
    where ec.evaluation_id = ${evaluation.id} and t.kind = any(${kindsNeeded(evaluation)}::smallint[])
    group by c.code order by c.code`;
  return {
    lastEvent: last ? { id: last.id, recordedAt: last.recorded_at.toISOString() } : null,
    completeThrough: Object.fromEntries(complete.map(({ code, through }) => [code, through])),
  };
}

/** Freezes a wave at a horizon, once. Null when it is not ready, or its protocol is not locked; the first freeze's hash when it was done before. */
export async function freeze(
  db: Database,
  evaluation: Evaluation,
  wave: string,
  horizon: number,
): Promise<Frozen | null> {
  if (!mayFreeze(evaluation)) return null;
  return db.begin('isolation level repeatable read', async (tx) => {
    const [known] = await tx<Frozen[]>`
      select outcome_hash as hash, participants from waymark.milestone
      where evaluation_id = ${evaluation.id} and wave = ${wave} and horizon = ${horizon}`;
    if (known) return { hash: known.hash, participants: known.participants };
    const milestone = (await milestones(tx, evaluation, wave)).find((one) => one.horizon === horizon);
    if (!milestone || milestone.waitingFor.length > 0 || (await isUnsettled(tx, evaluation, wave)))
      return null;
    const hash = await outcomeHash(tx, evaluation.id, wave, horizon);
    const includes = JSON.stringify(await includedIn(tx, evaluation, wave));
    await tx`insert into waymark.milestone (evaluation_id, wave, horizon, participants, outcome_hash, includes)
      values (${evaluation.id}, ${wave}, ${horizon}, ${milestone.participants}, ${hash}, ${includes}::text::jsonb)`;
    await tx`
      insert into waymark.frozen_outcome
        (evaluation_id, wave, horizon, participant_key, arm, outcome, state, date, censor_reason, value)
      select ${evaluation.id}, p.wave, o.horizon, p.participant_key, p.arm, o.outcome, o.state, o.date, o.censor_reason, o.value
      from waymark.participant p join waymark.outcome o using (participant_key)
      where p.evaluation_id = ${evaluation.id} and p.wave = ${wave} and o.horizon = ${horizon}`;
    await tx`select waymark.freeze_groups(${evaluation.id}::smallint, ${wave}::date)`;
    return { hash, participants: milestone.participants };
  });
}
