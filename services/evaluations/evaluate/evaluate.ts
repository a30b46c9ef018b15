// A protocol and what is known come to participants, their states and the counts by arm: no store, no clock, no network.
// The stored evaluation must show the same; this is how its figures are checked from outside.
import {
  isMeasuredInDays,
  type OutcomeDefinition,
  type ParticipantOutcome,
} from '../../../schemas/outcome.ts';
import type { Arm, DataSource, Protocol } from '../../../schemas/protocol.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import type { ArmCounts, DaysSummary, ResultRecord } from '../../../schemas/result.ts';
import { clockStart } from '../../outcomes/clock.ts';
import { daysSummary } from '../../outcomes/days-summary.ts';
import { hasOwnClock, horizonDayOf, isMatured, restsOn } from '../../outcomes/feeds.ts';
import { type ChildRecords, recordsOf } from '../../outcomes/live-records.ts';
import type { Index, Participant } from '../../outcomes/participant.ts';
import type { Person } from '../../outcomes/persons.ts';
import { outcomesOf } from '../../outcomes/reference.ts';
import { contentHash } from '../../platform/content-hash.ts';
import { type Exclusion, exclusions, screenChild } from '../eligibility.ts';
import type { Flow } from '../flow.ts';
import { maturityOf } from '../maturing/of-participants.ts';
import type { MaturityRow } from '../maturing/row.ts';
import { type Accounted, accountOf, type RecordAccount } from './accounted.ts';
import { type Allotted, armOf, familiesOf, listKey, type OptedOut, unitOf } from './allocation.ts';
import type { Knowledge, KnownFeed, LinesTaken, OtherCouncil, RefusedLine } from './known.ts';

/** A state and whether it is known yet: the feeds it rests on are complete through `horizonDay`. */
export interface KnownOutcome extends ParticipantOutcome {
  /** The day from which months and days are counted; null while the outcome's own clock has not started. */
  clockStart: string | null;
  horizonDay: string;
  matured: boolean;
}

export interface EvaluatedParticipant {
  council: string;
  child: string;
  /** Child, family or team pseudonym, or the council's code: what was allocated, and what standard errors cluster on. */
  unit: string;
  arm: Arm;
  index: Index;
  /** In the order of the protocol's outcomes, and of its horizons. */
  outcomes: KnownOutcome[];
}

/** What `waymark evaluate --json` prints. Fields are added, never renamed or removed, within one version. */
export interface EvaluateRecord {
  evaluateVersion: 1;
  evaluation: string;
  title: string;
  dataSource: DataSource;
  protocolHash: string;
  definitions: Pick<ResultRecord['definitions'][number], 'id' | 'version' | 'hash'>[];
  codeVersion: string;
  asOf: string | null;
  /** lines = blank + refused + otherCouncils + afterAsOf + duplicates + statements + caseEvents. */
  input: LinesTaken & { refusals: RefusedLine[]; councilsLeftOut: OtherCouncil[] };
  /** lines = events + duplicates + refused, blank lines apart. */
  accounted: Accounted;
  /** caseEvents = known + overtaken, and known = standing + purged. */
  records: RecordAccount;
  /** Pseudonyms that anything was said under. A child known under several is one of `children`. */
  pseudonyms: number;
  /** known = participants + withoutIndexReferral + withoutArm + excludedOtherwise. */
  children: {
    known: number;
    participants: number;
    withoutIndexReferral: number;
    withoutArm: number;
    excludedOtherwise: number;
  };
  /** screened = enrolled + excluded, by reason. */
  flow: Omit<Flow, 'flags'>;
  /** Units of the list, and those of them that no participant belongs to. Null when arms do not come from a list. */
  allocation: { listed: number; unmatched: number } | null;
  /** The feeds the outcomes rest on. Null: the council has not said how far its feed is complete. */
  feeds: { council: string; kind: RecordKind; completeThrough: string | null }[];
  participants: EvaluatedParticipant[];
  /** enrolled = notAtRisk + pending + matured, and matured = events + noEvents + censored. */
  results: { outcome: string; horizon: number; arms: ArmCounts[] }[];
  /** By outcome, horizon, wave and council: participants = matured + pending + unknown, each of the known by state. */
  maturity: MaturityRow[];
}

