// The reference engine: one child's records in, the states of its outcomes out. Written to be read beside section 3 of
// the domain page; the set engine (set-engine.ts) must give the same for every child. Rules of ours are marked "ours".
import { addDays, addMonths } from '../../schemas/calendar.ts';
import type { OutcomeDefinition, ParticipantOutcome } from '../../schemas/outcome.ts';
import { daysInCare } from './care-periods.ts';
import { clockStart } from './clock.ts';
import { firstAssessment } from './events/assessment.ts';
import { careEnds, careStarts, countedPeriods } from './events/care.ts';
import { planStarts, repeatPlanStarts } from './events/cp-plan.ts';
import { courtApplications } from './events/proceedings.ts';
import { closureDays, referralDays } from './events/referral.ts';
import { type EndOfObservation, endOfObservation } from './observation.ts';
import type { Followed, Participant } from './participant.ts';
import { isAtRisk } from './risk-set.ts';

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

/** One state a horizon (months from the clock's start), in the order given. */
export function outcomesOf(
  definition: OutcomeDefinition,
  participant: Participant,
  horizons: readonly number[],
): ParticipantOutcome[] {
  const start = clockStart(definition, participant);
  const followed = start === null ? null : { ...participant, start };
  const atRisk = followed !== null && isAtRisk(definition, followed);
  return horizons.map((horizon): ParticipantOutcome => {
    const answer = atRisk ? answerOf(definition, followed, horizon) : notAtRisk;
    return { outcome: definition.id, horizon, ...answer };
  });
}

function answerOf(definition: OutcomeDefinition, followed: Followed, horizon: number): Answer {
  const window = windowOf(definition, followed.start, horizon);
  const end = endOfObservation(definition, followed);
  const unseen = afterTheEnd(definition, window, end);
  const observed = (day: string) => day <= window.last && (end === null || day <= end.day);
  switch (definition.measure ?? 'first-event') {
    case 'first-event': {
      const first = firstEvent(definition, followed, window.first);
      return first !== null && observed(first) ? event(first) : (unseen ?? noEvent);
    }
    case 'state-at-horizon':
      return unseen ?? (isInCare(definition, followed, window.last) ? event(window.last) : noEvent);
    case 'days-in-window':
      // Days are only known of a window that was observed to its end.
      return unseen ?? daysAnswer(definition, followed, window);
    case 'duration': {
      const done = firstAssessment(followed, window.first);
      return done && observed(done.day) ? event(done.day, done.days) : (unseen ?? noEvent);
    }
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

/** The day of the first event from `from` on, however late and whether or not it could still be observed. */
export function firstEvent(definition: OutcomeDefinition, followed: Followed, from: string): string | null {
  return (
    eventDays(definition, followed)
      .filter((day) => day >= from)
      .sort()[0] ?? null
  );
}

function eventDays({ event: counted }: OutcomeDefinition, followed: Followed): string[] {
  switch (counted.record) {
    case 'referral':
      return referralDays(counted, followed);
    case 'cp-plan':
      return repeatPlanStarts(counted, followed);
    case 'cp-plan-start':
      return planStarts(counted, followed);
    case 'care-period':
      return careStarts(counted, followed);
    case 'care-period-end':
      return careEnds(counted, followed);
    case 'index-closure':
      return closureDays(counted, followed);
    case 'court-application':
      return courtApplications(followed);
    case 'assessment':
      return [];
  }
}

const periodsOf = ({ event: counted }: OutcomeDefinition, followed: Followed) =>
  counted.record === 'care-period' ? countedPeriods(counted, followed) : [];

function isInCare(definition: OutcomeDefinition, followed: Followed, day: string): boolean {
  return daysInCare(periodsOf(definition, followed), day, day) > 0;
}

/** Days in care, none of them too; the event is the first of them. */
function daysAnswer(definition: OutcomeDefinition, followed: Followed, { first, last }: Window): Answer {
  const periods = periodsOf(definition, followed);
  const days = daysInCare(periods, first, last);
  if (days === 0) return { ...noEvent, value: 0 };
  const firstDays = periods
    .map(({ starts, ends }) => ({ day: starts > first ? starts : first, ends }))
    .filter(({ day, ends }) => ends === null || ends > day)
    .map(({ day }) => day);
  return event(firstDays.sort()[0] ?? first, days);
}
