// Baseline rows as they may be shown: a category that few children are in is hidden in its arm, and one more with it.
import type { BalanceRow } from '../../../schemas/analysis.ts';
import { isSmall } from '../../disclosure/policy.ts';
import { type Shown, shownTable, TOTAL } from './tables-shown.ts';

export interface ShownBalanceArm {
  /** Children in a category; null of a number. */
  count: Shown;
  /** A number's mean and standard deviation, or a category's share of the arm. */
  value: Shown;
  sd: Shown;
  missing: Shown;
}

export interface ShownBalance {
  of: string;
  level: string | null;
  trial: ShownBalanceArm;
  comparison: ShownBalanceArm;
  standardisedDifference: Shown;
  varianceRatio: Shown;
  hidden: boolean;
}

const arms = ['trial', 'comparison'] as const;
type Participants = { trial: number; comparison: number };

function ofNumber(row: BalanceRow, participants: Participants, threshold: number): ShownBalance {
  const few = arms.some((arm) => row.counts[arm] < threshold);
  const arm = (name: (typeof arms)[number]): ShownBalanceArm => ({
    count: null,
    value: few ? null : row[name],
    sd: few ? null : row.sd[name],
    missing:
      isSmall(row.missing[name], { threshold }) ||
      isSmall(participants[name] - row.missing[name], { threshold })
        ? null
        : row.missing[name],
  });
  return {
    of: row.of,
    level: null,
    trial: arm('trial'),
    comparison: arm('comparison'),
    standardisedDifference: few ? null : row.standardisedDifference,
    varianceRatio: few ? null : row.varianceRatio,
    hidden: few,
  };
}

function ofCategories(rows: readonly BalanceRow[], threshold: number): ShownBalance[] {
  const table = shownTable(
    ['level', 'arm'],
    rows.flatMap((row) => arms.map((arm) => ({ at: [row.level ?? '', arm], count: row.counts[arm] }))),
    threshold,
    arms.map((arm) => [TOTAL, arm]),
  );
  return rows.map((row): ShownBalance => {
    const arm = (name: (typeof arms)[number]): ShownBalanceArm => {
      const count = table(row.level ?? '', name);
      return { count, value: count === null ? null : row[name], sd: null, missing: null };
    };
    const [trial, comparison] = [arm('trial'), arm('comparison')];
    const hidden = trial.count === null || comparison.count === null;
    return {
      of: row.of,
      level: row.level,
      trial,
      comparison,
      standardisedDifference: hidden ? null : row.standardisedDifference,
      varianceRatio: hidden ? null : row.varianceRatio,
      hidden,
    };
  });
}

/** Without councils: beside the councils' outcomes, numbers enrolled would tell how few of a council were not followed. */
export function shownBalance(
  rows: readonly BalanceRow[],
  participants: Participants,
  threshold: number,
): ShownBalance[] {
  const names = [...new Set(rows.map(({ of }) => of))].filter((of) => of !== 'council');
  return names.flatMap((of) => {
    const own = rows.filter((row) => row.of === of);
    return own[0]?.level === null
      ? own.map((row) => ofNumber(row, participants, threshold))
      : ofCategories(own, threshold);
  });
}
