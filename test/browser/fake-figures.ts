// Made-up figures that agree with one another: waves add up to the children enrolled, those followed to a horizon are of the
// waves that can have reached it, and an effect is the difference of its two shares.
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { addDays, addMonths, lastDayOf } from '../../schemas/calendar.ts';
import type { ArmCounts, Effect, OutcomeResult } from '../../schemas/result.ts';
import type { MaturityRow } from '../../services/portal/store.ts';

/** Walsall fell silent: everyone waits for it. */
export const THROUGH = '2026-06-03';
export const HORIZONS = [6, 12, 18];

const dueOf = (wave: string, horizon: number) => addMonths(lastDayOf(wave.slice(0, 7)), horizon);

/** Children by the month of their referral, March to November 2025; the last wave is tiny. */
export const children = [2_401, 2_455, 2_512, 2_438, 2_517, 2_490, 2_521, 2_506, 6];
const [trial, comparison] = [9_911, 9_935];
export const enrolled = trial + comparison;
export const waves = children.map((_, at) => addMonths('2025-03-01', at));

/** All waves are final at 6 months, three at 12; two wait for Walsall. */
export const demonstrationMaturity = (councils: readonly string[]): MaturityRow[] =>
  waves.flatMap((wave, at) =>
    HORIZONS.map((horizon): MaturityRow => {
      const due = dueOf(wave, horizon);
      const final = due <= THROUGH;
      return {
        wave,
        horizon,
        participants: children[at] ?? 0,
        due,
        frozenAt: final ? `${addDays(due, 3)}T21:14:00Z` : null,
        supersededAt: final && at === 1 && horizon === 6 ? '2026-08-12T06:00:00Z' : null,
        waitingFor: final ? [] : due <= '2026-08-30' ? ['Walsall'] : [...councils],
      };
    }),
  );

/** Four quarters of one council, all followed to 12 months. */
export const sampleMaturity: MaturityRow[] = ['2020-04-01', '2020-07-01', '2020-10-01', '2021-01-01'].flatMap(
  (wave, at) =>
    [6, 12].map((horizon) => ({
      wave,
      horizon,
      participants: [132, 132, 131, 7][at] ?? 0,
      due: dueOf(addMonths(wave, 2), horizon),
      frozenAt: '2026-08-30T10:00:00Z',
      supersededAt: null,
      waitingFor: [],
    })),
);

export const blindedMaturity: MaturityRow[] = ['2026-01-01', '2026-02-01', '2026-03-01'].map((wave, at) => ({
  wave,
  horizon: 6,
  participants: [140, 131, 129][at] ?? 0,
  due: dueOf(wave, 6),
  frozenAt: null,
  supersededAt: null,
  waitingFor: at === 0 ? ['Walsall'] : ['Walsall', 'Luton', 'Dorset'],
}));

const armCounts = (
  arm: ArmCounts['arm'],
  size: number,
  notAtRisk: number,
  pending: number,
  events: number,
  censored: number,
): ArmCounts => {
  const matured = size - notAtRisk - pending;
  return {
    ...{ arm, enrolled: size, notAtRisk, pending, matured, events, censored },
    noEvents: matured - events - censored,
    risk: matured === 0 ? null : events / matured,
  };
};

/** Every family has 1.7 children of the study; standard errors are a little wider than without families. */
function effectOf(arms: readonly [ArmCounts, ArmCounts]): Effect | null {
  const [{ risk: high }, { risk: low }] = arms;
  if (high === null || low === null) return null;
  const variance = arms.reduce(
    (sum, { risk, matured }) => sum + ((risk ?? 0) * (1 - (risk ?? 0))) / matured,
    0,
  );
  const [estimate, standardError] = [high - low, 1.08 * Math.sqrt(variance)];
  const clusters = Math.round((arms[0].matured + arms[1].matured) / 1.7);
  return {
    measure: 'risk-difference',
    estimate,
    standardError,
    degreesOfFreedom: 0.49 * clusters,
    lower: estimate - 1.96 * standardError,
    upper: estimate + 1.96 * standardError,
    p: 2 * normalCdf(-Math.abs(estimate / standardError), 0, 1),
    method: 'difference of shares with standard errors by family (CR2, Satterthwaite)',
    clusters,
  };
}

/** Counts of one arm behind its size: not at risk, pending, events, censored. */
type Rest = [notAtRisk: number, pending: number, events: number, censored: number];

const outcomeOf =
  (sizes: readonly [number, number]) =>
  (outcome: string, horizon: number, first: Rest, second: Rest, warnings: string[] = []): OutcomeResult => {
    const arms: [ArmCounts, ArmCounts] = [
      armCounts('trial', sizes[0], ...first),
      armCounts('comparison', sizes[1], ...second),
    ];
    return { outcome, horizon, arms, effect: effectOf(arms), warnings };
  };

const family = outcomeOf([trial, comparison]);
export const demonstration: OutcomeResult[] = [
  family('re-referral', 6, [0, 0, 1_158, 193], [0, 0, 1_371, 196]),
  family('re-referral', 12, [0, 6_117, 689, 137], [0, 6_117, 843, 144]),
  family('re-referral', 18, [0, 9_911, 0, 0], [0, 9_935, 0, 0]),
  family('repeat-cp-plan', 6, [0, 0, 70, 193], [0, 0, 73, 196]),
  family('repeat-cp-plan', 12, [0, 6_117, 52, 137], [0, 6_117, 60, 144]),
  family('repeat-cp-plan', 18, [0, 9_911, 0, 0], [0, 9_935, 0, 0]),
  family('care-entry', 6, [211, 0, 162, 189], [204, 0, 180, 192]),
  family('care-entry', 12, [211, 5_987, 97, 134], [204, 5_991, 122, 141]),
  family('care-entry', 18, [211, 9_700, 0, 0], [204, 9_731, 0, 0]),
];

const one = outcomeOf([207, 195]);
export const sample: OutcomeResult[] = [
  one('re-referral', 6, [0, 0, 31, 12], [0, 0, 40, 11]),
  one(
    're-referral',
    12,
    [0, 0, 48, 14],
    [0, 0, 55, 15],
    [
      'Only one council took part: differences between councils cannot be told from differences between groups',
    ],
  ),
  one('repeat-cp-plan', 6, [0, 0, 3, 12], [0, 0, 0, 11]),
  one('repeat-cp-plan', 12, [0, 0, 4, 14], [0, 0, 11, 15]),
  one('care-entry', 6, [4, 0, 12, 12], [15, 0, 14, 11]),
  one('care-entry', 12, [4, 0, 15, 14], [15, 0, 18, 15]),
];
