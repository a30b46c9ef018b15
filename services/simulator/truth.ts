// The true risks of both arms, counted over both lives of every child of the evaluation, as the built-in outcomes define them.
// No draw of the recording enters here: what the platform estimates from faulty records is compared with this.
import type { Arm } from '../../schemas/protocol.ts';
import { type Day, plusMonths } from './days.ts';
import type { History } from './facts.ts';

export const outcomeIds = ['re-referral', 'repeat-cp-plan', 'care-entry'] as const;
export type SimulatedOutcome = (typeof outcomeIds)[number];

/** Risks are probabilities of an event from the index day to index + horizon, among children at risk on the index day. */
export interface TrueEffect {
  outcome: SimulatedOutcome;
  /** Months. */
  horizon: number;
  /** Children in the evaluation, and those of them at risk: the same in both arms. */
  participants: number;
  atRisk: number;
  trial: number;
  comparison: number;
  /** Trial minus comparison. */
  difference: number;
}

/** The day of the first event from the index on, Infinity when there is none, null when the child is not at risk. */
export function firstEvent(outcome: SimulatedOutcome, history: History, index: Day): Day | null {
  const first = (days: Day[]) => Math.min(Number.POSITIVE_INFINITY, ...days);
  if (outcome === 're-referral') {
    return first(history.involvements.map((one) => one.day).filter((day) => day > index));
  }
  if (outcome === 'repeat-cp-plan') {
    return first(
      history.involvements.flatMap(({ cpPlan }) =>
        cpPlan && cpPlan.previousPlans > 0 && !cpPlan.heldForAnotherAuthority && cpPlan.started >= index
          ? [cpPlan.started]
          : [],
      ),
    );
  }
  const periods = history.care.filter((period) => !period.shortBreak);
  if (periods.some((period) => period.started < index && period.ended > index)) return null;
  return first(periods.map((period) => period.started).filter((day) => day >= index));
}

/** Adds up both lives of children who share their index. */
export class TruthCount {
  private participants = 0;
  private readonly cells: {
    outcome: SimulatedOutcome;
    horizon: number;
    atRisk: number;
    events: Record<Arm, number>;
  }[];

  constructor(horizons: readonly number[]) {
    this.cells = outcomeIds.flatMap((outcome) =>
      horizons.map((horizon) => ({ outcome, horizon, atRisk: 0, events: { trial: 0, comparison: 0 } })),
    );
  }

  add(index: Day, lives: Record<Arm, History>): void {
    this.participants++;
    for (const outcome of outcomeIds) {
      const trial = firstEvent(outcome, lives.trial, index);
      const comparison = firstEvent(outcome, lives.comparison, index);
      if (trial === null || comparison === null) continue;
      for (const cell of this.cells) {
        if (cell.outcome !== outcome) continue;
        const end = plusMonths(index, cell.horizon);
        cell.atRisk++;
        if (trial <= end) cell.events.trial++;
        if (comparison <= end) cell.events.comparison++;
      }
    }
  }

  effects(): TrueEffect[] {
    return this.cells.map(({ outcome, horizon, atRisk, events }) => {
      const risk = (arm: Arm) => (atRisk > 0 ? events[arm] / atRisk : 0);
      return {
        outcome,
        horizon,
        participants: this.participants,
        atRisk,
        trial: risk('trial'),
        comparison: risk('comparison'),
        difference: risk('trial') - risk('comparison'),
      };
    });
  }
}
