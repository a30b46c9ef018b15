// Who is eligible, judged on the index day from the records as they stand. The SQL screen (eligibility-sql.ts) must judge alike.
// Order of reasons: a child has the first one that holds. Rules of ours are marked "ours".
import { addMonths } from '../../schemas/calendar.ts';
import type { Population } from '../../schemas/protocol/population.ts';
import { carePeriods } from '../outcomes/care-periods.ts';
import type { ChildRecords } from '../outcomes/live-records.ts';
import type { Index } from '../outcomes/participant.ts';

/** Why a child does not take part, in the order in which they are asked. */
export const exclusions = [
  'no-index',
  'opted-out',
  'age-unknown',
  'too-young',
  'too-old',
  'in-care',
  'on-cp-plan',
  'earlier-record',
  'no-team',
  'no-arm',
] as const;
export type Exclusion = (typeof exclusions)[number];

/** Each reason as it is said of a number of children. */
export const exclusionWords: Readonly<Record<Exclusion, string>> = {
  'no-index': 'have no index record in the window',
  'opted-out': 'opted out',
  'age-unknown': 'have no known month of birth',
  'too-young': 'are too young',
  'too-old': 'are too old',
  'in-care': 'were in care on the index day',
  'on-cp-plan': 'were on a child protection plan on the index day',
  'earlier-record': 'had an earlier record of the index kind',
  'no-team': 'have an index referral that names no team',
  'no-arm': 'have no arm',
};

/** Of `null` reason: eligible, and in an arm if it has one. */
export interface Screened {
  index: Index | null;
  reason: Exclusion | null;
}

const passes = <Code>(allowed: readonly Code[] | undefined, code: Code | undefined): boolean =>
  allowed === undefined || (code !== undefined && allowed.includes(code));

/** Every record that could be an index, whatever its day. */
function candidates({ index }: Population, records: ChildRecords): Index[] {
  const kind = index.record;
  switch (index.record) {
    case 'referral':
      return records.referral
        .filter(
          ({ state }) =>
            (index.countNoFurtherAction || state.noFurtherAction !== true) &&
            passes(index.sources, state.source) &&
            passes(index.primaryNeeds, state.primaryNeed),
        )
        .map(({ child, recordId, state }) => ({ kind, child, recordId, day: state.date }));
    case 'cp-plan':
      return records['cp-plan']
        .filter(
          ({ state }) =>
            (index.countHeldForAnotherAuthority || state.heldForAnotherAuthority !== true) &&
            passes(index.categories, state.initialCategory),
        )
        .map(({ child, recordId, state }) => ({ kind, child, recordId, day: state.started }));
    case 'assessment':
    case 'section-47':
      return records[index.record].map(({ child, recordId, state }) => ({
        kind,
        child,
        recordId,
        day: state.started,
      }));
    case 'care-period':
      return carePeriods(records['care-episode'])
        .filter(({ startSeen }) => startSeen)
        .map(({ child, recordId, starts }) => ({ kind, child, recordId, day: starts }));
  }
}

/** Two of one day: the lower record id, then the lower pseudonym (ours). */
function inOrder(a: Index, b: Index): number {
  const key = ({ day, recordId, child }: Index) => `${day} ${recordId} ${child}`;
  return key(a) < key(b) ? -1 : 1;
}

function ageReason({ age }: Population, records: ChildRecords, day: string): Exclusion | null {
  if (!age) return null;
  const born = records.child[0]?.state.birthMonth;
  if (born === undefined) return 'age-unknown';
  // A birthday is the first day of the birth month, as for the eighteenth.
  const isAged = (years: number): boolean => addMonths(`${born}-01`, 12 * years) <= day;
  if (age.from !== undefined && !isAged(age.from)) return 'too-young';
  return age.under !== undefined && isAged(age.under) ? 'too-old' : null;
}

/** A stay or plan that ended that day, or starts on it, is not under way (ours). */
const isUnderWay = (starts: string, ends: string | null | undefined, day: string): boolean =>
  starts < day && (ends === null || ends === undefined || ends > day);

function statusReason(population: Population, records: ChildRecords, day: string): Exclusion | null {
  const { exclude } = population;
  if (
    exclude?.inCareAtIndex &&
    carePeriods(records['care-episode']).some(({ starts, ends }) => isUnderWay(starts, ends, day))
  )
    return 'in-care';
  if (
    exclude?.onCpPlanAtIndex &&
    records['cp-plan'].some(({ state }) => isUnderWay(state.started, state.ended, day))
  )
    return 'on-cp-plan';
  const within = exclude?.earlierWithinMonths;
  if (
    within !== undefined &&
    candidates(population, records).some((one) => one.day < day && addMonths(one.day, within) >= day)
  )
    return 'earlier-record';
  return null;
}

/** Screens a child, arms left out: whoever allocates says `no-team` and `no-arm`. */
export function screenChild(population: Population, records: ChildRecords, optedOut: boolean): Screened {
  const { from, to } = population;
  const index =
    candidates(population, records)
      .filter(({ day }) => day >= from && day <= to)
      .sort(inOrder)[0] ?? null;
  if (!index) return { index: null, reason: 'no-index' };
  if (optedOut) return { index, reason: 'opted-out' };
  const reason = ageReason(population, records, index.day) ?? statusReason(population, records, index.day);
  return { index, reason };
}
