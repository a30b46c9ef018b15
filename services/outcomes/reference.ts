// The reference engine: one child's records in, the states of its outcomes out, each with what led to it. Written to be read
// beside section 3 of the domain page; the set engine (set-engine.ts) must give the same states for every child. A reason is
// reported where the decision is made, so that an explanation cannot tell another story. Rules of ours are marked "ours".
import { addDays, addMonths } from '../../schemas/calendar.ts';
import type { OutcomeDefinition, ParticipantOutcome } from '../../schemas/outcome.ts';
import { type Candidate, firstFit, inOrder, sameRecord, type Unfit } from './candidate.ts';
import { type CarePeriod, daysInCare, episodeRef } from './care-periods.ts';
import { clockOf, type Started } from './clock.ts';
import { completions, durationOf } from './events/assessment.ts';
import { careEnds, careStarts, countedPeriods, stays } from './events/care.ts';
import { planStarts, repeatPlanStarts } from './events/cp-plan.ts';
import { courtApplications } from './events/proceedings.ts';
import { closures, referrals } from './events/referral.ts';
import { type EndOfObservation, endsOfObservation } from './observation.ts';
import type { Followed, Participant } from './participant.ts';
import { type RiskFinding, riskFindings } from './risk-set.ts';

type Answer = Pick<ParticipantOutcome, 'state' | 'date' | 'censorReason' | 'value'>;

const notAtRisk: Answer = { state: 'not-at-risk', date: null, censorReason: null, value: null };
const noEvent: Answer = { state: 'no-event', date: null, censorReason: null, value: null };
const event = (date: string, value: number | null = null): Answer => ({
  state: 'event',
  date,
  censorReason: null,
  value,
});

/** The days that count: `first` and `last` included. */
export interface Window {
  first: string;
  last: string;
}

export function windowOf(definition: OutcomeDefinition, start: string, horizon: number): Window {
  const { indexDay, washoutDays, lastDay } = definition;
  const horizonDay = addMonths(start, horizon);
  const skipped = washoutDays === undefined ? (indexDay === 'counts' ? 0 : 1) : washoutDays + 1;
  return {
    first: addDays(start, skipped),
    last: lastDay === 'does-not-count' ? addDays(horizonDay, -1) : horizonDay,
  };
}

/** What came of a candidate. `event`: it is the event; `counted`: a stay whose days were counted. */
export type Verdict =
  | 'event'
  | 'counted'
  | 'after-the-first'
  | 'before-the-clock'
  | 'on-the-first-day'
  | 'in-washout'
  | 'after-the-last-day'
  | 'after-observation-ended'
  | 'not-in-these-days'
  | 'no-day'
  | Unfit;

export interface Considered extends Candidate {
  verdict: Verdict;
}

/** A state and everything that was decided on the way to it. */
export interface Decision extends ParticipantOutcome {
  clock: Started;
  /** What was asked of the child on the clock's first day; empty while the clock has not started. */
  risk: RiskFinding[];
  /** Null of a participant that is not at risk: nothing was looked for. */
  window: Window | null;
  /** Every end of observation that is known, the earliest first. */
  ends: EndOfObservation[];
  /** In order of day. */
  considered: Considered[];
}

/** One state a horizon (months from the clock's start), in the order given. */
export const outcomesOf = (
  definition: OutcomeDefinition,
  participant: Participant,
  horizons: readonly number[],
): ParticipantOutcome[] =>
  decisionsOf(definition, participant, horizons).map(
    ({ outcome, horizon, state, date, censorReason, value }) => ({
      outcome,
      horizon,
      state,
      date,
      censorReason,
      value,
    }),
  );

/** As `outcomesOf`, with the reasons. */
export function decisionsOf(
  definition: OutcomeDefinition,
  participant: Participant,
  horizons: readonly number[],
): Decision[] {
  const clock = clockOf(definition, participant);
  const followed = clock.day === null ? null : { ...participant, start: clock.day };
  const risk = followed ? riskFindings(definition, followed) : [];
  const isAtRisk = followed !== null && risk.every(({ holds }) => holds);
  const ends = isAtRisk ? endsOfObservation(definition, followed) : [];
  const lookedFor = isAtRisk ? looked(definition, followed) : [];
  return horizons.map((horizon): Decision => {
    const window = isAtRisk ? windowOf(definition, followed.start, horizon) : null;
    const { answer, considered } = window
      ? decide(definition, followed as Followed, window, ends[0] ?? null, lookedFor)
      : { answer: notAtRisk, considered: [] };
    return { outcome: definition.id, horizon, ...answer, clock, risk, window, ends, considered };
  });
}

/** Everything that could be the event, in order of day. */
function looked(definition: OutcomeDefinition, followed: Followed): Candidate[] {
  const { first } = windowOf(definition, followed.start, 1);
  return candidates(definition, followed, first).sort(inOrder);
}

