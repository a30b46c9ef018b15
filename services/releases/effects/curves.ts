// Curves as they leave: points a quarter of a year apart or more, so that no point tells the day of an event. Each count behind
// them is rounded to the middle of a run of the threshold; where two points of a curve were of one run, a reader who knows the
// exact total at a horizon could tell of fewer children, so the points of both arms are then set further apart.
import type { Curve } from '../../../schemas/analysis.ts';
import { atRiskAt, DAYS_A_MONTH, incidenceAt } from '../../analysis/report/curve-at.ts';
import { PROBABILITY_PLACES, rounded } from './rounded.ts';

/** Months between points; Infinity leaves the horizons alone. */
const SPACINGS = [3, 6, Number.POSITIVE_INFINITY];

/** A month of the calendar may end so many days before or after the twelfth of a year. */
const SLACK_DAYS = 3;

const dayOf = (month: number): number => Math.round(month * DAYS_A_MONTH);

function monthsOf(horizons: readonly number[], spacing: number): number[] {
  const last = horizons.at(-1) ?? 0;
  const between = Number.isFinite(spacing)
    ? Array.from({ length: Math.floor(last / spacing) }, (_, at) => spacing * (at + 1))
    : [];
  return [...new Set([0, ...between, ...horizons])].sort((a, b) => a - b);
}

/** The points that were followed to, while enough children are at risk: the longest time of few is not told. */
const reached = (curve: Curve, months: readonly number[], threshold: number): number[] =>
  months.filter(
    (month) =>
      dayOf(month) <= (curve.steps.at(-1)?.day ?? 0) + SLACK_DAYS && atRiskAt(curve, month) >= threshold,
  );

/** Whether rounded counts rise between any two points: they are then of different runs. */
const rises = (curve: Curve, months: readonly number[]): boolean =>
  months.every((month, at) => {
    const before = months[at - 1];
    return before === undefined || incidenceAt(curve, month) > incidenceAt(curve, before);
  });

/**
 * Both arms' curves at the same spacing; none where even horizons are too close.
 * @param horizons months, the shortest first
 * @param threshold that their counts were rounded to
 */
export function releasedCurves(
  curves: readonly Curve[],
  horizons: readonly number[],
  threshold: number,
): Curve[] {
  for (const spacing of SPACINGS) {
    const months = monthsOf(horizons, spacing);
    const pointsOf = (curve: Curve) => reached(curve, months, threshold);
    if (!curves.every((curve) => pointsOf(curve).length > 1 && rises(curve, pointsOf(curve)))) continue;
    return curves.map((curve) => ({
      ...curve,
      steps: pointsOf(curve).map((month) => ({
        day: dayOf(month),
        incidence: rounded(incidenceAt(curve, month), PROBABILITY_PLACES) ?? 0,
        atRisk: atRiskAt(curve, month),
      })),
    }));
  }
  return [];
}
