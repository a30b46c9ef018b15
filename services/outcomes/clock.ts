// The day from which time is counted for a participant. Every count of days and months of an outcome starts here.
import { addMonths } from '../../schemas/calendar.ts';
import type { Clock, OutcomeDefinition } from '../../schemas/outcome.ts';
import { carePeriods, endsFor } from './care-periods.ts';
import type { Participant } from './participant.ts';

/** Null: it has not started, as far as the records say; the participant is not at risk. */
export function clockStart({ clock }: OutcomeDefinition, participant: Participant): string | null {
  const { index } = participant;
  if (clock === undefined || clock.from === 'index') return index.day;
  const lastDay = addMonths(index.day, clock.withinMonths);
  return (
    candidates(clock, participant)
      .filter((day) => day >= index.day && day <= lastDay)
      .sort()[0] ?? null
  );
}

type OwnClock = Exclude<Clock, { from: 'index' }>;

function candidates(clock: OwnClock, { records, index }: Participant): string[] {
  switch (clock.from) {
    // A closure without a stated reason starts the clock (ours).
    case 'index-closure':
      return records.referral
        .filter(({ recordId }) => recordId === index.recordId)
        .filter(
          ({ state: { closureReason } }) => !closureReason || !clock.exceptReasons.includes(closureReason),
        )
        .flatMap(({ state }) => state.closedOn ?? []);
    case 'care-start':
      return carePeriods(records['care-episode'])
        .filter(({ startSeen }) => startSeen)
        .map(({ starts }) => starts);
    case 'care-end':
      return carePeriods(records['care-episode'])
        .filter((period) => !endsFor(period, records['care-episode'], clock.exceptReasons))
        .flatMap(({ ends }) => ends ?? []);
  }
}
