// The world before any child: the calendar that work runs by, and how councils differ from one another.
import { type Day, dayOf, firstOfMonth, monthOfDay, plusMonths } from './days.ts';
import { SEASON } from './mixes.ts';
import type { PlannedCouncil, SimulationPlan } from './plan.ts';
import { Random, standardNormals } from './random.ts';

/** Families are followed for so long before the recorded history that chains of referrals have settled. */
const BURN_IN_MONTHS = 72;

/** What makes a council different from the average one. Multipliers act on hazards, shifts on log-odds. */
export interface CouncilProfile {
  planned: PlannedCouncil;
  at: number;
  /** On the hazard of every further incident. */
  rereferral: number;
  priorPlanShift: number;
  nfaShift: number;
  careShift: number;
  planLength: number;
  assessmentLength: number;
  entryLag: number;
}

export interface World {
  plan: SimulationPlan;
  random: Random;
  /** First day of the burn-in, and the last day that any outcome can need. */
  from: Day;
  to: Day;
  historyFrom: Day;
  recruitFrom: Day;
  recruitTo: Day;
  councils: CouncilProfile[];
  season: Season;
}

/** Days weighted by how busy their month is: a rate that is constant in this time rises and falls by season. */
export class Season {
  private readonly sums: Float64Array;

  constructor(
    private readonly from: Day,
    to: Day,
  ) {
    this.sums = new Float64Array(to - from + 2);
    for (let day = from; day <= to; day++) {
      const factor = SEASON[((monthOfDay(day) % 12) + 12) % 12] ?? 1;
      this.sums[day - from + 1] = (this.sums[day - from] ?? 0) + factor;
    }
  }

  get total(): number {
    return this.sums[this.sums.length - 1] ?? 0;
  }

  /** Busy-weighted time from the start of the world to the morning of `day`. */
  workBefore(day: Day): number {
    return this.sums[Math.max(0, Math.min(day - this.from, this.sums.length - 1))] ?? 0;
  }

  /** The day in which so much work has been done; the day after the world when it never is. */
  dayAt(work: number): Day {
    let low = 0;
    let high = this.sums.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.sums[middle] ?? 0) <= work) low = middle;
      else high = middle - 1;
    }
    return this.from + low;
  }
}

const SPREAD = {
  rereferral: 0.225,
  priorPlan: 0.22,
  nfa: 0.75,
  care: 0.25,
  planLength: 0.3,
  assessment: 0.15,
};

export function worldOf(plan: SimulationPlan): World {
  const random = Random.of(`${plan.name}/${plan.seed}`);
  const historyFrom = dayOf(plan.historyFrom);
  const recruitTo = dayOf(plan.recruitment.to);
  const from = firstOfMonth(monthOfDay(historyFrom) - BURN_IN_MONTHS);
  const to = Math.max(plusMonths(recruitTo, Math.max(...plan.horizons)), dayOf(plan.completeThrough)) + 40;
  const spread = (at: number) => standardNormals(random.fork(1, at), plan.councils.length);
  const [rereferral, priorPlan, nfa, care, planLength, assessment, lag] = [0, 1, 2, 3, 4, 5, 6].map(spread);
  const profiles = plan.councils.map((planned, at): CouncilProfile => {
    const z = (values: number[] | undefined) => values?.[at] ?? 0;
    return {
      planned,
      at,
      rereferral: Math.exp(SPREAD.rereferral * z(rereferral)),
      priorPlanShift: SPREAD.priorPlan * z(priorPlan),
      nfaShift: SPREAD.nfa * z(nfa),
      careShift: SPREAD.care * z(care),
      planLength: Math.exp(SPREAD.planLength * z(planLength)),
      assessmentLength: Math.exp(SPREAD.assessment * z(assessment)),
      entryLag: Math.exp(0.3 * z(lag)),
    };
  });
  return {
    plan,
    random,
    from,
    to,
    historyFrom,
    recruitFrom: dayOf(plan.recruitment.from),
    recruitTo,
    councils: profiles,
    season: new Season(from, to),
  };
}
