// The day from which time is counted for a participant. Every count of days and months of an outcome starts here.
import { addMonths } from '../../schemas/calendar.ts';
import type { Clock, OutcomeDefinition } from '../../schemas/outcome.ts';
import { type Candidate, firstFit, sameRecord } from './candidate.ts';
import { carePeriods, endedFor, episodeRef } from './care-periods.ts';
import { closures } from './events/referral.ts';
import type { Participant } from './participant.ts';

/** When the clock started, and what was looked at to see it: nothing where it starts on the index day. */
export interface Started {
  /** Null: it has not started, as far as the records say; the participant is not at risk. */
  day: string | null;
  by: Candidate | null;
  considered: Candidate[];
}

export function clockOf({ clock }: OutcomeDefinition, participant: Participant): Started {
  const { index } = participant;
  if (clock === undefined || clock.from === 'index') return { day: index.day, by: null, considered: [] };
  const lastDay = addMonths(index.day, clock.withinMonths);
  const considered = candidates(clock, participant).map((one): Candidate => {
    if (one.unfit !== null || one.day === null) return one;
    if (one.day < index.day) return { ...one, unfit: 'before-the-index-day' };
    return one.day > lastDay ? { ...one, unfit: 'clock-too-late' } : one;
  });
  const by = firstFit(considered, index.day);
  return { day: by?.day ?? null, by, considered };
}

export const clockStart = (definition: OutcomeDefinition, participant: Participant): string | null =>
  clockOf(definition, participant).day;

type OwnClock = Exclude<Clock, { from: 'index' }>;

function candidates(clock: OwnClock, participant: Participant): Candidate[] {
  const episodes = participant.records['care-episode'];
  switch (clock.from) {
    // A closure without a stated reason starts the clock (ours).
    case 'index-closure':
      return closures(clock, participant);
    case 'care-start':
      return carePeriods(episodes).map((period) => ({
        ...episodeRef(period),
        day: period.starts,
        unfit: period.startSeen ? null : 'start-not-seen',
        rests: period.shownBy,
      }));
    case 'care-end':
      return carePeriods(episodes).map((period) => ({
        ...episodeRef(period),
        day: period.ends,
        unfit: endedFor(period, episodes, clock.exceptReasons).length > 0 ? 'left-out-reason' : null,
        rests: period.endedBy.filter((one) => !sameRecord(one, episodeRef(period))),
      }));
  }
}
