// What the analysis knows of one participant: where it is counted, what was known on the index day, and what came of it.
import { addMonths, dayNumber } from '../../../schemas/calendar.ts';
import type { ParticipantOutcome } from '../../../schemas/outcome.ts';
import type { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import type { ChildRecords } from '../../outcomes/live-records.ts';

/** Numbers are numeric covariates, words are categories; null is not known. */
export type CovariateValue = number | string | null;

export interface AnalysedOutcome extends ParticipantOutcome {
  /** Null while the outcome's own clock has not started. */
  clockStart: string | null;
  horizonDay: string;
  matured: boolean;
}

export interface AnalysisParticipant {
  council: string;
  child: string;
  unit: string;
  arm: Arm;
  indexDay: string;
  covariates: Record<Covariate, CovariateValue>;
  /** Where the plan limits contamination: whether the records show the help; null while nobody can know. */
  helped?: boolean | null;
  /** In the order of the protocol's outcomes, and of its horizons. */
  outcomes: readonly AnalysedOutcome[];
}

/** DfE main ethnic groups; refused and not yet obtained are not known. */
const ethnicGroup: Record<string, string> = {
  W: 'white',
  M: 'mixed',
  A: 'asian',
  C: 'asian',
  B: 'black',
  O: 'other',
};

/** Null where not known, or of no group. @param code of the census */
export const ethnicGroupOf = (code: string | undefined): string | null =>
  code === undefined || code === 'REFU' || code === 'NOBT' ? null : (ethnicGroup[code.slice(0, 1)] ?? null);

/** Sources are known by their first figure. @param code of the census */
export const sourceGroupOf = (code: string | undefined): string | null => code?.replace(/[A-F]$/, '') ?? null;

/** Whole years on the index day; a birthday is the first day of the birth month. Unborn children are 0. */
function ageOn(day: string, birthMonth: string | undefined): number | null {
  if (birthMonth === undefined) return null;
  const born = `${birthMonth}-01`;
  let years = Number(day.slice(0, 4)) - Number(born.slice(0, 4));
  if (addMonths(born, years * 12) > day) years -= 1;
  return Math.max(0, years);
}

const periodMonths = { month: 1, quarter: 3, year: 12 } as const;

/** The first day of the wave an index day falls in. */
export function waveStart(day: string, waves: Protocol['waves']): string {
  const months = Number(day.slice(5, 7)) - 1;
  const first = months - (months % periodMonths[waves]);
  return `${day.slice(0, 4)}-${String(first + 1).padStart(2, '0')}-01`;
}

const truth = (value: boolean | undefined): CovariateValue =>
  value === undefined ? null : value ? 'yes' : 'no';

/** What the records say of a child that was known on the index day, or does not change with time. */
export function covariatesOf(
  records: ChildRecords,
  { day, recordId }: { day: string; recordId: string },
  council: string,
  waves: Protocol['waves'],
): AnalysisParticipant['covariates'] {
  const facts = records.child[0]?.state ?? {};
  const referral = records.referral.find((one) => one.recordId === recordId)?.state;
  return {
    age: ageOn(day, facts.birthMonth),
    sex: facts.sex === undefined || facts.sex === 'U' ? null : facts.sex,
    ethnicity: ethnicGroupOf(facts.ethnicity),
    disabled: truth(facts.disabilities?.some((code) => code !== 'NONE')),
    unaccompanied: truth(facts.unaccompaniedAsylumSeeker),
    'deprivation-decile': facts.deprivationDecile ?? null,
    'referral-source': sourceGroupOf(referral?.source),
    'primary-need': referral?.primaryNeed ?? null,
    council,
    wave: waveStart(day, waves),
  };
}

/**
 * Keeps one object of outcomes that are alike: children of the same index day mostly have the same ones, and a snapshot of a
 * million participants holds nine million.
 */
export function sharingOutcomes(): (outcomes: readonly AnalysedOutcome[]) => readonly AnalysedOutcome[] {
  const known = new Map<string, AnalysedOutcome>();
  return (outcomes) =>
    outcomes.map((one) => {
      const { outcome, horizon, state, date, censorReason, value, clockStart, horizonDay, matured } = one;
      const key = `${outcome} ${horizon} ${state} ${date} ${censorReason} ${value} ${clockStart} ${horizonDay} ${matured}`;
      const same = known.get(key);
      if (!same) known.set(key, one);
      return same ?? one;
    });
}

/** Days from the index day to another. */
export const daysSince = (index: string, day: string): number => dayNumber(day) - dayNumber(index);

/** Participants whose outcome is known: their places among everybody, and for each 1 where it happened by the horizon, else 0. */
export interface Analysed {
  rows: Int32Array;
  events: Float64Array;
}

/** Those of them at some places of `analysed`. */
export const someOf = ({ rows, events }: Analysed, places: Int32Array): Analysed => ({
  rows: places.map((at) => rows[at] ?? -1),
  events: Float64Array.from(places, (at) => events[at] ?? Number.NaN),
});

/** Places by the code of their row; codes run from 0 to below `count`, and -1 is in no group. */
export function placesBy({ rows }: Analysed, codes: ArrayLike<number>, count: number): Int32Array[] {
  const sizes = new Int32Array(count);
  const codeOf = (row: number) => codes[row] ?? -1;
  for (const row of rows) if (codeOf(row) >= 0) sizes[codeOf(row)] = (sizes[codeOf(row)] ?? 0) + 1;
  const places = Array.from(sizes, (size) => new Int32Array(size));
  const next = new Int32Array(count);
  rows.forEach((row, at) => {
    const own = places[codeOf(row)];
    if (!own) return;
    const free = next[codeOf(row)] ?? 0;
    own[free] = at;
    next[codeOf(row)] = free + 1;
  });
  return places;
}
