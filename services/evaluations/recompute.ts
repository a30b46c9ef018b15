// Outcomes are recomputed for the participants whose records changed, and only rows that differ are written.
import { censorNumber, outcomesSql, stateNumber } from '../outcomes/set-engine.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';

const CHUNK = 5_000;

/** Below the key of every child. */
const NOBODY = 0;

/** Replaces the outcomes of these participants. */
async function store(tx: Transaction, evaluation: Evaluation, children: readonly number[]): Promise<void> {
  const { protocol, id } = evaluation;
  // Each row stored is looked up among the participants by its foreign key. As connections are set (see connect) that look-up
  // is planned anew for every row, which took longer than working the outcomes out and storing them.
  await tx`set local plan_cache_mode = auto`;
  await tx.unsafe(
    // Each is looked up: a list is searched for in all of the evaluation's participants where the table was never analysed.
    `with chosen as not materialized (
       select p.* from unnest($2::integer[]) as asked(child_key) cross join lateral (
         select * from waymark.participant where evaluation_id = $1 and child_key = asked.child_key offset 0) p
     )
     insert into waymark.outcome as o
       (participant_key, outcome, horizon, horizon_day, state, date, censor_reason, value)
     select participant_key, outcome, horizon, horizon_day, state, date, censor_reason, value
     from (${outcomesSql(protocol.outcomes, protocol.horizons, protocol.population.index.record)}) as fresh
     on conflict (participant_key, outcome, horizon) do update set horizon_day = excluded.horizon_day,
       state = excluded.state, date = excluded.date, censor_reason = excluded.censor_reason, value = excluded.value
     where (o.horizon_day, o.state, o.date, o.censor_reason, o.value)
       is distinct from (excluded.horizon_day, excluded.state, excluded.date, excluded.censor_reason, excluded.value)`,
    [id, children as number[]],
  );
}

/** Takes the next waiting changes of a cohort, in the order of its children. */
const take = (tx: Transaction, { id }: Evaluation, wave: string, after: number) =>
  // By their places, listed first: a join would be planned by what was known of the table before it filled, row against row.
  tx<{ child_key: number }[]>`
    delete from waymark.cohort_change where ctid = any (array(
      select ctid from waymark.cohort_change
      where evaluation_id = ${id} and wave = ${wave} and child_key > ${after}
      order by child_key limit ${CHUNK} for update skip locked))
    returning child_key`;

/**
 * Takes the waiting changes of a cohort in chunks, each in its own transaction, until none is left.
 * @returns the participants computed again
 */
export async function recompute(
  db: Database,
  evaluation: Evaluation,
  wave: string,
  afterChunk: (done: number) => void = () => {},
): Promise<number> {
  let done = 0;
  // Each chunk begins where the one before it ended, not among the rows that were taken; what has come in below is the next turn's.
  for (let after = NOBODY; ; ) {
    const children = await db.begin(async (tx) => {
      const changes = await take(tx, evaluation, wave, after);
      const keys = changes.map((change) => change.child_key);
      if (keys.length > 0) await store(tx, evaluation, keys);
      return keys;
    });
    if (children.length === 0 && after === NOBODY) return done;
    after = children.reduce((most, child) => Math.max(most, child), NOBODY);
    if (children.length === 0) continue;
    done += children.length;
    afterChunk(done);
  }
}

export const stateNamed = Object.fromEntries(
  Object.entries(stateNumber).map(([name, number]) => [number, name]),
);
export const censorNamed = Object.fromEntries(
  Object.entries(censorNumber).map(([name, number]) => [number, name]),
);