const ARMS: readonly Arm[] = ['trial', 'comparison'];

/** Who opts out under one pseudonym, or as of the family stated under it, has opted out. */
export const hasOptedOut = (person: Person, records: ChildRecords, optedOut: OptedOut): boolean =>
  optedOut.size > 0 &&
  familiesOf(person, records)
    .flat()
    .some((unit) => unit !== undefined && optedOut.has(listKey(person.council, unit)));

/** How a child is judged: why it does not take part, or, where `reason` is null, its index, unit and arm. */
export type Judged = { records: ChildRecords; optedOut: boolean } & (
  | { reason: Exclusion; index: Index | null; unit: null; arm: null }
  | { reason: null; index: Index; unit: string; arm: Arm }
);

export function judge(protocol: Protocol, person: Person, allotted: Allotted, out: OptedOut): Judged {
  const { council, newest } = person;
  const records = recordsOf(newest);
  const optedOut = hasOptedOut(person, records, out);
  const { index, reason } = screenChild(protocol.population, records, optedOut);
  const excluded = (why: Exclusion) =>
    ({ records, optedOut, reason: why, index, unit: null, arm: null }) as const;
  if (!index || reason) return excluded(reason ?? 'no-index');
  const unit = unitOf(protocol, person, records, index, allotted.arms);
  if (unit === null) return excluded('no-team');
  const arm = armOf(protocol, { council, unit, index, records }, allotted);
  return arm ? { records, optedOut, reason: null, index, unit, arm } : excluded('no-arm');
}

/** The child as it takes part, or why it does not. */
export function participantOf(
  protocol: Protocol,
  person: Person,
  feed: KnownFeed,
  allotted: Allotted,
  optedOut: OptedOut = new Set(),
): EvaluatedParticipant | Exclusion {
  const { council, child } = person;
  const { records, reason, index, unit, arm } = judge(protocol, person, allotted, optedOut);
  if (reason !== null) return reason;
  const outcomes = knownOutcomesOf(protocol, { records, index, gaps: feed.gaps }, feed);
  return { council, child, unit, arm, index, outcomes };
}

/** In the order of the protocol's outcomes, and of its horizons. */
export function knownOutcomesOf(
  protocol: Protocol,
  participant: Participant,
  { completeThrough }: KnownFeed,
): KnownOutcome[] {
  return protocol.outcomes.flatMap((definition) =>
    outcomesOf(definition, participant, protocol.horizons).map(
      (state): KnownOutcome => ({
        ...state,
        clockStart: clockStart(definition, participant),
        horizonDay: horizonDayOf(definition, participant, state.horizon),
        matured: isMatured(definition, participant, state.horizon, completeThrough),
      }),
    ),
  );
}

function participantsOf(
  protocol: Protocol,
  children: readonly Person[],
  known: Knowledge,
  allotted: Allotted,
  optedOut: OptedOut,
) {
  const participants: EvaluatedParticipant[] = [];
  const excluded = new Map<Exclusion, number>();
  for (const child of children) {
    const found = participantOf(protocol, child, known.feedOf(child.council), allotted, optedOut);
    if (typeof found === 'string') excluded.set(found, (excluded.get(found) ?? 0) + 1);
    else participants.push(found);
  }
  return { participants, excluded };
}

/** Where time runs from the index day, who is not at risk is known at once; else once the clock can start no more. */
const isLeftOut = (definition: OutcomeDefinition, { state, matured }: KnownOutcome): boolean =>
  state === 'not-at-risk' && (matured || !hasOwnClock(definition));

