// One evaluation's participants, reasons and outcomes as they stand against what the reference engine makes of the ledger.
import type { Differences } from '../../ledger/differences.ts';
import type { Person } from '../../outcomes/persons.ts';
import { censorNumber, stateNumber } from '../../outcomes/set-engine.ts';
import type { Transaction } from '../../platform/database.ts';
import { knownOutcomesOf } from '../evaluate/evaluate.ts';
import type { KnownFeed } from '../evaluate/known.ts';
import { waveOf } from '../waves.ts';
import { type Deciding, type Expected, expectedOf } from './participants.ts';
import {
  type StandingOutcome,
  type StandingParticipant,
  standingOutcomes,
  standingParticipants,
  standingScreenings,
} from './standing.ts';

export interface Compared {
  participants: number;
  outcomes: number;
  /** Persons whose changes wait to be screened, and participants whose outcomes wait to be computed again. */
  waiting: number;
}

type Row = Record<string, unknown>;

/** Outcomes by their place in the protocol and their horizon, as the store keeps them. */
function outcomesOf(
  { evaluation: { protocol } }: Deciding,
  { judged, followed }: Expected,
  feed: KnownFeed,
): Map<string, Row> {
  if (!followed) return new Map();
  const known = knownOutcomesOf(
    protocol,
    { records: judged.records, index: followed.index, gaps: feed.gaps },
    feed,
  );
  const { horizons } = protocol;
  return new Map(
    known.map(({ horizon, horizonDay, state, date, censorReason, value }, at) => [
      `${Math.floor(at / horizons.length)} ${horizon}`,
      {
        horizonDay,
        state: stateNumber[state],
        date,
        censorReason: censorReason && censorNumber[censorReason],
        value,
      },
    ]),
  );
}

/** Of a blinded evaluation only that a column differs is told. */
function compareOutcomes(
  differences: Differences,
  row: Row,
  blinded: boolean,
  stand: readonly StandingOutcome[],
  expected: ReadonlyMap<string, Row>,
): void {
  differences.compared('outcome');
  const standing = new Map(
    stand.map(({ participant: _, outcome, horizon, ...rest }): [string, Row] => [
      `${outcome} ${horizon}`,
      rest,
    ]),
  );
  for (const place of new Set([...standing.keys(), ...expected.keys()])) {
    const [outcome, horizon] = place.split(' ').map(Number);
    const [stands, rebuilt] = [standing.get(place) ?? null, expected.get(place) ?? null];
    const differ = (name: string) => stands && rebuilt && stands[name] !== rebuilt[name];
    const told = (side: Row | null, word: string): Row | null =>
      side && blinded
        ? Object.fromEntries(
            Object.keys(side).map((name) => [name, differ(name) ? `${word}, blinded` : null]),
          )
        : side;
    differences.between(
      'outcome',
      { ...row, outcome, horizon },
      told(stands, 'stands'),
      told(rebuilt, 'rebuilt'),
    );
  }
}

const keyOf = (council: string, child: string): string => `${council} ${child}`;

const participantRow = ({ index, unit, arm, wave, flag }: StandingParticipant): Row => ({
  ...index,
  unit,
  arm,
  wave,
  flag,
});

function expectedRow({ evaluation: { protocol } }: Deciding, { followed }: Expected): Row | null {
  if (!followed) return null;
  const { index, unit, arm, flag } = followed;
  return { ...index, unit, arm, wave: waveOf(index.day, protocol.waves), flag };
}

function compareDuplicates(
  differences: Differences,
  row: Row,
  entries: readonly StandingParticipant[],
  { duplicates }: Expected,
): void {
  differences.compared('duplicate_participant');
  const of = new Map(duplicates.map((one) => [one.entry.key, one.of]));
  for (const { key, duplicateOf } of entries) {
    const expected = of.get(key) ?? null;
    if (duplicateOf === null && expected === null) continue;
    differences.between(
      'duplicate_participant',
      { ...row, participant: key },
      duplicateOf === null ? null : { duplicateOf },
      expected === null ? null : { duplicateOf: expected },
    );
  }
}

