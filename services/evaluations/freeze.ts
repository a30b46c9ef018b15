// A frozen milestone never changes: later corrections give a new figure beside it, not another figure in its place.
import type { Database } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';
import { isUnsettled, mayFreeze, milestones } from './maturity.ts';

export interface Frozen {
  /** SHA-256 over the outcomes in order of council, child and outcome; the same after a rebuild from scratch. */
  hash: string;
  participants: number;
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
    const [hashed] = await tx<{ hash: string }[]>`
      select encode(sha256(convert_to(coalesce(string_agg(
        concat_ws('|', c.code, ch.pseudonym, p.arm, o.outcome, o.state, o.date, o.censor_reason, o.value || ' days'), e'\n'
        order by c.code, ch.pseudonym, o.outcome), ''), 'UTF8')), 'hex') as hash
      from waymark.participant p
      join waymark.outcome o using (participant_key)
      join waymark.child ch using (child_key)
      join waymark.council c on c.council_id = p.council_id
      where p.evaluation_id = ${evaluation.id} and p.wave = ${wave} and o.horizon = ${horizon}`;
    const hash = hashed?.hash ?? '';
    await tx`insert into waymark.milestone (evaluation_id, wave, horizon, participants, outcome_hash)
      values (${evaluation.id}, ${wave}, ${horizon}, ${milestone.participants}, ${hash})`;
    await tx`
      insert into waymark.frozen_outcome
        (evaluation_id, wave, horizon, participant_key, arm, outcome, state, date, censor_reason, value)
      select ${evaluation.id}, p.wave, o.horizon, p.participant_key, p.arm, o.outcome, o.state, o.date, o.censor_reason, o.value
      from waymark.participant p join waymark.outcome o using (participant_key)
      where p.evaluation_id = ${evaluation.id} and p.wave = ${wave} and o.horizon = ${horizon}`;
    return { hash, participants: milestone.participants };
  });
}
