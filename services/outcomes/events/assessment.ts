// The assessment whose duration is asked: the first that starts on or after a day.
import { dayNumber } from '../../../schemas/calendar.ts';
import type { Participant } from '../participant.ts';

export interface Completed {
  /** The day it was authorised. */
  day: string;
  /** Whole days from its start. */
  days: number;
}

/**
 * The completion of the first assessment that starts on `from` or later; of those that start on one day, the one completed
 * first (ours). Null while it is not completed, and where it says to have been completed before it started (ours).
 */
export function firstAssessment({ records }: Participant, from: string): Completed | null {
  const NEVER = '9999-12-31';
  const keys = ({ started, authorised = NEVER }: { started: string; authorised?: string | undefined }) =>
    `${started} ${authorised}`;
  const first = records.assessment
    .map(({ state }) => state)
    .filter(({ started }) => started >= from)
    .sort((a, b) => (keys(a) < keys(b) ? -1 : 1))[0];
  if (!first?.authorised || first.authorised < first.started) return null;
  return { day: first.authorised, days: dayNumber(first.authorised) - dayNumber(first.started) };
}