function countsOf(definition: OutcomeDefinition, arm: Arm, outcomes: readonly KnownOutcome[]): ArmCounts {
  const notAtRisk = outcomes.filter((one) => isLeftOut(definition, one)).length;
  const matured = outcomes.filter((one) => one.matured && one.state !== 'not-at-risk');
  const having = (state: ParticipantOutcome['state']) => matured.filter((one) => one.state === state).length;
  const events = having('event');
  const days = daysOf(definition, matured);
  return {
    arm,
    enrolled: outcomes.length,
    notAtRisk,
    pending: outcomes.length - notAtRisk - matured.length,
    matured: matured.length,
    events,
    noEvents: having('no-event'),
    censored: having('censored'),
    risk: matured.length > 0 ? events / matured.length : null,
    ...(days && { days }),
  };
}

function daysOf(definition: OutcomeDefinition, matured: readonly KnownOutcome[]): DaysSummary | null {
  if (!isMeasuredInDays(definition)) return null;
  const values = matured.flatMap(({ value }) => (value === null ? [] : BigInt(value)));
  const add = (all: bigint, one: bigint): bigint => all + one;
  return daysSummary(values.length, values.reduce(add, 0n), values.map((one) => one * one).reduce(add, 0n));
}

/** Counts by outcome, horizon and arm. */
export function resultsOf(
  { outcomes, horizons }: Protocol,
  participants: readonly EvaluatedParticipant[],
): EvaluateRecord['results'] {
  return outcomes.flatMap((definition, o) =>
    horizons.map((horizon, h) => ({
      outcome: definition.id,
      horizon,
      arms: ARMS.map((arm) =>
        countsOf(
          definition,
          arm,
          participants
            .filter((one) => one.arm === arm)
            .flatMap((one) => one.outcomes[o * horizons.length + h] ?? []),
        ),
      ),
    })),
  );
}

/** @param allotted what a list or the allocation service gave, for a protocol that leaves arms to one of them */
export function evaluate(
  protocol: Protocol,
  known: Knowledge,
  allotted: Allotted,
  made: { codeVersion: string; asOf: string | null },
  optedOut: OptedOut = new Set(),
): EvaluateRecord {
  const children = known.children();
  const { participants, excluded } = participantsOf(protocol, children, known, allotted, optedOut);
  const count = (reason: Exclusion): number => excluded.get(reason) ?? 0;
  const screened = children.length;
  const matched = new Set(participants.map(({ council, unit }) => listKey(council, unit)));
  const kinds = [...new Set(protocol.outcomes.flatMap(restsOn))];
  return {
    evaluateVersion: 1,
    evaluation: protocol.id,
    title: protocol.title,
    dataSource: protocol.dataSource,
    protocolHash: contentHash(protocol),
    definitions: protocol.outcomes.map((definition) => ({
      id: definition.id,
      version: definition.version,
      hash: contentHash(definition),
    })),
    codeVersion: made.codeVersion,
    asOf: made.asOf,
    input: { ...known.taken, refusals: known.refusals, councilsLeftOut: known.councilsLeftOut },
    ...accountOf(known),
    pseudonyms: known.pseudonyms().length,
    children: {
      known: screened,
      participants: participants.length,
      withoutIndexReferral: count('no-index'),
      withoutArm: count('no-arm'),
      excludedOtherwise: screened - participants.length - count('no-index') - count('no-arm'),
    },
    flow: {
      screened,
      enrolled: participants.length,
      excluded: exclusions.flatMap((reason) => (count(reason) > 0 ? [{ reason, count: count(reason) }] : [])),
    },
    allocation:
      protocol.allocation?.method === 'list' || protocol.allocation?.method === 'concealed'
        ? {
            listed: allotted.arms.size,
            unmatched: [...allotted.arms.keys()].filter((unit) => !matched.has(unit)).length,
          }
        : null,
    feeds: protocol.councils.flatMap((council) =>
      kinds.map((kind) => ({
        council,
        kind,
        completeThrough: known.feedOf(council).completeThrough.get(kind) ?? null,
      })),
    ),
    participants,
    results: resultsOf(protocol, participants),
    maturity: maturityOf(protocol, participants, (council) => known.feedOf(council)),
  };
}
