// Simulated against published: the world as it is where no one is treated, by clean fact, over the recruitment window.
import { dayOf, plusMonths } from './days.ts';
import { type Measure, type Published, published } from './published.ts';
import type { Simulation } from './simulate.ts';

export interface Comparison extends Published {
  measure: Measure;
  simulated: number;
  /** What the simulated figure is a share, median or spread of. */
  count: number;
  agrees: boolean;
}

/** Events and cases of one family in one council. */
interface Cluster {
  events: number;
  cases: number;
}

/** Counts by council and family, for a rate and its spread between councils. */
class Clustered {
  private readonly councils = new Map<string, Map<number, Cluster>>();
  events = 0;
  cases = 0;

  add(council: string, family: number, event: boolean): void {
    const families = this.councils.get(council) ?? new Map<number, Cluster>();
    this.councils.set(council, families);
    const cluster = families.get(family) ?? { events: 0, cases: 0 };
    families.set(family, cluster);
    cluster.cases++;
    this.cases++;
    if (!event) return;
    cluster.events++;
    this.events++;
  }

  get share(): number {
    return this.cases > 0 ? this.events / this.cases : 0;
  }

  /** Variance of council rates beyond that of chance (families as clusters), over p(1 - p); not below 0. */
  get icc(): number {
    const rates = [...this.councils.values()].map((families) => {
      const clusters = [...families.values()];
      const cases = clusters.reduce((sum, one) => sum + one.cases, 0);
      const rate = clusters.reduce((sum, one) => sum + one.events, 0) / cases;
      const squares = clusters.reduce((sum, one) => sum + (one.events - rate * one.cases) ** 2, 0);
      return { rate, chance: squares / cases ** 2 };
    });
    if (rates.length < 2) return 0;
    const mean = rates.reduce((sum, one) => sum + one.rate, 0) / rates.length;
    const spread = rates.reduce((sum, one) => sum + (one.rate - mean) ** 2, 0) / (rates.length - 1);
    const chance = rates.reduce((sum, one) => sum + one.chance, 0) / rates.length;
    return mean > 0 && mean < 1 ? Math.max(0, spread - chance) / (mean * (1 - mean)) : 0;
  }
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

/** Every measure, simulated beside published. A few hundred children cannot agree closely: see `count`. */
export function describe(simulation: Pick<Simulation, 'plan' | 'untreated'>): Comparison[] {
  const from = dayOf(simulation.plan.recruitment.from);
  const to = dayOf(simulation.plan.recruitment.to);
  const within = (day: number) => day >= from && day <= to;
  const again = new Clustered();
  const repeat = new Clustered();
  const assessments: number[] = [];
  let [nfa, notInNeed, careStarts, careEnds, reentries] = [0, 0, 0, 0, 0];
  for (const { family, history } of simulation.untreated()) {
    const { code } = family.council.planned;
    let previous = Number.NEGATIVE_INFINITY;
    for (const { day, nfa: noAction, closureReason, assessment, cpPlan } of history.involvements) {
      if (within(day)) {
        again.add(code, family.at, previous >= plusMonths(day, -12));
        if (noAction) nfa++;
        if (closureReason === 'RC8' || closureReason === 'RC9') notInNeed++;
        if (assessment?.authorised) assessments.push(assessment.authorised - assessment.started);
      }
      if (cpPlan && !cpPlan.heldForAnotherAuthority && within(cpPlan.started)) {
        repeat.add(code, family.at, cpPlan.previousPlans > 0);
      }
      previous = day;
    }
    const periods = history.care.filter((period) => !period.shortBreak);
    periods.forEach((period, at) => {
      if (within(period.started)) careStarts++;
      const last = period.episodes.at(-1)?.reasonEnded ?? '';
      if (!within(period.ended) || !['E4A', 'E4B', 'E41', 'E8'].includes(last) || family.unaccompanied)
        return;
      careEnds++;
      if (periods[at + 1]) reentries++;
    });
  }
  const referrals = again.cases;
  const found: Record<Measure, [value: number, count: number]> = {
    rereferredWithin12Months: [again.share, referrals],
    noFurtherAction: [nfa / referrals, referrals],
    assessedNotInNeed: [notInNeed / referrals, referrals],
    repeatPlans: [repeat.share, repeat.cases],
    plansPerReferral: [repeat.cases / referrals, referrals],
    assessmentMedianDays: [median(assessments), assessments.length],
    careStartsPerReferral: [careStarts / referrals, referrals],
    rereferralIcc: [again.icc, simulation.plan.councils.length],
    repeatPlanIcc: [repeat.icc, simulation.plan.councils.length],
    careReentry: [careEnds > 0 ? reentries / careEnds : 0, careEnds],
  };
  return (Object.keys(published) as Measure[]).map((measure) => {
    const [simulated, count] = found[measure];
    const yardstick = published[measure];
    return {
      measure,
      ...yardstick,
      simulated,
      count,
      agrees: simulated >= yardstick.low && simulated <= yardstick.high,
    };
  });
}

/** The comparison as a table for a terminal. */
export function describeText(rows: readonly Comparison[]): string {
  const show = (row: Comparison, value: number) =>
    row.unit === 'share' ? `${(100 * value).toFixed(1)}%` : value.toFixed(row.unit === 'icc' ? 4 : 0);
  const lines = rows.map((row) => [
    row.label,
    show(row, row.simulated),
    show(row, row.value),
    `${show(row, row.low)} to ${show(row, row.high)}`,
    row.agrees ? 'yes' : 'no',
    row.source,
  ]);
  const table = [['Measure', 'Simulated', 'Published', 'Tolerance', 'Agrees', 'Source'], ...lines];
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...table.map((line) => (line[at] ?? '').length)));
  return table
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
