// What happens to each child in each arm: one uniform draw set against two courses of risk, so that both lives are known.
import type { Arm } from '../../../schemas/protocol.ts';
import { type Day, plusMonths } from '../days.ts';
import { type Random, standardNormals } from '../random.ts';
import { intercept, pullOf, share } from './log-odds.ts';
import type { CohortFamily } from './people.ts';
import type { Course, Planted } from './spec.ts';

const DAYS_A_YEAR = 365.25;

/** One child's planted event in both arms. */
export interface Fate {
  /** Chances of the event by each month of the course. */
  risks: Record<Arm, Float64Array>;
  /** Day of the event; null when it does not come within the course. */
  day: Record<Arm, Day | null>;
}

/** Day of the event for a draw of `u`: where the course, straight between its months, reaches it. */
function dayAt(u: number, risks: Float64Array, course: Course, index: Day): Day | null {
  let before = { risk: 0, day: index };
  for (const [at, { months }] of course.entries()) {
    const risk = risks[at] ?? 0;
    const day = plusMonths(index, months);
    if (u < risk)
      return (
        before.day + Math.max(1, Math.ceil(((u - before.risk) / (risk - before.risk)) * (day - before.day)))
      );
    before = { risk, day };
  }
  return null;
}

/** Fates of all children, family by family in order; the mean chance in each arm is the planted one. */
export function fatesOf(planted: Planted, families: readonly CohortFamily[], random: Random): Fate[][] {
  const councils = [...new Set(families.map(({ council }) => council))].sort();
  const spread = standardNormals(random.fork(1), councils.length);
  const shifts = new Map(
    councils.map((council, at) => [
      council,
      planted.councilSpread * (spread[at] ?? 0) +
        (planted.councils?.find((one) => one.council === council)?.shift ?? 0),
    ]),
  );
  const middle = families.reduce((sum, { indexDay }) => sum + indexDay, 0) / Math.max(1, families.length);
  const logOdds = families.map((family) => {
    const own =
      (shifts.get(family.council) ?? 0) +
      planted.familySpread * random.fork(2, family.at).normal() +
      ((planted.trendPerYear ?? 0) * (family.indexDay - middle)) / DAYS_A_YEAR;
    return family.children.map(({ age }) => own + pullOf(planted.pull ?? {}, family, age));
  });
  const all = Float64Array.from(logOdds.flat());
  const intercepts = (course: Course) => course.map(({ risk }) => intercept(all, risk));
  const at = { trial: intercepts(planted.trial), comparison: intercepts(planted.comparison) };
  return families.map((family, f) =>
    family.children.map((child, c): Fate => {
      const u = random.fork(3, family.at, child.at).next();
      const x = logOdds[f]?.[c] ?? 0;
      const risks = (arm: Arm) => Float64Array.from(at[arm], (one) => share(one + x));
      const both = { trial: risks('trial'), comparison: risks('comparison') };
      return {
        risks: both,
        day: {
          trial: dayAt(u, both.trial, planted.trial, family.indexDay),
          comparison: dayAt(u, both.comparison, planted.comparison, family.indexDay),
        },
      };
    }),
  );
}
