// What is shown of recruitment: it adds up where it is shown, and an attacker who keeps all of it cannot narrow a small number.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecruitmentCounts, Screened } from '../../../services/analysis/recruitment/counts.ts';
import { fates, shownRecruitment } from '../../../services/analysis/recruitment/shown-recruitment.ts';
import { attack, type Statement } from '../../../services/disclosure/attack.ts';
import { roundingBounds } from '../../../services/disclosure/rounding.ts';
import { hiddenWaves } from '../../../services/disclosure/waves.ts';

const THRESHOLD = 4;
const councils = ['E09000001', 'E09000002', 'E09000003', 'E09000004'];
const months = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01', '2025-05-01', '2025-06-01'];
const protocol = { waves: 'quarter', disclosure: { threshold: THRESHOLD } } as const;

const countsOf = (screened: Screened[], more: Partial<RecruitmentCounts> = {}): RecruitmentCounts => ({
  ...{ screened, baseline: [], armsToldApart: false, armOf: new Map(), ...more },
});
const row = (
  council: number,
  month: number | null,
  reason: Screened['reason'],
  children: number,
): Screened => ({
  ...{
    council: councils[council] ?? '',
    month: month === null ? null : (months[month] ?? ''),
    reason,
    children,
  },
});
const waveOf = (month: string): string => (month < '2025-04-01' ? '2025-01-01' : '2025-04-01');

/** As the calendar hides them for the same readers. */
function hiddenElsewhere(screened: readonly Screened[]): Set<string> {
  const waves = new Map<string, number>();
  for (const { month, reason, children } of screened)
    if (reason === null && month !== null)
      waves.set(waveOf(month), (waves.get(waveOf(month)) ?? 0) + children);
  return hiddenWaves(
    [...waves].map(([wave, participants]) => ({ wave, participants, horizon: 6, settled: false })),
    { threshold: THRESHOLD },
  );
}
const show = (screened: Screened[], more: Partial<RecruitmentCounts> = {}) =>
  shownRecruitment(countsOf(screened, more), protocol, councils, months, hiddenElsewhere(screened));

describe('recruitment as it is shown', () => {
  it('adds up, and says how many are enrolled by the end of each month', () => {
    const shown = show([
      row(0, 0, null, 20),
      row(1, 1, null, 30),
      row(2, 3, null, 10),
      row(3, 3, 'too-old', 8),
      row(0, 1, 'no-arm', 7),
      row(0, null, 'no-index', 100),
    ]);
    expect(shown).toMatchObject({ screened: 175, withIndex: 75, eligible: 67 });
    expect(shown.byFate).toEqual({ enrolled: 60, waiting: 7, notEligible: 8, optedOut: 0 });
    expect(shown.months.map(({ cumulative }) => cumulative)).toEqual([20, 50, 50, 60, 60, 60]);
    expect(shown.excluded.map(({ reason }) => reason)).toEqual(['no-index', 'too-old', 'no-arm']);
  });

  it('leaves a gap where a small month is hidden, and goes on from the total behind it', () => {
    const shown = show([row(0, 0, null, 20), row(0, 1, null, 2), row(1, 2, null, 30), row(2, 4, null, 40)]);
    const [january, february, march, april, may] = shown.months;
    expect(february?.enrolled).toBeNull();
    expect([january, march].filter((month) => month?.enrolled === null)).toHaveLength(1);
    // January and February are both hidden: what is known of them is their sum.
    expect([january?.cumulative, february?.cumulative]).toEqual([null, 22]);
    expect([april?.cumulative, may?.cumulative]).toEqual([52, 92]);
  });

  it('hides months of a wave that the calendar hides', () => {
    const screened = [row(0, 0, null, 20), row(0, 3, null, 1), row(0, 4, null, 2)];
    expect([...hiddenElsewhere(screened)].sort()).toEqual(['2025-01-01', '2025-04-01']);
    expect(show(screened).months.map(({ enrolled }) => enrolled)).toEqual([null, 0, 0, null, null, 0]);
  });

  it('rounds councils, coarser or not at all where the totals of arms would give one away', () => {
    const screened = [row(0, 0, null, 21), row(1, 0, null, 33), row(2, 0, null, 18), row(3, 0, null, 29)];
    const [first] = show(screened).councils;
    expect(first?.enrolled).not.toBe(21);
    // Each arm is one council: its total is the council's number.
    const alone = new Map([
      [councils[0]!, 1],
      [councils[1]!, 0],
    ] as const);
    expect(show(screened.slice(0, 2), { armOf: alone }).roundedTo.enrolled).toBeNull();
  });

  it('keeps small arms and small values of a fact to itself', () => {
    const told = (sizes: [number, number, number, number]): RecruitmentCounts['baseline'] => [
      { fact: 'sex', value: 'F', arm: 1, children: sizes[0] },
      { fact: 'sex', value: 'M', arm: 1, children: sizes[1] },
      { fact: 'sex', value: 'F', arm: 0, children: sizes[2] },
      { fact: 'sex', value: 'M', arm: 0, children: sizes[3] },
    ];
    const of = (sizes: [number, number, number, number]) =>
      show([row(0, 0, null, 100)], { baseline: told(sizes), armsToldApart: true }).baseline;
    expect(of([20, 30, 25, 25])).toMatchObject({
      arms: 'apart',
      participants: { trial: 50, comparison: 50 },
    });
    expect(of([2, 1, 25, 25])).toEqual({
      arms: 'apart',
      participants: { trial: null, comparison: null },
      rows: [],
    });
    const { rows } = of([2, 48, 25, 25]) as {
      rows: { hidden: boolean; standardisedDifference: number | null }[];
    };
    expect(
      rows.every(({ hidden, standardisedDifference }) => hidden && standardisedDifference === null),
    ).toBe(true);
  });
});

