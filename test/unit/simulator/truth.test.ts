import { describe, expect, it } from 'vitest';
import { addMonths, civilDate } from '../../../schemas/calendar.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import type { RecordKind, RecordState } from '../../../schemas/records.ts';
import type { History } from '../../../services/simulator/facts.ts';
import { smallPlan, withoutDefects } from '../../../services/simulator/plan.ts';
import { recordsOf } from '../../../services/simulator/records.ts';
import { simulate } from '../../../services/simulator/simulate.ts';
import { caseEvents, type Head, headsOf, middling } from './heads.ts';

/** The records of one child, whatever their source. */
type Records = <K extends RecordKind>(kind: K) => RecordState<K>[];

const ofLife = (history: History): Records => {
  const kept = recordsOf(history, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  return (kind) => kept.filter((one) => one.kind === kind).map((one) => one.versions.at(-1)!.state as never);
};
const ofFeed =
  (heads: Map<string, Head>): Records =>
  (kind) =>
    [...heads.values()].filter((one) => one.kind === kind && one.state).map((one) => one.state as never);

/** The definitions of the domain page once more, over written records: 'out' is not at risk. */
function recount(records: Records, index: string, months: number): Record<string, boolean | 'out'> {
  const end = addMonths(index, months);
  const plans = records('cp-plan').filter((plan) => !plan.heldForAnotherAuthority);
  const care = records('care-episode').filter(
    ({ legalStatus }) => legalStatus !== 'V3' && legalStatus !== 'V4',
  );
  const inCare = care.some(({ started, ended }) => started < index && (ended ?? '9999') > index);
  return {
    're-referral': records('referral').some(({ date }) => date > index && date <= end),
    'repeat-cp-plan': plans.some(
      ({ started, previousPlans = 0 }) =>
        started >= index &&
        started <= end &&
        (previousPlans > 0 || plans.some((earlier) => earlier.started < started)),
    ),
    'care-entry': inCare
      ? 'out'
      : care.some(
          ({ started, reasonStarted }) => reasonStarted === 'S' && started >= index && started <= end,
        ),
  };
}

const simulation = simulate(middling(withoutDefects(smallPlan())));
const participants = [...simulation.participants()];
const outcomes = ['re-referral', 'repeat-cp-plan', 'care-entry'] as const;

describe('the truth', () => {
  it('is what a recount over both lives of every child gives', () => {
    const truth = simulation.truth();
    expect(truth).toHaveLength(9);
    for (const horizon of [6, 12, 18]) {
      const seen = participants.map(({ index, lives }) => ({
        trial: recount(ofLife(lives.trial), civilDate(index), horizon),
        comparison: recount(ofLife(lives.comparison), civilDate(index), horizon),
      }));
      for (const outcome of outcomes) {
        const row = truth.find((one) => one.outcome === outcome && one.horizon === horizon)!;
        const atRisk = seen.filter((one) => one.comparison[outcome] !== 'out');
        const share = (arm: Arm) => atRisk.filter((one) => one[arm][outcome] === true).length / atRisk.length;
        expect(row.participants).toBe(participants.length);
        expect(row.atRisk).toBe(atRisk.length);
        expect(row.trial).toBeCloseTo(share('trial'), 12);
        expect(row.comparison).toBeCloseTo(share('comparison'), 12);
        expect(row.difference).toBeCloseTo(row.trial - row.comparison, 12);
        expect(row.difference).toBeLessThan(0);
      }
    }
  });

  it('is what a faultless feed shows of the arm in which each child lives', () => {
    for (const council of simulation.councils()) {
      const heads = headsOf(caseEvents(council));
      const { from, to } = simulation.plan.recruitment;
      const seen: Record<string, number>[] = [];
      for (const records of heads.values()) {
        const referrals = ofFeed(records)('referral').map(({ date }) => date);
        const index = referrals.filter((date) => date >= from && date <= to).sort()[0];
        if (index !== undefined) seen.push(tally(recount(ofFeed(records), index, 12)));
      }
      const lived = participants
        .filter((one) => one.council === council.code)
        .map(({ index, lives, arm }) => tally(recount(ofLife(lives[arm]), civilDate(index), 12)));
      expect(sum(seen)).toEqual(sum(lived));
    }
  });

  it('has one index for both lives, and nothing before it differs', () => {
    for (const { index, lives } of participants) {
      expect(lives.trial.index).toBe(index);
      const until = (history: History) =>
        history.involvements.filter((one) => one.day <= index).map((one) => one.day);
      expect(until(lives.trial)).toEqual(until(lives.comparison));
    }
  });

  it('is nought when nothing is planted', () => {
    const none = { ratio: 1, halfLifeMonths: null };
    const plan = { ...smallPlan(), effects: { reReferral: none, repeatCpPlan: none, careEntry: none } };
    for (const { difference } of simulate(plan).truth()) expect(difference).toBe(0);
  });

  it('can be asked of some councils and waves', () => {
    const [first] = simulation.councils();
    const all = simulation.truth({ councils: [first!.code] })[0]!;
    const early = simulation.truth({ councils: [first!.code], indexedThrough: '2025-02-28' })[0]!;
    const inFirst = participants.filter((one) => one.council === first!.code);
    expect(all.participants).toBe(inFirst.length);
    expect(early.participants).toBe(inFirst.filter((one) => civilDate(one.index) <= '2025-02-28').length);
  });
});

describe('the allocation list', () => {
  it('has every family of the evaluation once, in arms kept level by blocks', () => {
    const rows = simulation.allocations();
    expect(new Set(rows.map((row) => row.family)).size).toBe(rows.length);
    expect(rows.length).toBe(new Set(participants.map((one) => one.family.localId)).size);
    for (const { code } of simulation.councils()) {
      const own = rows.filter((row) => row.council === code);
      const trial = own.filter((row) => row.arm === 'trial').length;
      expect(Math.abs(2 * trial - own.length)).toBeLessThanOrEqual(simulation.plan.blockSize);
    }
  });
});

const tally = (states: Record<string, boolean | 'out'>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(states).flatMap(([outcome, state]) => [
      [outcome, state === true ? 1 : 0],
      [`${outcome} at risk`, state === 'out' ? 0 : 1],
    ]),
  );

function sum(rows: Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = { children: rows.length };
  for (const row of rows)
    for (const [key, value] of Object.entries(row)) total[key] = (total[key] ?? 0) + value;
  return total;
}
