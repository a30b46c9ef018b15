// How long each participant was seen: from the day its clock starts to its event, or to where observation ends.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { AnalysedOutcome, AnalysisParticipant } from './participant.ts';
import { daysSince } from './participant.ts';
import type { OutcomeOf } from './sets.ts';

/** Days to the event, or to the horizon, a censoring reason, or the last complete day. Event 1; 2 is a competing end. */
interface FollowedTime {
  days: number;
  event: 0 | 1 | 2;
}

/** Times of those followed, as columns: their places among everybody, and for each the days and what ended them. */
export interface Followed {
  rows: Int32Array;
  days: Float64Array;
  /** 0 censored, 1 the event, 2 a competing end. */
  events: Uint8Array;
}

/** The last day through which the council's feeds are complete for an outcome; null while it has not said. */
export type LastDay = (participant: AnalysisParticipant, definition: OutcomeDefinition) => string | null;

function timeOf(
  one: AnalysisParticipant,
  outcome: AnalysedOutcome,
  through: string | null,
): FollowedTime | null {
  if (outcome.state === 'not-at-risk' || through === null || outcome.clockStart === null) return null;
  const end = through < outcome.horizonDay ? through : outcome.horizonDay;
  const since = (day: string) => daysSince(outcome.clockStart ?? one.indexDay, day);
  const { date } = outcome;
  if (outcome.state === 'event' && date !== null && date <= end) return { days: since(date), event: 1 };
  if (outcome.state === 'censored' && date !== null && date < end) {
    const competing = outcome.censorReason === 'death' || outcome.censorReason === 'eighteenth-birthday';
    return { days: since(date), event: competing ? 2 : 0 };
  }
  return { days: since(end), event: 0 };
}

/** Everybody at risk whose council has said how far its feed is complete, and whose clock had started by then. */
export function followedOf(
  participants: readonly AnalysisParticipant[],
  outcomeOf: OutcomeOf,
  lastDay: LastDay,
  definition: OutcomeDefinition,
): Followed {
  const n = participants.length;
  const [rows, days, events] = [new Int32Array(n), new Float64Array(n), new Uint8Array(n)];
  let found = 0;
  participants.forEach((one, row) => {
    const time = timeOf(one, outcomeOf(one), lastDay(one, definition));
    if (time === null || time.days < 0) return;
    rows[found] = row;
    days[found] = time.days;
    events[found] = time.event;
    found += 1;
  });
  return { rows: rows.slice(0, found), days: days.slice(0, found), events: events.slice(0, found) };
}