describe('an attacker who keeps everything that is shown', () => {
  const reasons = [null, 'opted-out', 'too-old', 'in-care', 'no-arm'] as const;
  const size = fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 2, arbitrary: fc.integer({ min: 4, max: 30 }) },
  );
  const cells = councils.flatMap((_, council) =>
    months.slice(0, 4).flatMap((_, month) => reasons.map((reason) => ({ council, month, reason }))),
  );

  it('cannot narrow a small month, council or reason to fewer values than the threshold', async () => {
    let attacked = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(size, { minLength: cells.length, maxLength: cells.length }),
        async (sizes) => {
          const screened = cells.map(({ council, month, reason }, at) =>
            row(council, month, reason, sizes[at] ?? 0),
          );
          const shown = show(screened);
          const places = (of: (cell: (typeof cells)[number]) => boolean) =>
            cells.flatMap((cell, at) => (of(cell) ? [at] : []));
          const fateOf = {
            enrolled: [null],
            waiting: ['no-arm'],
            notEligible: ['too-old', 'in-care'],
            optedOut: ['opted-out'],
          };
          const isOf = (fate: (typeof fates)[number], reason: string | null) =>
            (fateOf[fate] as unknown[]).includes(reason);
          const told: Statement[] = [];
          const targets: number[][] = [];
          const count = (leaves: readonly number[]) => leaves.reduce((sum, at) => sum + (sizes[at] ?? 0), 0);
          const exact = (leaves: number[], value: number | null) => {
            if (value !== null) told.push({ leaves, low: value, high: value });
            else told.push({ leaves, low: 1, high: Number.POSITIVE_INFINITY });
            if (value !== null) expect(value).toBe(count(leaves));
            if (count(leaves) > 0 && count(leaves) < THRESHOLD) targets.push(leaves);
          };
          exact(
            places(({ reason }) => reason === null),
            shown.byFate.enrolled,
          );
          for (const { reason, count: value } of shown.excluded)
            exact(
              places((cell) => cell.reason === reason),
              value,
            );
          const all = places(() => true);
          if (shown.screened !== null) told.push({ leaves: all, low: shown.screened, high: shown.screened });
          for (const fate of fates) {
            for (const [at, month] of shown.months.slice(0, 4).entries()) {
              const leaves = places((cell) => cell.month === at && isOf(fate, cell.reason));
              if (count(leaves) > 0 || month[fate] !== null) exact(leaves, month[fate]);
            }
            for (const [at, council] of shown.councils.entries()) {
              const leaves = places((cell) => cell.council === at && isOf(fate, cell.reason));
              const [value, to] = [council[fate], shown.roundedTo[fate]];
              if (value === null || to === null) continue;
              told.push({ leaves, ...roundingBounds(value, { rule: 'midpoint', to }) });
              if (count(leaves) > 0 && count(leaves) < THRESHOLD) targets.push(leaves);
            }
          }
          for (const [at, { cumulative }] of shown.months.slice(0, 4).entries())
            if (cumulative !== null)
              exact(
                places((cell) => cell.reason === null && cell.month <= at),
                cumulative,
              );
          if (targets.length === 0) return;
          attacked += targets.length;
          const bounds = await attack(cells.length, told, targets);
          for (const { low, high } of bounds) expect(high - low).toBeGreaterThanOrEqual(THRESHOLD - 1);
        },
      ),
      { numRuns: 60 },
    );
    expect(attacked).toBeGreaterThan(100);
  });
});
