// Nothing leaves before it has passed here: small counts, the cells that would give them away, and all derived from them.
import type { Arm, DataSource } from '../../schemas/protocol.ts';
import type { ArmCounts, Effect, OutcomeResult, ResultRecord } from '../../schemas/result.ts';
import { type CellName, cellNames, hiddenCells } from './cells.ts';
import { groupBy } from './group.ts';
import { type DisclosurePolicy, isSmall } from './policy.ts';

/** A count, or null where it is hidden (and listed in `hidden`). `risk` is null too while nobody has matured. */
export interface ProtectedArm {
  arm: Arm;
  enrolled: number | null;
  notAtRisk: number | null;
  pending: number | null;
  matured: number | null;
  events: number | null;
  noEvents: number | null;
  censored: number | null;
  risk: number | null;
  hidden: ('enrolled' | CellName | 'risk')[];
}

/** One arm of one table: its rows by horizon, shortest first. */
export type ArmTable = readonly ProtectedArm[];

export interface ProtectedOutcome {
  outcome: string;
  horizon: number;
  arms: ProtectedArm[];
  /** Null when it is not known yet, could not be estimated, or is hidden (`effectHidden`). */
  effect: Effect | null;
  effectHidden: boolean;
  warnings: string[];
}

/** An outcome that is shown as it stood earlier, because what it is now would tell of too few children. */
export interface HeldOutcome {
  outcome: string;
  /** When the numbers shown were worked out (RFC 3339); null when none could be shown yet. */
  asAt: string | null;
  /** Why newer ones wait, as one sentence without a number. */
  reason: string;
}

export type ProtectedResult = Omit<ResultRecord, 'participants' | 'results' | 'dataSource'> & {
  dataSource: DataSource;
  participants: { trial: number | null; comparison: number | null };
  results: ProtectedOutcome[];
  disclosure: {
    threshold: number;
    hiddenNumbers: number;
    /** Outcomes held back by what was shown before; absent when nothing is. */
    held?: HeldOutcome[];
  };
};

/** True when an arm is so small that saying how many children it has would single them out. */
export const isTooSmall = (result: Pick<ResultRecord, 'participants'>, policy: DisclosurePolicy): boolean =>
  isSmall(result.participants.trial, policy) || isSmall(result.participants.comparison, policy);

function protectArm(counts: ArmCounts, hidden: ReadonlySet<CellName>, hideEnrolled: boolean): ProtectedArm {
  const shown = (cell: CellName) => (hidden.has(cell) ? null : counts[cell]);
  const hideRisk = hidden.has('events') || hidden.has('matured');
  return {
    arm: counts.arm,
    enrolled: hideEnrolled ? null : counts.enrolled,
    notAtRisk: shown('notAtRisk'),
    pending: shown('pending'),
    matured: shown('matured'),
    events: shown('events'),
    noEvents: shown('noEvents'),
    censored: shown('censored'),
    risk: hideRisk ? null : counts.risk,
    hidden: [
      ...(hideEnrolled ? (['enrolled'] as const) : []),
      ...cellNames.filter((cell) => hidden.has(cell)),
      ...(hideRisk ? (['risk'] as const) : []),
    ],
  };
}

/** The cells to hide of every arm, outcome and horizon, by the rules of each arm's own tree of counts. */
export function hiddenByTree(
  result: ResultRecord,
  policy: DisclosurePolicy,
): Map<ArmCounts, ReadonlySet<CellName>> {
  const tooSmall = isTooSmall(result, policy);
  const hiddenAt = new Map<ArmCounts, ReadonlySet<CellName>>();
  const series = groupBy(
    result.results.flatMap((each) => each.arms.map((counts) => ({ outcome: each.outcome, counts }))),
    ({ outcome, counts }) => `${outcome} ${counts.arm}`,
  );
  for (const horizons of series.values()) {
    const rows = horizons.map(({ counts }) => counts);
    const sets = tooSmall ? rows.map(() => new Set(cellNames)) : hiddenCells(rows, policy);
    rows.forEach((counts, at) => {
      hiddenAt.set(counts, sets[at] ?? new Set(cellNames));
    });
  }
  return hiddenAt;
}

/**
 * One outcome at one horizon as it may be shown. The effect is hidden when the risk of either arm is, and a warning that
 * quotes a number is dropped where a cell is hidden.
 */
export function protectOutcome(
  each: OutcomeResult,
  hiddenAt: ReadonlyMap<ArmCounts, ReadonlySet<CellName>>,
  hideEnrolled: boolean,
): ProtectedOutcome {
  const arms = each.arms.map((counts) =>
    protectArm(counts, hiddenAt.get(counts) ?? new Set(cellNames), hideEnrolled),
  );
  const effectHidden = each.effect !== null && arms.some((arm) => arm.hidden.includes('risk'));
  const anyHidden = arms.some((arm) => arm.hidden.length > 0);
  return {
    outcome: each.outcome,
    horizon: each.horizon,
    arms,
    effect: effectHidden ? null : each.effect,
    effectHidden,
    warnings: each.warnings.filter((warning) => !anyHidden || !/\d/.test(warning)),
  };
}

/** How many numbers are hidden in all. */
export const hiddenNumbersOf = (results: readonly ProtectedOutcome[]): number =>
  results.reduce(
    (total, each) =>
      total + Number(each.effectHidden) + each.arms.reduce((sum, arm) => sum + arm.hidden.length, 0),
    0,
  );

/**
 * The result as it may be shown to somebody who has seen nothing else. When an arm has fewer children than the threshold,
 * every count is hidden.
 */
export function protectCounts(result: ResultRecord, policy: DisclosurePolicy): ProtectedResult {
  const tooSmall = isTooSmall(result, policy);
  const hiddenAt = hiddenByTree(result, policy);
  const results = result.results.map((each) => protectOutcome(each, hiddenAt, tooSmall));
  return {
    ...result,
    participants: tooSmall ? { trial: null, comparison: null } : result.participants,
    results,
    disclosure: { threshold: policy.threshold, hiddenNumbers: hiddenNumbersOf(results) },
  };
}
