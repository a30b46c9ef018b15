// One child of a stored evaluation, with every statement of the ledger about it. What it takes part with is what the store
// says, so that the state explained is the state stored; as of an earlier day it is what the ledger said by then.
import { sourceOf } from '../../../schemas/case-event.ts';
import type { RecordState } from '../../../schemas/records.ts';
import type { Said } from '../../outcomes/explain.ts';
import { kindNamed } from '../../outcomes/kinds.ts';
import type { Index } from '../../outcomes/participant.ts';
import type { Person } from '../../outcomes/persons.ts';
import type { Database, Queryable } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { dayGiven, endOfDay } from '../as-of/as-of.ts';
import { allottedAsOf, knownAsOf, optedOutOf } from '../as-of/known-as-of.ts';
import type { Exclusion } from '../eligibility.ts';
import { participantOf } from '../evaluate/evaluate.ts';
import { type Evaluation, evaluations, unblindedNamed } from '../evaluation.ts';
import { type ExplainRecord, explainRecord, horizonsAsked, outcomeNamed, theOne } from './record.ts';

export interface StoredAsked {
  participant: string;
  outcome: string;
  horizon?: string;
  asOf?: string;
  council?: string;
  evaluation?: string;
}

interface Keyed {
  key: number;
  council: string;
}

const isPseudonym = (text: string): boolean => /^c[0-9a-f]{32}$/.test(text);

async function childrenNamed(db: Queryable, participant: string): Promise<Keyed[]> {
  if (!isPseudonym(participant)) return [];
  return db<Keyed[]>`
    select c.child_key as key, co.code as council from waymark.child c join waymark.council co using (council_id)
    where c.pseudonym = ${participant.slice(1)}::uuid order by co.code`;
}

/** The evaluation asked for, or the only one that has the outcome and one of the child's councils. */
async function evaluationOf(
  db: Queryable,
  asked: StoredAsked,
  children: readonly Keyed[],
): Promise<Evaluation> {
  if (asked.evaluation !== undefined) return unblindedNamed(db, asked.evaluation);
  const fitting = (await evaluations(db)).filter(
    ({ protocol }) =>
      protocol.outcomes.some(({ id }) => id === asked.outcome) &&
      children.some(({ council }) => protocol.councils.includes(council)),
  );
  const [only, ...more] = fitting;
  if (only && more.length === 0) return unblindedNamed(db, only.slug);
  const found = only
    ? `Say which evaluation is meant with --evaluation: ${fitting.map(({ slug }) => slug).join(', ')}.`
    : 'No evaluation has this outcome and a council that knows the child.';
  throw new UserError(only ? 'several-evaluations' : 'unknown-evaluation', found, { field: 'evaluation' });
}

async function saidOf(db: Queryable, { council, pseudonyms }: Person, cut: Date): Promise<Said[]> {
  const rows = await db<
    {
      child: string;
      kind: number;
      record: string;
      event: string;
      at: Date;
      purged: boolean;
      state: RecordState | null;
    }[]
  >`
    select 'c' || replace(c.pseudonym::text, '-', '') as child, e.kind, 'r' || replace(e.record_id::text, '-', '') as record,
      e.event_id as event, e.recorded_at as at, e.purged, e.state
    from waymark.case_event e join waymark.child c using (child_key) join waymark.council co using (council_id)
    where co.code = ${council} and c.pseudonym = any(${pseudonyms.map((one) => one.slice(1))}::uuid[])
      and e.ledgered_at < ${cut.toISOString()}::timestamptz
    order by e.recorded_at, e.event_id, c.pseudonym`;
  return rows.flatMap(({ child, kind: number, record: recordId, event: id, at, purged, state }): Said[] => {
    const kind = kindNamed(number);
    if (!kind) return [];
    const recordedAt = at.toISOString();
    const data = purged ? { recordId, purged: true as const } : state && { recordId, state };
    const envelope = { specversion: '1.0' as const, id, source: sourceOf(council), subject: child };
    const event =
      data && ({ ...envelope, type: `waymark.case.${kind}.v1`, time: recordedAt, data } as Said['event']);
    return [{ event: event ?? null, kind, child, recordId, id, recordedAt, line: null }];
  });
}

/** The key under which the store keeps what is derived of a pseudonym. */
async function personOf(db: Queryable, key: number): Promise<number> {
  const [person] = await db<{ key: number }[]>`
    select person_key as key from waymark.person_member where child_key = ${key}`;
  return person?.key ?? key;
}

interface Stored {
  index: Index | null;
  excluded: Exclusion | null;
  flag: string | null;
}

/** What the child takes part with as the store has it, or why it does not. */
async function storedIndex(db: Queryable, { id, protocol }: Evaluation, key: number): Promise<Stored> {
  const [row] = await db<{ day: string; record: string; under: string; flag: string | null }[]>`
    select p.index_day as day, 'r' || replace(p.index_record::text, '-', '') as record,
      'c' || replace(c.pseudonym::text, '-', '') as under, p.flag
    from waymark.participant p join waymark.child c on c.child_key = p.index_child
    where p.evaluation_id = ${id} and p.child_key = ${key}`;
  if (row) {
    const { record: kind } = protocol.population.index;
    const index = { kind, child: row.under, recordId: row.record, day: row.day };
    return { index, excluded: null, flag: row.flag };
  }
  const [screened] = await db<{ reason: Exclusion | null }[]>`
    select reason from waymark.screening where evaluation_id = ${id} and child_key = ${key}`;
  return { index: null, excluded: screened?.reason ?? 'no-index', flag: null };
}

/**
 * One moment of the store. Which evaluation is read goes to the audit log first: the moment itself writes nothing.
 * @throws UserError `blinded`, and for an evaluation, an outcome, a horizon, a day or a participant that cannot be used
 */
export async function explainStored(db: Database, asked: StoredAsked): Promise<ExplainRecord> {
  const asOf = asked.asOf === undefined ? null : dayGiven(asked.asOf, 'as-of');
  const evaluation = await evaluationOf(db, asked, await childrenNamed(db, asked.participant));
  return db.begin('isolation level repeatable read read only', async (tx) => {
    const named = await childrenNamed(tx, asked.participant);
    const { protocol, slug } = evaluation;
    const definition = outcomeNamed(protocol, asked.outcome);
    const horizons = horizonsAsked(protocol, asked.horizon);
    const { key, council } = theOne(
      named.filter(
        (one) =>
          protocol.councils.includes(one.council) &&
          (asked.council === undefined || one.council === asked.council),
      ),
      asked.participant,
    );
    const [now] = await tx<{ now: Date }[]>`select now() + interval '1 day' as now`;
    const cut = asOf === null ? (now?.now ?? new Date()) : endOfDay(asOf);
    const known = await knownAsOf(tx, protocol, cut, [key]);
    const child = theOne(
      known.children().filter((one) => one.council === council && one.pseudonyms.includes(asked.participant)),
      asked.participant,
    );
    const feed = known.feedOf(council);
    const seen = async (): Promise<Stored> => {
      const allotted = await allottedAsOf(tx, evaluation, cut);
      const found = participantOf(protocol, child, feed, allotted, await optedOutOf(tx, evaluation));
      return typeof found === 'string'
        ? { index: null, excluded: found, flag: null }
        : { index: found.index, excluded: null, flag: null };
    };
    const stored = asOf === null ? await storedIndex(tx, evaluation, await personOf(tx, key)) : await seen();
    const said = await saidOf(tx, child, cut);
    return explainRecord(definition, horizons, { evaluation: slug, asOf, child, feed, said, ...stored });
  });
}