function candidates(definition: OutcomeDefinition, followed: Followed, first: string): Candidate[] {
  const { event: asked, measure = 'first-event' } = definition;
  switch (asked.record) {
    case 'referral':
      return referrals(asked, followed);
    case 'cp-plan':
      return repeatPlanStarts(asked, followed);
    case 'cp-plan-start':
      return planStarts(asked, followed);
    case 'care-period':
      return measure === 'first-event' ? careStarts(asked, followed) : stays(asked, followed);
    case 'care-period-end':
      return careEnds(asked, followed);
    case 'index-closure':
      return closures(asked, followed);
    case 'court-application':
      return courtApplications(followed);
    case 'assessment':
      return completions(followed, first);
  }
}

interface Decided {
  answer: Answer;
  considered: Considered[];
}

function decide(
  definition: OutcomeDefinition,
  followed: Followed,
  window: Window,
  end: EndOfObservation | null,
  lookedFor: readonly Candidate[],
): Decided {
  const unseen = afterTheEnd(definition, window, end);
  switch (definition.measure ?? 'first-event') {
    case 'first-event':
    case 'duration':
      return firstOf(definition, followed, window, end, lookedFor, unseen ?? noEvent);
    case 'state-at-horizon': {
      const on = { first: window.last, last: window.last };
      return stayed(definition, followed, on, lookedFor, unseen, (days) =>
        days > 0 ? event(window.last) : noEvent,
      );
    }
    case 'days-in-window':
      // Days are only known of a window that was observed to its end.
      return stayed(definition, followed, window, lookedFor, unseen, (days, firstDay) =>
        days > 0 ? event(firstDay, days) : { ...noEvent, value: 0 },
      );
  }
}

/** What is answered when observation ended before the window did; null when it did not. */
function afterTheEnd(
  { competing = [] }: OutcomeDefinition,
  { last }: Window,
  end: EndOfObservation | null,
): Answer | null {
  if (end === null || end.day >= last) return null;
  if ((competing as string[]).includes(end.reason)) return noEvent;
  return { state: 'censored', date: end.day, censorReason: end.reason, value: null };
}

/** The first that fits, on a day that counts and was observed. */
function firstOf(
  definition: OutcomeDefinition,
  followed: Followed,
  window: Window,
  end: EndOfObservation | null,
  lookedFor: readonly Candidate[],
  otherwise: Answer,
): Decided {
  // The day that counts of an assessment is the one it started on, and that was asked for already.
  const isAssessment = definition.event.record === 'assessment';
  const first = firstFit(lookedFor, isAssessment ? '' : window.first);
  const unobserved = (day: string): Verdict | null =>
    (day > window.last && 'after-the-last-day') ||
    (end !== null && day > end.day && 'after-observation-ended') ||
    null;
  const tooEarly = (day: string): Verdict =>
    (day < followed.start && 'before-the-clock') ||
    (definition.washoutDays !== undefined && 'in-washout') ||
    'on-the-first-day';
  const verdictOf = (one: Candidate): Verdict => {
    if (one.unfit !== null) return one.unfit;
    if (one.day === null) return 'no-day';
    if (one.day < window.first && !isAssessment) return tooEarly(one.day);
    return unobserved(one.day) ?? (one === first ? 'event' : 'after-the-first');
  };
  const considered = lookedFor.map((one): Considered => ({ ...one, verdict: verdictOf(one) }));
  if (first === null || unobserved(first.day) !== null) return { answer: otherwise, considered };
  const days = isAssessment ? durationOf(followed, first) : null;
  return { answer: event(first.day, days), considered };
}

/** What the stays in care come to from `first` to `last`. */
function stayed(
  { event: asked }: OutcomeDefinition,
  followed: Followed,
  { first, last }: Window,
  lookedFor: readonly Candidate[],
  unseen: Answer | null,
  answerOf: (days: number, firstDay: string) => Answer,
): Decided {
  const periods = asked.record === 'care-period' ? countedPeriods(asked, followed) : [];
  const daysOf = (period: CarePeriod) => daysInCare([period], first, last);
  const counted = periods.filter((period) => daysOf(period) > 0);
  const isCounted = (one: Candidate) => counted.some((period) => sameRecord(episodeRef(period), one));
  const verdictOf = (one: Candidate): Verdict =>
    one.unfit ?? (isCounted(one) && unseen === null ? 'counted' : 'not-in-these-days');
  const days = counted.reduce((sum, period) => sum + daysOf(period), 0);
  const firstDay = counted.map(({ starts }) => (starts > first ? starts : first)).sort()[0] ?? first;
  return {
    answer: unseen ?? answerOf(days, firstDay),
    considered: lookedFor.map((one) => ({ ...one, verdict: verdictOf(one) })),
  };
}
