// Recruitment as it may be shown: small numbers hidden with others that would give them away, in step with what the same
// readers see of the evaluation elsewhere (children by wave, everybody enrolled, the flow of a kept analysis).
import type { Protocol } from '../../../schemas/protocol.ts';
import { isSmall } from '../../disclosure/policy.ts';
import { roundCount, roundingBounds } from '../../disclosure/rounding.ts';
import { type Exclusion, exclusions } from '../../evaluations/eligibility.ts';
import { waveStart } from '../plan/participant.ts';
import { shownScreening } from '../report/shown.ts';
import { type ShownBalance, shownBalance } from '../report/shown-balance.ts';
import { type Shown, shownTable, TOTAL } from '../report/tables-shown.ts';
import { baselineByArm, baselinePooled, type PooledRow } from './baseline.ts';
import type { RecruitmentCounts, Screened } from './counts.ts';

/** What became of children with an index record. Eligible: enrolled, or in no arm. */
export const fates = ['enrolled', 'waiting', 'notEligible', 'optedOut'] as const;
export type Fate = (typeof fates)[number];

/** Eligible, and in no arm (yet). */
const waiting: ReadonlySet<Exclusion | null> = new Set<Exclusion>(['no-team', 'no-arm']);

/** Null without an index record. */
function fateOf(reason: Exclusion | null): Fate | null {
  if (reason === null) return 'enrolled';
  if (reason === 'no-index') return null;
  if (reason === 'opted-out') return 'optedOut';
  return waiting.has(reason) ? 'waiting' : 'notEligible';
}

export type ByFate = Record<Fate, Shown>;

export interface ShownPooled extends Omit<PooledRow, 'count' | 'value' | 'sd' | 'missing'> {
  count: Shown;
  value: Shown;
  sd: Shown;
  missing: Shown;
}

export interface ShownRecruitment {
  threshold: number;
  screened: Shown;
  withIndex: Shown;
  eligible: Shown;
  byFate: ByFate;
  /** Reasons that occur, in the order in which they are asked. */
  excluded: { reason: Exclusion; count: Shown }[];
  /** By month of index day, oldest first. `cumulative`: enrolled by its end; null where a hidden month leaves it open. */
  months: ({ month: string; cumulative: Shown } & ByFate)[];
  /** Rounded; null in a column that could be narrowed to few values, or whose total is hidden. */
  councils: ({ council: string } & ByFate)[];
  /** What counts by council are rounded to, a column; null where it is hidden. */
  roundedTo: Record<Fate, number | null>;
  baseline:
    | { arms: 'apart'; participants: { trial: Shown; comparison: Shown }; rows: ShownBalance[] }
    | { arms: 'together'; rows: ShownPooled[] };
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);
const added = (parts: readonly Shown[]): Shown =>
  parts.reduce<Shown>((total, part) => (total === null || part === null ? null : total + part), 0);

function grouped(rows: readonly Screened[], keyOf: (row: Screened) => string | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + row.children);
  }
  return counts;
}

/** Numbers that add up to one that is shown. */
function column(
  counts: ReadonlyMap<string, number>,
  total: Shown,
  threshold: number,
): (key: string) => Shown {
  if (total === null) return () => null;
  const leaves = [...counts].map(([key, count]) => ({ at: [key], count }));
  if (leaves.length === 0) return () => 0;
  const table = shownTable(['of'], leaves, threshold, [[TOTAL]]);
  return (key) => (counts.has(key) ? table(key) : 0);
}

/** Months of each wave add up to the wave, which is shown elsewhere; of a wave that is hidden there nothing is shown. */
function enrolledByMonth(
  counts: ReadonlyMap<string, number>,
  waves: Protocol['waves'],
  hiddenWaves: ReadonlySet<string>,
  threshold: number,
): (month: string) => Shown {
  const byWave = new Map<string, Map<string, number>>();
  for (const [month, count] of counts) {
    const wave = waveStart(month, waves);
    byWave.set(wave, (byWave.get(wave) ?? new Map()).set(month, count));
  }
  const columns = new Map(
    [...byWave].map(([wave, own]) => [
      wave,
      column(own, hiddenWaves.has(wave) ? null : sum(own.values()), threshold),
    ]),
  );
  return (month) => (counts.has(month) ? (columns.get(waveStart(month, waves))?.(month) ?? null) : 0);
}

