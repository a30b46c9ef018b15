// Cumulative incidence by arm, from counts rounded so that no step tells of fewer children than the threshold: cumulative
// events and exits are rounded first, and the curve is worked out from the rounded ones (as OpenSAFELY rounds its
// Kaplan-Meier curves). Aalen and Johansen (1978) Scand. J. Statist. 5:141; with no competing ends, 1 - Kaplan-Meier.
import type { Curve } from '../../../schemas/analysis.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import { roundCount } from '../../disclosure/rounding.ts';
import type { Columns } from './columns.ts';
import type { Followed } from './follow-up.ts';

/** How many left, had the event and had a competing end, up to and including each day, of those followed at some places. */
function cumulative(
  { days, events }: Followed,
  places: readonly number[],
  last: number,
): [Float64Array, Float64Array, Float64Array] {
  const counts = [0, 1, 2].map(() => new Float64Array(last + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const at of places) {
    const own = counts[events[at] as 0 | 1 | 2];
    const day = days[at] ?? 0;
    own[day] = (own[day] ?? 0) + 1;
  }
  for (const own of counts)
    for (let day = 1; day <= last; day++) own[day] = (own[day] ?? 0) + (own[day - 1] ?? 0);
  return counts;
}

/**
 * The curve of one arm.
 * @param competing whether competing ends are a cause of their own; else they censor
 * @param threshold 1 rounds nothing
 */
export function curveOf(
  arm: Arm,
  { arm: { codes, levels } }: Columns,
  followed: Followed,
  competing: boolean,
  threshold: number,
): Curve | null {
  const code = levels.indexOf(arm);
  const places = [...followed.rows.keys()].filter((at) => codes[followed.rows[at] ?? -1] === code);
  if (places.length === 0) return null;
  const rounded = (count: number) => roundCount(count, { rule: 'midpoint', to: Math.max(1, threshold) });
  const last = places.reduce((most, at) => Math.max(most, followed.days[at] ?? 0), 0);
  const [left, events, ended] = cumulative(followed, places, last).map((counts) => counts.map(rounded)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const at = (counts: Float64Array, day: number) => (day < 0 ? 0 : (counts[day] ?? 0));
  const all = rounded(places.length);
  const steps: Curve['steps'] = [];
  let free = 1;
  let incidence = 0;
  for (let day = 0; day <= last; day++) {
    const gone = at(left, day - 1) + at(events, day - 1) + at(ended, day - 1);
    const atRisk = Math.max(0, all - gone);
    const happened = at(events, day) - at(events, day - 1);
    const competed = competing ? at(ended, day) - at(ended, day - 1) : 0;
    if (atRisk > 0) {
      incidence = Math.min(1, incidence + (free * Math.min(happened, atRisk)) / atRisk);
      free *= Math.max(0, 1 - (happened + competed) / atRisk);
    }
    if (day === 0 || happened > 0 || day === last) steps.push({ day, incidence, atRisk });
  }
  return { arm, competing, steps };
}
