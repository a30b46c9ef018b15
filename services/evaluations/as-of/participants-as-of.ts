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
import { decidingOf, type Enrolled, expectedOf } from '../rebuild/participants.ts';
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

/** Entries by the pseudonym they were enrolled under. */
async function entriesOf(
  tx: Transaction,
  evaluation: Evaluation,
): Promise<Map<string, StandingParticipant[]>> {
  const keys = await tx<{ key: number }[]>`
    select child_key as key from waymark.participant where evaluation_id = ${evaluation.id}
    union select index_child from waymark.participant where evaluation_id = ${evaluation.id}
    union select index_child from waymark.duplicate_participant where evaluation_id = ${evaluation.id}`;
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

/** @param cut what was stored before this instant is known */
export async function participantsAsOf(
  tx: Transaction,
  evaluation: Evaluation,
  cut: Date,
): Promise<ParticipantsAsOf> {
  const allotted = await allottedAsOf(tx, evaluation, cut);
  const deciding = { ...(await decidingOf(tx, evaluation)), allotted };
  const { protocol } = evaluation;
  const { keeps } = deciding;
  const known = await knownAsOf(tx, protocol, cut);
  const entries = keeps ? await entriesOf(tx, evaluation) : new Map<string, StandingParticipant[]>();
  const excluded = new Map<Exclusion, number>();
  const participants: AsOfParticipant[] = [];
  const persons = known.children();
  for (const person of persons) {
    const { council, child, pseudonyms } = person;
    const enrolled = pseudonyms
      .flatMap((one) => entries.get(`${council} ${one}`) ?? [])
      .filter((entry) => wasKnown(person, entry) && wasGiven(protocol, allotted, entry));
    const { judged, followed, reasons } = expectedOf(deciding, person, enrolled);
    const { records } = judged;
    if (!followed) {
      const reason = (reasons[0] ?? 'no-index') as Exclusion;
      excluded.set(reason, (excluded.get(reason) ?? 0) + 1);
      continue;
    }
    const { index, arm } = followed;
    const unit = protocol.unit === 'council' ? council : `${letters[protocol.unit]}${followed.unit}`;
    const feed = known.feedOf(council);
    const outcomes = knownOutcomesOf(protocol, { records, index, gaps: feed.gaps }, feed);
    participants.push({ council, child, unit, arm, index, outcomes, records });
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
