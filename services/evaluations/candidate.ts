// A frozen figure stays what it was. When later records would give another one, that one is noted as its candidate: a
// person decides whether it is published in the figure's place.
import type { Database, Queryable } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';

/** How a frozen figure differs from what the records come to now. Counts are of participants of both arms together. */
export interface Candidate {
  /** First day of the wave, YYYY-MM-DD. */
  wave: string;
  /** Months from the index day. */
  horizon: number;
  /** As in `Frozen`, over the outcomes of now. */
  hash: string;
  /** Participants whose outcomes differ. */
  changed: number;
  /** Participants who came into the wave since the figure was frozen, and who left it. */
  joined: number;
  gone: number;
  /** When it was first found that the figure is another one now. */
  foundAt: Date;
}

/** SHA-256 over a wave's outcomes at a horizon as they are, in order of council, child and outcome; the same after a rebuild. */
export async function outcomeHash(
  db: Queryable,
  evaluationId: number,
  wave: string,
  horizon: number,
): Promise<string> {
  const [hashed] = await db<{ hash: string }[]>`
    select encode(sha256(convert_to(coalesce(string_agg(
      concat_ws('|', c.code, ch.pseudonym, p.arm, o.outcome, o.state, o.date, o.censor_reason, o.value || ' days'), e'\n'
      order by c.code, ch.pseudonym, o.outcome), ''), 'UTF8')), 'hex') as hash
    from waymark.participant p
    join waymark.outcome o using (participant_key)
    join waymark.child ch using (child_key)
    join waymark.council c on c.council_id = p.council_id
    where p.evaluation_id = ${evaluationId} and p.wave = ${wave} and o.horizon = ${horizon}`;
  return hashed?.hash ?? '';
}

type Differences = Pick<Candidate, 'changed' | 'joined' | 'gone'>;

async function differences(
  db: Queryable,
  evaluationId: number,
  wave: string,
  horizon: number,
): Promise<Differences> {
  const [found] = await db<Differences[]>`
    with frozen as (
      select participant_key, outcome, arm, state, date, censor_reason, value from waymark.frozen_outcome
      where evaluation_id = ${evaluationId} and wave = ${wave} and horizon = ${horizon}
    ),
    now as (
      select o.participant_key, o.outcome, p.arm, o.state, o.date, o.censor_reason, o.value
      from waymark.participant p join waymark.outcome o using (participant_key)
      where p.evaluation_id = ${evaluationId} and p.wave = ${wave} and o.horizon = ${horizon}
    ),
    each as (
      select participant_key, bool_or(f.participant_key is not null) as was, bool_or(n.participant_key is not null) as "is",
        bool_or((f.arm, f.state, f.date, f.censor_reason, f.value)
          is distinct from (n.arm, n.state, n.date, n.censor_reason, n.value)) as differs
      from frozen f full join now n using (participant_key, outcome) group by participant_key
    )
    select count(*) filter (where was and "is" and differs)::integer as changed,
      count(*) filter (where not was)::integer as joined, count(*) filter (where not "is")::integer as gone
    from each`;
  return found ?? { changed: 0, joined: 0, gone: 0 };
}

/** What happened to one frozen milestone when it was compared: it came to differ, or no longer differs. */
export interface Compared {
  wave: string;
  horizon: number;
  superseded: boolean;
}

/**
 * Compares a wave's frozen figures with what its outcomes come to now, and notes or withdraws their candidates.
 * @returns the milestones whose standing changed
 */
export async function noteCandidates(
  db: Database,
  { id }: Pick<Evaluation, 'id'>,
  wave: string,
): Promise<Compared[]> {
  const frozen = await db<{ horizon: number; hash: string; candidate: string | null }[]>`
    select m.horizon, m.outcome_hash as hash, c.outcome_hash as candidate
    from waymark.milestone m left join waymark.candidate c using (evaluation_id, wave, horizon)
    where m.evaluation_id = ${id} and m.wave = ${wave} order by m.horizon`;
  const changes: Compared[] = [];
  for (const { horizon, hash, candidate } of frozen) {
    await db.begin('isolation level repeatable read', async (tx) => {
      const now = await outcomeHash(tx, id, wave, horizon);
      if (now === (candidate ?? hash)) return;
      if (now === hash) {
        await tx`delete from waymark.candidate where evaluation_id = ${id} and wave = ${wave} and horizon = ${horizon}`;
      } else {
        const { changed, joined, gone } = await differences(tx, id, wave, horizon);
        await tx`
          insert into waymark.candidate (evaluation_id, wave, horizon, outcome_hash, changed, joined, gone)
          values (${id}, ${wave}, ${horizon}, ${now}, ${changed}, ${joined}, ${gone})
          on conflict (evaluation_id, wave, horizon) do update set outcome_hash = excluded.outcome_hash,
            changed = excluded.changed, joined = excluded.joined, gone = excluded.gone`;
      }
      if ((now === hash) === (candidate !== null)) changes.push({ wave, horizon, superseded: now !== hash });
    });
  }
  return changes;
}

/** Every frozen figure of an evaluation that has a candidate, by wave and horizon. */
export async function candidatesOf(db: Queryable, { id }: Pick<Evaluation, 'id'>): Promise<Candidate[]> {
  return db<Candidate[]>`
    select wave, horizon, outcome_hash as hash, changed, joined, gone, found_at as "foundAt"
    from waymark.candidate where evaluation_id = ${id} order by wave, horizon`;
}
