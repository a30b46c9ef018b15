import { describe, expect, it } from 'vitest';
import { smallPlan, withoutDefects } from '../../../services/simulator/plan.ts';
import { caseEvents, councilsOf, type Head, headsOf, middling, standing } from './heads.ts';

const children = councilsOf(middling(withoutDefects(smallPlan()))).flatMap((council) => [
  ...headsOf(caseEvents(council)).values(),
]);
const open = '9999-12-31';

function eachPair<T>(items: readonly T[], check: (earlier: T, later: T) => void): void {
  for (let at = 1; at < items.length; at++) check(items[at - 1]!, items[at]!);
}

describe('clean records obey the order rules of the returns', () => {
  it('has children of every kind of story', () => {
    const kinds = new Set(children.flatMap((records) => [...records.values()].map((head) => head.kind)));
    expect([...kinds].sort()).toEqual([
      'assessment',
      'care-episode',
      'child',
      'cin-plan',
      'cp-plan',
      'early-help',
      'family-meeting',
      'pre-proceedings',
      'referral',
      'section-47',
    ]);
    const states = children.flatMap((records) => [...records.values()].map((head) => head.state as object));
    const some = (field: string, value: unknown) =>
      states.some((state) => Reflect.get(state, field) === value);
    for (const [field, value] of [
      ['legalStatus', 'V3'],
      ['legalStatus', 'V4'],
      ['reasonEnded', 'E4A'],
      ['reasonEnded', 'E12'],
      ['closureReason', 'RC5'],
      ['closureReason', 'RC8'],
      ['closureReason', 'RC6'],
      ['unborn', true],
      ['unaccompaniedAsylumSeeker', true],
      ['heldForAnotherAuthority', true],
      ['noFurtherAction', true],
      ['endReason', 'needs-met'],
      ['outcome', 'proceedings-issued'],
    ] as const) {
      expect(some(field, value), `${field} ${value}`).toBe(true);
    }
  });

  it('one open referral at a time, closed with a reason on or after its day (8630, 8805, 8810, 8815, 8816, 8820)', () => {
    for (const records of children) {
      const referrals = standing(records, 'referral', 'date');
      for (const { date, closedOn, closureReason } of referrals) {
        expect((closedOn ?? open) >= date).toBe(true);
        expect(closedOn === undefined).toBe(closureReason === undefined);
      }
      eachPair(referrals, (earlier, later) => {
        expect((earlier.closedOn ?? open) <= later.date).toBe(true);
        expect(earlier.date < later.date).toBe(true);
      });
    }
  });

  it('work lies within a referral that was acted on (8565, 8831, 8832, 4000, 1103 to 1105)', () => {
    for (const records of children) {
      const referrals = standing(records, 'referral', 'date').filter((one) => one.noFurtherAction !== true);
      const within = (from: string, to: string | undefined) =>
        referrals.some(({ date, closedOn }) => date <= from && (to ?? from) <= (closedOn ?? open));
      for (const one of standing(records, 'assessment', 'started'))
        expect(within(one.started, one.authorised)).toBe(true);
      for (const one of standing(records, 'section-47', 'started')) {
        expect(within(one.started, one.initialConference)).toBe(true);
      }
      for (const one of standing(records, 'cin-plan', 'started'))
        expect(within(one.started, one.ended)).toBe(true);
      for (const one of standing(records, 'cp-plan', 'started'))
        expect(within(one.started, one.ended)).toBe(true);
    }
  });

  it('plans last a day or more and never run side by side (8940, 8840, 4001)', () => {
    for (const records of children) {
      const plans = [...standing(records, 'cin-plan', 'started'), ...standing(records, 'cp-plan', 'started')];
      plans.sort((a, b) => (a.started < b.started ? -1 : 1));
      for (const { started, ended } of plans) expect((ended ?? open) > started).toBe(true);
      eachPair(plans, (earlier, later) => expect((earlier.ended ?? open) <= later.started).toBe(true));
      let earlierPlans = -1;
      for (const { previousPlans = 0 } of standing(records, 'cp-plan', 'started')) {
        expect(previousPlans).toBeGreaterThan(earlierPlans);
        earlierPlans = previousPlans;
      }
    }
  });

  it('care opens with S, goes on by X1 to a same-day successor, and never overlaps (357, 388, 433)', () => {
    for (const records of children) {
      const episodes = standing(records, 'care-episode', 'started');
      let goesOn: string | null = null;
      episodes.forEach((one) => {
        expect((one.ended ?? open) > one.started).toBe(true);
        expect(one.ended === undefined).toBe(one.reasonEnded === undefined);
        if (goesOn === null) expect(one.reasonStarted).toBe('S');
        else {
          expect(one.started).toBe(goesOn);
          expect(one.reasonStarted).not.toBe('S');
        }
        goesOn = one.reasonEnded === 'X1' ? one.ended! : null;
      });
      eachPair(episodes, (earlier, later) => expect((earlier.ended ?? open) <= later.started).toBe(true));
    }
  });

  it('nothing begins once the child is 18, and no one is in care before birth', () => {
    for (const records of children) {
      const child = [...records.values()].find((head: Head) => head.kind === 'child')?.state as {
        birthMonth: string;
      };
      const adult = `${Number(child.birthMonth.slice(0, 4)) + 18}${child.birthMonth.slice(4)}-01`;
      for (const { date } of standing(records, 'referral', 'date')) expect(date < adult).toBe(true);
      for (const { started, ended } of standing(records, 'care-episode', 'started')) {
        expect(started >= `${child.birthMonth}-01`).toBe(true);
        expect((ended ?? started) <= adult).toBe(true);
      }
    }
  });
});
