// One child of a stored evaluation, with every statement of the ledger about it. What it takes part with is what the store
// says, so that the state explained is the state stored; as of an earlier day it is what the ledger said by then.
import { sourceOf } from '../../../schemas/case-event.ts';
import type { RecordState } from '../../../schemas/records.ts';
import type { Said } from '../../outcomes/explain.ts';
import { kindNamed } from '../../outcomes/kinds.ts';
import type { Index } from '../../outcomes/participant.ts';
import type { Database, Queryable } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { dayGiven, endOfDay } from '../as-of/as-of.ts';
import { knownAsOf, listedAsOf } from '../as-of/known-as-of.ts';
import type { Exclusion } from '../eligibility.ts';
import { participantOf } from '../evaluate/evaluate.ts';
import type { KnownChild } from '../evaluate/known.ts';
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

async function saidOf(
  db: Queryable,
  key: number,
  { council, child }: KnownChild,
  cut: Date,
): Promise<Said[]> {
  const rows = await db<
    { kind: number; record: string; event: string; at: Date; purged: boolean; state: RecordState | null }[]
  >`
    select kind, 'r' || replace(record_id::text, '-', '') as record, event_id as event, recorded_at as at, purged, state
    from waymark.case_event where child_key = ${key} and ledgered_at < ${cut.toISOString()}::timestamptz
    order by recorded_at, event_id`;
  return rows.flatMap(({ kind: number, record: recordId, event: id, at, purged, state }): Said[] => {
    const kind = kindNamed(number);
    if (!kind) return [];
    const recordedAt = at.toISOString();
    const data = purged ? { recordId, purged: true as const } : state && { recordId, state };
    const envelope = { specversion: '1.0' as const, id, source: sourceOf(council), subject: child };
    const event =
      data && ({ ...envelope, type: `waymark.case.${kind}.v1`, time: recordedAt, data } as Said['event']);
    return [{ event: event ?? null, kind, recordId, id, recordedAt, line: null }];
  });
}

interface Stored {
  index: Index | null;
  excluded: Exclusion | null;
  flag: string | null;
}

/** What the child takes part with as the store has it, or why it does not. */
async function storedIndex(db: Queryable, { id, protocol }: Evaluation, key: number): Promise<Stored> {
  const [row] = await db<{ day: string; record: string; flag: string | null }[]>`
    select index_day as day, 'r' || replace(index_record::text, '-', '') as record, flag
    from waymark.participant where evaluation_id = ${id} and child_key = ${key}`;
  if (row) {
    const index = { kind: protocol.population.index.record, recordId: row.record, day: row.day };
    return { index, excluded: null, flag: row.flag };
  }
  const [screened] = await db<{ reason: Exclusion | null }[]>`
    select reason from waymark.screening where evaluation_id = ${id} and child_key = ${key}`;
  return { index: null, excluded: screened?.reason ?? 'no-index', flag: null };
}

/**
 * One moment of the store.
 * @throws UserError `blinded`, and for an evaluation, an outcome, a horizon, a day or a participant that cannot be used
 */
export function explainStored(db: Database, asked: StoredAsked): Promise<ExplainRecord> {
  const asOf = asked.asOf === undefined ? null : dayGiven(asked.asOf, 'as-of');
  return db.begin('isolation level repeatable read read only', async (tx) => {
    const named = await childrenNamed(tx, asked.participant);
    const evaluation = await evaluationOf(tx, asked, named);
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
      known.children().filter((one) => one.council === council && one.child === asked.participant),
      asked.participant,
    );
    const feed = known.feedOf(council);
    const seen = async (): Promise<Stored> => {
      const found = participantOf(protocol, child, feed, await listedAsOf(tx, evaluation, cut));
      return typeof found === 'string'
        ? { index: null, excluded: found, flag: null }
        : { index: found.index, excluded: null, flag: null };
    };
    const stored = asOf === null ? await storedIndex(tx, evaluation, key) : await seen();
    const said = await saidOf(tx, key, child, cut);
    return explainRecord(definition, horizons, { evaluation: slug, asOf, child, feed, said, ...stored });
  });
}
