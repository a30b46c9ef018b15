// What stands in the store of some pseudonyms and one evaluation: who was screened, who takes part, and with what outcomes.
import type { Arm } from '../../../schemas/protocol.ts';
import type { Transaction } from '../../platform/database.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Enrolled } from './participants.ts';

export interface StandingParticipant extends Enrolled {
  council: string;
  /** The person it is followed as; null for one that is put by as a duplicate of another. */
  child: string | null;
  duplicateOf: number | null;
  wave: string | null;
  flag: string | null;
  /** Its outcomes wait to be computed again. */
  waits: boolean;
}

export interface StandingOutcome {
  participant: number;
  outcome: number;
  horizon: number;
  horizonDay: string;
  state: number;
  date: string | null;
  censorReason: number | null;
  value: number | null;
}

interface ParticipantRow extends Omit<StandingParticipant, 'index' | 'arm'> {
  day: string;
  record: string;
  under: string;
  arm: number;
}

const name = (letter: string, uuid: string) => `'${letter}' || replace(${uuid}::text, '-', '')`;

export async function standingParticipants(
  tx: Transaction,
  { id: evaluation, protocol }: Pick<Evaluation, 'id' | 'protocol'>,
  children: readonly number[],
): Promise<StandingParticipant[]> {
  const these = children as number[];
  const rows = await tx<ParticipantRow[]>`
    with entry as (
      select p.participant_key, p.child_key, p.index_child, p.council_id, p.index_day, p.index_record, p.arm, p.cluster,
        p.wave, p.flag, null::integer as duplicate_of,
        exists (select from waymark.cohort_change w where w.evaluation_id = p.evaluation_id and w.child_key = p.child_key) as waits
      from waymark.participant p
      where p.evaluation_id = ${evaluation}
        and (p.child_key = any(${these}::integer[]) or p.index_child = any(${these}::integer[]))
      union all
      select d.participant_key, null, d.index_child, d.council_id, d.index_day, d.index_record, d.arm, d.cluster,
        null, null, d.duplicate_of, false
      from waymark.duplicate_participant d
      where d.evaluation_id = ${evaluation} and d.index_child = any(${these}::integer[])
    )
    select e.participant_key as key, co.code as council, ${tx.unsafe(name('c', 'c.pseudonym'))} as child, e.index_day as day,
      ${tx.unsafe(name('r', 'e.index_record'))} as record, ${tx.unsafe(name('c', 'i.pseudonym'))} as under, e.arm,
      ${tx.unsafe(name('', 'e.cluster'))} as unit, e.wave, e.flag, e.duplicate_of as "duplicateOf", e.waits,
      (a.allocated_at at time zone 'UTC')::text as "allocatedAt"
    from entry e left join waymark.child c using (child_key) join waymark.child i on i.child_key = e.index_child
    join waymark.council co on co.council_id = e.council_id
    left join waymark.allocation a on a.evaluation_id = ${evaluation} and a.council_id = e.council_id and a.unit = e.cluster`;
  return rows.map(({ day, record, under, arm, ...row }) => ({
    ...row,
    arm: (arm === 1 ? 'trial' : 'comparison') satisfies Arm,
    index: { kind: protocol.population.index.record, day, recordId: record, child: under },
  }));
}

/** By council and pseudonym: the index day and the reason, null for one that is enrolled. */
export async function standingScreenings(tx: Transaction, evaluation: number, children: readonly number[]) {
  const rows = await tx<{ council: string; child: string; indexDay: string | null; reason: string | null }[]>`
    select co.code as council, ${tx.unsafe(name('c', 'c.pseudonym'))} as child, s.index_day as "indexDay", s.reason
    from waymark.screening s join waymark.child c using (child_key) join waymark.council co using (council_id)
    where s.evaluation_id = ${evaluation} and s.child_key = any(${children as number[]}::integer[])`;
  return new Map(rows.map((row) => [`${row.council} ${row.child}`, row]));
}

/** Outcomes are there for the tracker alone until an evaluation is unblinded: they are read as it, and never printed. */
export async function asTracker<T>(tx: Transaction, read: () => Promise<T>): Promise<T> {
  const [own] = await tx<{ role: string }[]>`select current_user::text as role`;
  await tx`set local role waymark_tracker`;
  const found = await read();
  await tx`set local role ${tx(own?.role ?? '')}`;
  return found;
}

export const standingOutcomes = (
  tx: Transaction,
  participants: readonly number[],
): Promise<StandingOutcome[]> =>
  asTracker(
    tx,
    () => tx<StandingOutcome[]>`
    select participant_key as participant, outcome, horizon, horizon_day as "horizonDay", state, date,
      censor_reason as "censorReason", value
    from waymark.outcome where participant_key = any(${participants as number[]}::integer[])`,
  );
