// Who takes part in a stored evaluation and with what outcomes, as known at an instant: by the reference engine over the ledger
// cut there. Where participants are kept, each takes part as it was enrolled, whatever became of its index since, if its index
// record was known and its unit had its arm by then.
import type { Protocol } from '../../../schemas/protocol.ts';
import type { ChildRecords } from '../../outcomes/live-records.ts';
import type { Person } from '../../outcomes/persons.ts';
import type { Transaction } from '../../platform/database.ts';
import { type Exclusion, exclusions } from '../eligibility.ts';
import type { Allotted } from '../evaluate/allocation.ts';
import { type EvaluatedParticipant, knownOutcomesOf } from '../evaluate/evaluate.ts';
import type { KnownFeed } from '../evaluate/known.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Flow } from '../flow.ts';
import { type Deciding, decidingOf, type Enrolled, expectedOf } from '../rebuild/participants.ts';
import { type StandingParticipant, standingParticipants } from '../rebuild/standing.ts';
import { allottedAsOf, knownAsOf } from './known-as-of.ts';

export interface AsOfParticipant extends EvaluatedParticipant {
  records: ChildRecords;
}

export interface ParticipantsAsOf {
  allotted: Allotted;
  participants: AsOfParticipant[];
  flow: Omit<Flow, 'flags'>;
  feedOf: (council: string) => KnownFeed;
}

/** How participants were enrolled, by council and the pseudonym they were enrolled under. */
export type Entries = ReadonlyMap<string, readonly StandingParticipant[]>;

/** @param council the ONS code of the one council whose entries are wanted; null for all */
export async function entriesOf(
  tx: Transaction,
  evaluation: Evaluation,
  council: string | null = null,
): Promise<Entries> {
  const keys = await tx<{ key: number }[]>`
    with enrolled as (
      select child_key, index_child, council_id from waymark.participant where evaluation_id = ${evaluation.id}
      union all
      select index_child, index_child, council_id from waymark.duplicate_participant where evaluation_id = ${evaluation.id}
    ), own as (
      select e.* from enrolled e join waymark.council c using (council_id)
      where ${council}::text is null or c.code = ${council}
    )
    select child_key as key from own union select index_child from own`;
  const all = await standingParticipants(
    tx,
    evaluation,
    keys.map(({ key }) => key),
  );
  const entries = new Map<string, StandingParticipant[]>();
  for (const one of all) {
    const name = `${one.council} ${one.index.child}`;
    const known = entries.get(name);
    if (known) known.push(one);
    else entries.set(name, [one]);
  }
  return entries;
}

/** Whether anything had been said by then of the record that the entry was made for. */
const wasKnown = ({ newest }: Person, { index }: Enrolled): boolean =>
  [...newest.values()].some(
    ({ subject, data }) => 'recordId' in data && data.recordId === index.recordId && subject === index.child,
  );

/** Whether its unit had been given an arm by then; always where the protocol decides alone. */
function wasGiven({ allocation }: Protocol, { arms, councils }: Allotted, one: StandingParticipant): boolean {
  switch (allocation?.method) {
    case 'list':
    case 'concealed':
      return arms.has(`${one.council} ${one.unit}`);
    case 'constrained':
    case 'stepped-wedge':
      return councils.has(one.council);
    default:
      return true;
  }
}

/** The letter that says what kind of thing a unit is. */
const letters = { child: 'c', family: 'f', team: 't' } as const;

/** What decides who takes part at a cut, besides what was said: `deciding.allotted` is what had been given by then. */
export interface Taking {
  deciding: Deciding;
  entries: Entries;
}

/** The child as it takes part, enrolled before or not, or why it does not. */
export function takesPart(
  { deciding, entries }: Taking,
  person: Person,
  feed: KnownFeed,
): AsOfParticipant | Exclusion {
  const { council, child, pseudonyms } = person;
  const { protocol } = deciding.evaluation;
  const enrolled = pseudonyms
    .flatMap((one) => entries.get(`${council} ${one}`) ?? [])
    .filter((entry) => wasKnown(person, entry) && wasGiven(protocol, deciding.allotted, entry));
  const { judged, followed, reasons } = expectedOf(deciding, person, enrolled);
  if (!followed) return (reasons[0] ?? 'no-index') as Exclusion;
  const { records } = judged;
  const { index, arm } = followed;
  const unit = protocol.unit === 'council' ? council : `${letters[protocol.unit]}${followed.unit}`;
  const outcomes = knownOutcomesOf(protocol, { records, index, gaps: feed.gaps }, feed);
  return { council, child, unit, arm, index, outcomes, records };
}

/** @param cut what was stored before this instant is known */
export async function participantsAsOf(
  tx: Transaction,
  evaluation: Evaluation,
  cut: Date,
): Promise<ParticipantsAsOf> {
  const allotted = await allottedAsOf(tx, evaluation, cut);
  const deciding = { ...(await decidingOf(tx, evaluation)), allotted };
  const known = await knownAsOf(tx, evaluation.protocol, cut);
  const entries: Entries = deciding.keeps ? await entriesOf(tx, evaluation) : new Map();
  const excluded = new Map<Exclusion, number>();
  const participants: AsOfParticipant[] = [];
  const persons = known.children();
  for (const person of persons) {
    const found = takesPart({ deciding, entries }, person, known.feedOf(person.council));
    if (typeof found === 'string') excluded.set(found, (excluded.get(found) ?? 0) + 1);
    else participants.push(found);
  }
  return {
    allotted,
    participants,
    flow: {
      screened: persons.length,
      enrolled: participants.length,
      excluded: exclusions.flatMap((reason) => {
        const count = excluded.get(reason);
        return count === undefined ? [] : [{ reason, count }];
      }),
    },
    feedOf: (council) => known.feedOf(council),
  };
}