/** Enrolled by the end of each month: from the first on, and back from the total, as far as no hidden month is in between. */
function cumulated(enrolled: readonly Shown[], total: Shown): Shown[] {
  const known: Shown[] = [];
  let before: Shown = 0;
  for (const own of enrolled) {
    before = added([before, own]);
    known.push(before);
  }
  let after: Shown = 0;
  for (let at = enrolled.length - 1; at >= 0 && total !== null && after !== null; at--) {
    known[at] = total - after;
    after = added([after, enrolled[at] ?? null]);
  }
  return known;
}

/** Multiples of the threshold that are tried, finest first. */
const COARSER = [1, 2, 3, 4, 5];

/** The values that a rounded count could still be for who knows the total, or more than enough. */
function leastRoom(counts: readonly number[], to: number): number {
  const bounds = counts.map((count) =>
    roundingBounds(roundCount(count, { rule: 'midpoint', to }), { rule: 'midpoint', to }),
  );
  const total = sum(counts);
  const [low, high] = [sum(bounds.map((one) => one.low)), sum(bounds.map((one) => one.high))];
  const rooms = bounds.flatMap((one, at) => {
    if (counts[at] === 0) return [];
    const least = Math.max(one.low, total - (high - one.high));
    const most = Math.min(one.high, total - (low - one.low));
    return [most - least + 1];
  });
  return Math.min(Number.POSITIVE_INFINITY, ...rooms);
}

/**
 * What counts by council are rounded to: as many values as the threshold stay possible for each, whoever knows the totals.
 * An exact number enrolled would tell, beside a council's outcomes, of the few who were not followed.
 * @param totals sets of councils whose sum may be known
 */
function roundingOf(
  counts: ReadonlyMap<string, number>,
  totals: readonly (readonly string[])[],
  threshold: number,
): number | null {
  const fits = (to: number) =>
    totals.every(
      (councils) =>
        leastRoom(
          councils.map((one) => counts.get(one) ?? 0),
          to,
        ) >= threshold,
    );
  const factor = COARSER.find((one) => fits(one * threshold));
  return factor === undefined ? null : factor * threshold;
}

const shownPooled = (rows: readonly PooledRow[], threshold: number): ShownPooled[] =>
  [...new Set(rows.map(({ of }) => of))].flatMap((of) => {
    const own = rows.filter((row) => row.of === of);
    const [first] = own;
    if (first?.level === null) {
      const { count, missing } = first;
      const few = count < threshold;
      const hidden = isSmall(missing, { threshold }) || isSmall(count, { threshold });
      return [
        {
          ...first,
          ...{
            count: few || hidden ? null : count,
            value: few ? null : first.value,
            sd: few ? null : first.sd,
          },
          missing: hidden ? null : missing,
        },
      ];
    }
    const counts = new Map(own.map((row) => [row.level ?? '', row.count]));
    const shown = column(counts, sum(counts.values()), threshold);
    return own.map((row) => {
      const count = shown(row.level ?? '');
      return { ...row, count, value: count === null ? null : row.value, sd: null, missing: null };
    });
  });

function shownBaseline(
  { baseline, armsToldApart }: RecruitmentCounts,
  threshold: number,
): ShownRecruitment['baseline'] {
  if (!armsToldApart) return { arms: 'together', rows: shownPooled(baselinePooled(baseline), threshold) };
  const inArm = (arm: 0 | 1) =>
    sum(baseline.flatMap((row) => (row.fact === 'sex' && row.arm === arm ? [row.children] : [])));
  const participants = { trial: inArm(1), comparison: inArm(0) };
  const few = isSmall(participants.trial, { threshold }) || isSmall(participants.comparison, { threshold });
  const shown = (count: number): Shown => (few && count > 0 ? null : count);
  return {
    arms: 'apart',
    participants: { trial: shown(participants.trial), comparison: shown(participants.comparison) },
    rows: few ? [] : shownBalance(baselineByArm(baseline), participants, threshold),
  };
}