/** What stands of the children compared, found by council and pseudonym. */
class Standing {
  readonly #byIndexChild = new Map<string, StandingParticipant[]>();
  readonly #byChild = new Map<string, StandingParticipant>();
  readonly #outcomes = new Map<number, StandingOutcome[]>();

  constructor(participants: readonly StandingParticipant[], outcomes: readonly StandingOutcome[]) {
    for (const one of participants) {
      const key = keyOf(one.council, one.index.child);
      this.#byIndexChild.set(key, [...(this.#byIndexChild.get(key) ?? []), one]);
      if (one.child !== null) this.#byChild.set(keyOf(one.council, one.child), one);
    }
    for (const one of outcomes)
      this.#outcomes.set(one.participant, [...(this.#outcomes.get(one.participant) ?? []), one]);
  }

  /** Entries of any of the person's pseudonyms. */
  entries({ council, pseudonyms }: Person): StandingParticipant[] {
    return pseudonyms.flatMap((one) => this.#byIndexChild.get(keyOf(council, one)) ?? []);
  }

  /** The participant that stands under this pseudonym. */
  followed(council: string, child: string): StandingParticipant | null {
    return this.#byChild.get(keyOf(council, child)) ?? null;
  }

  outcomesOf({ key }: StandingParticipant): StandingOutcome[] {
    return this.#outcomes.get(key) ?? [];
  }
}

export interface ToCompare {
  deciding: Deciding;
  /** Children of the evaluation's councils, and the keys of all their pseudonyms. */
  persons: readonly Person[];
  keys: readonly number[];
  /** Whether a child was changed and waits to be screened. */
  waits: (person: Person) => boolean;
  feedOf: (council: string) => KnownFeed;
}

/** Compares everything that one evaluation keeps about these children. */
export async function compareEvaluation(
  tx: Transaction,
  differences: Differences,
  { deciding, persons, keys, waits, feedOf }: ToCompare,
): Promise<Compared> {
  const { id, slug, unblinded } = deciding.evaluation;
  const participants = await standingParticipants(tx, deciding.evaluation, keys);
  const screenings = await standingScreenings(tx, id, keys);
  const outcomes = await standingOutcomes(
    tx,
    participants.map(({ key }) => key),
  );
  const standing = new Standing(participants, outcomes);
  const compared: Compared = { participants: 0, outcomes: 0, waiting: 0 };

  for (const person of persons) {
    if (waits(person)) {
      compared.waiting += 1;
      continue;
    }
    const { council, child, pseudonyms } = person;
    const row = { evaluation: slug, council, child };
    const entries = standing.entries(person);
    const expected = expectedOf(deciding, person, entries);
    const stands = standing.followed(council, child);
    differences.between(
      'participant',
      row,
      stands && participantRow(stands),
      expectedRow(deciding, expected),
    );
    compareDuplicates(differences, row, entries, expected);
    const screened = screenings.get(keyOf(council, child)) ?? null;
    const reason =
      screened && expected.reasons.includes(screened.reason) ? screened.reason : expected.reasons[0];
    const indexDay = (expected.followed ?? expected.judged).index?.day ?? null;
    differences.between(
      'screening',
      row,
      screened && { indexDay: screened.indexDay, reason: screened.reason },
      { indexDay, reason },
    );
    // Who is known by another pseudonym has nothing of its own.
    for (const other of pseudonyms) {
      if (other === child) continue;
      const [alone, kept] = [
        standing.followed(council, other),
        screenings.get(keyOf(council, other)) ?? null,
      ];
      differences.between('participant', { ...row, child: other }, alone && {}, null);
      differences.between('screening', { ...row, child: other }, kept && {}, null);
    }
    if (!stands || !expected.followed) continue;
    if (stands.waits) {
      compared.waiting += 1;
      continue;
    }
    const stored = standing.outcomesOf(stands);
    compared.participants += 1;
    compared.outcomes += stored.length;
    compareOutcomes(differences, row, !unblinded, stored, outcomesOf(deciding, expected, feedOf(council)));
  }
  return compared;
}
