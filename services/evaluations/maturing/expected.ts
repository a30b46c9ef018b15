// When a council's feed is expected to be complete through a day, if it goes on at the rhythm it declared. A council that has
// been silent for longer than its rhythm is unknown: no day is made up for it.
import { addDays, dayNumber, londonDay } from '../../../schemas/calendar.ts';

/** What is known of one council's feeds of the kinds that a figure rests on. */
export interface Feeds {
  /** The day through which all of them are complete; null: of at least one it was never said. */
  completeThrough: string | null;
  /** When the last statement about any feed of the council arrived; null: none ever did. */
  lastHeard: Date | null;
  rhythmDays: number;
}

const DAY_MS = 86_400_000;

/** The rule of the feed's workflow (workflows/feed.ts): nothing stated for as long as the rhythm, by the clock on the wall. */
export const isSilent = ({ lastHeard, rhythmDays }: Omit<Feeds, 'completeThrough'>, now: Date): boolean =>
  lastHeard === null || now.getTime() >= lastHeard.getTime() + rhythmDays * DAY_MS;

export type Expectation =
  | { standing: 'matured' | 'unknown'; expectedOn: null }
  | { standing: 'expected' | 'overdue'; expectedOn: string };

/**
 * Each statement to come is taken to move the feed on by one rhythm (ours). Never before today; overdue once a whole rhythm
 * has passed since the day that is needed.
 */
export function expectationOf(feeds: Feeds, due: string, now: Date): Expectation {
  const { completeThrough, lastHeard, rhythmDays } = feeds;
  if (completeThrough !== null && completeThrough >= due) return { standing: 'matured', expectedOn: null };
  if (completeThrough === null || lastHeard === null || isSilent(feeds, now))
    return { standing: 'unknown', expectedOn: null };
  const statements = Math.ceil((dayNumber(due) - dayNumber(completeThrough)) / rhythmDays);
  const atRhythm = addDays(londonDay(lastHeard), statements * rhythmDays);
  const today = londonDay(now);
  return {
    standing: today > addDays(due, rhythmDays) ? 'overdue' : 'expected',
    expectedOn: [atRhythm, today].sort().at(-1) ?? today,
  };
}