/**
 * @param councils ONS codes of the evaluation's councils
 * @param months first days of the months that recruitment has lasted, in order
 * @param hiddenWaves first days of waves whose number of children is hidden elsewhere
 */
export function shownRecruitment(
  counts: RecruitmentCounts,
  { waves, disclosure: { threshold } }: Pick<Protocol, 'waves' | 'disclosure'>,
  councils: readonly string[],
  months: readonly string[],
  hiddenWaves: ReadonlySet<string>,
): ShownRecruitment {
  const { screened: rows, armOf } = counts;
  const of = (fate: Fate) => rows.filter((row) => fateOf(row.reason) === fate);
  const everybody = sum(of('enrolled').map(({ children }) => children));
  const byReason = grouped(rows, ({ reason }) => reason);
  const { screened, excluded } = shownScreening(
    {
      enrolled: everybody,
      excluded: exclusions.flatMap((reason) => {
        const count = byReason.get(reason) ?? 0;
        return count === 0 ? [] : [{ reason, count }];
      }),
    },
    threshold,
  );
  const reasons = excluded as ShownRecruitment['excluded'];
  const withoutIndex = added(reasons.filter(({ reason }) => reason === 'no-index').map(({ count }) => count));
  const enrolled = isSmall(everybody, { threshold }) ? null : everybody;
  const ofFate = (fate: Fate): Shown =>
    fate === 'enrolled'
      ? enrolled
      : added(reasons.filter(({ reason }) => fateOf(reason) === fate).map(({ count }) => count));
  const byFate = Object.fromEntries(fates.map((fate) => [fate, ofFate(fate)])) as ByFate;
  const byMonth = Object.fromEntries(
    fates.map((fate) => {
      const own = grouped(of(fate), ({ month }) => month);
      return [
        fate,
        fate === 'enrolled'
          ? enrolledByMonth(own, waves, hiddenWaves, threshold)
          : column(own, byFate[fate], threshold),
      ];
    }),
  ) as Record<Fate, (month: string) => Shown>;
  const cumulative = cumulated(months.map(byMonth.enrolled), byFate.enrolled);
  const byCouncil = new Map(fates.map((fate) => [fate, grouped(of(fate), ({ council }) => council)]));
  const peopled = [...(byCouncil.get('enrolled')?.keys() ?? [])];
  // Where every council is of one arm, the arms' totals are sums of councils too.
  const byArm = peopled.every((one) => armOf.has(one))
    ? [0, 1].map((arm) => peopled.filter((one) => armOf.get(one) === arm))
    : [];
  const totals = [councils, ...byArm];
  const roundedTo = Object.fromEntries(
    fates.map((fate) => [
      fate,
      byFate[fate] === null ? null : roundingOf(byCouncil.get(fate) ?? new Map(), totals, threshold),
    ]),
  ) as ShownRecruitment['roundedTo'];
  const about = (fate: Fate, council: string): Shown => {
    const to = roundedTo[fate];
    return to === null ? null : roundCount(byCouncil.get(fate)?.get(council) ?? 0, { rule: 'midpoint', to });
  };
  const fatesBy = (shown: (fate: Fate) => Shown): ByFate =>
    Object.fromEntries(fates.map((fate) => [fate, shown(fate)])) as ByFate;
  return {
    ...{ threshold, screened, byFate, excluded: reasons },
    withIndex: screened === null || withoutIndex === null ? null : screened - withoutIndex,
    eligible: added([byFate.enrolled, byFate.waiting]),
    months: months.map((month, at) => ({
      ...{ month, cumulative: cumulative[at] ?? null },
      ...fatesBy((fate) => byMonth[fate](month)),
    })),
    councils: councils.map((council) => ({ council, ...fatesBy((fate) => about(fate, council)) })),
    roundedTo,
    baseline: shownBaseline(counts, threshold),
  };
}
