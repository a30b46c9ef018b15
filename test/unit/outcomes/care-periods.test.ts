import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addDays } from '../../../schemas/calendar.ts';
import type { RecordState } from '../../../schemas/records.ts';
import { carePeriods } from '../../../services/outcomes/care-periods.ts';
import type { LiveRecord } from '../../../services/outcomes/live-records.ts';

const day = fc.nat(40).map((days) => addDays('2025-01-15', days));

/** Episodes that end on or after the day they start, as the return requires. */
const episode = fc
  .tuple(
    day,
    fc.option(fc.nat(12), { nil: undefined, freq: 4 }),
    fc.constantFrom('S', 'L', 'P'),
    fc.constantFrom('C2', 'V2', 'V3', 'V4'),
  )
  .map(
    ([started, length, reasonStarted, legalStatus]): RecordState<'care-episode'> => ({
      started,
      ...(length !== undefined && { ended: addDays(started, length) }),
      reasonStarted: reasonStarted as 'S',
      legalStatus: legalStatus as 'C2',
    }),
  );

const episodes = fc
  .array(episode, { maxLength: 8 })
  .map((states) =>
    states.map((state, at): LiveRecord<'care-episode'> => ({ child: 'c', recordId: `r${at}`, state })),
  );

const inCareOn = (all: readonly LiveRecord<'care-episode'>[], on: string): boolean =>
  all.some(
    ({ state }) =>
      !['V3', 'V4'].includes(state.legalStatus) &&
      state.started <= on &&
      (state.ended === undefined || state.ended > on),
  );

it('periods follow each other, and none starts before the one before has ended', () => {
  fc.assert(
    fc.property(episodes, (all) => {
      const periods = carePeriods(all);
      for (const [at, { starts, ends }] of periods.entries()) {
        if (ends !== null) expect(ends >= starts).toBe(true);
        const next = periods[at + 1];
        if (next) expect(ends !== null && ends <= next.starts).toBe(true);
      }
    }),
  );
});

it('a child is in a period on the days on which it is in an episode of care, and on no others', () => {
  fc.assert(
    fc.property(episodes, day, (all, on) => {
      const inPeriod = carePeriods(all).some(
        ({ starts, ends }) => starts <= on && (ends === null || ends > on),
      );
      // An episode that says S ends what was open before it, so only then may a period be shorter than its episodes.
      fc.pre(!all.some(({ state }) => state.reasonStarted === 'S'));
      expect(inPeriod).toBe(inCareOn(all, on));
    }),
  );
});

it('the order in which episodes are known does not matter', () => {
  fc.assert(
    fc.property(
      episodes.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      ),
      ([all, mixed]) => {
        expect(carePeriods(mixed)).toEqual(carePeriods(all));
      },
    ),
  );
});
