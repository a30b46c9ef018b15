// Which cells of one arm and one outcome are hidden: every small one, and enough others that each hidden cell could
// still be any of at least threshold + 1 values for a reader who knows every rule below.
//
// At each horizon the cells form a tree: enrolled = notAtRisk + pending + matured, matured = events + noEvents + censored.
// Not at risk is settled on the index day, so it is one cell shared by all horizons; enrolled is always shown.
import type { ArmCounts } from '../../schemas/result.ts';
import { type DisclosurePolicy, isSmall } from './policy.ts';

export const cellNames = ['notAtRisk', 'pending', 'matured', 'events', 'noEvents', 'censored'] as const;
export type CellName = (typeof cellNames)[number];
export type CellCounts = Pick<ArmCounts, CellName | 'enrolled'>;

/** What a reader loses with a cell. Events and matured carry the risk, so they go last. */
const loss: Record<CellName, number> = {
  censored: 1,
  noEvents: 2,
  notAtRisk: 3,
  pending: 3,
  events: 8,
  matured: 9,
};

const outer: readonly CellName[] = ['notAtRisk', 'pending'];
const inner: readonly CellName[] = ['events', 'noEvents', 'censored'];

/**
 * How many values above the least one every hidden cell of one horizon can still take, given what is shown: exact.
 * 0 when some hidden cell can be worked out; infinite when nothing is hidden.
 */
export function slack(counts: CellCounts, hidden: ReadonlySet<CellName>): number {
  const among = (cells: readonly CellName[]) => cells.filter((cell) => hidden.has(cell));
  const sum = (cells: readonly CellName[]) => cells.reduce((total, cell) => total + counts[cell], 0);
  const hiddenOuter = among(outer);
  const hiddenInner = among(inner);
  if (hidden.has('matured')) {
    if (hiddenOuter.length === 0 || hiddenInner.length === 0) return 0;
    return sum(hiddenOuter) + sum(hiddenInner);
  }
  const freedom = (cells: CellName[]) =>
    cells.length === 0 ? Number.POSITIVE_INFINITY : cells.length === 1 ? 0 : sum(cells);
  return Math.min(freedom(hiddenOuter), freedom(hiddenInner));
}

const totalLoss = (hidden: ReadonlySet<CellName>): number =>
  [...hidden].reduce((total, cell) => total + loss[cell], 0);

/** Every set of cells, the one a reader misses least first: the first safe one is the best. */
const subsets: readonly ReadonlySet<CellName>[] = Array.from(
  { length: 2 ** cellNames.length },
  (_, bits) => new Set(cellNames.filter((_, at) => bits & (1 << at))),
).sort((a, b) => totalLoss(a) - totalLoss(b));

/** The cheapest safe set at one horizon, or null when even hiding everything would not do. */
function cheapest(
  counts: CellCounts,
  policy: DisclosurePolicy,
  hideNotAtRisk: boolean,
): ReadonlySet<CellName> | null {
  const small = cellNames.filter((cell) => isSmall(counts[cell], policy));
  const safe = (candidate: ReadonlySet<CellName>) =>
    candidate.has('notAtRisk') === hideNotAtRisk &&
    small.every((cell) => candidate.has(cell)) &&
    slack(counts, candidate) >= policy.threshold;
  return subsets.find(safe) ?? null;
}

/**
 * The hidden cells of one arm and one outcome, one set a horizon, in the order given.
 * When no choice is safe (fewer children enrolled than the threshold) every cell is hidden.
 *
 * Known to be left open, and guarded by the property test only against exact recovery: a child with an event by
 * 6 months has one by 12, so shown neighbours bound a hidden count; and differences between horizons may be small.
 */
export function hiddenCells(horizons: readonly CellCounts[], policy: DisclosurePolicy): Set<CellName>[] {
  const choices = [false, true].map((hideNotAtRisk) =>
    horizons.map((counts) => cheapest(counts, policy, hideNotAtRisk)),
  );
  const complete = choices.filter((choice) => choice.every((set) => set !== null));
  const cost = (choice: (ReadonlySet<CellName> | null)[]) =>
    choice.reduce((total, set) => total + (set ? totalLoss(set) : 0), 0);
  const best = complete.sort((a, b) => cost(a) - cost(b))[0];
  return horizons.map((_, at) => new Set(best?.[at] ?? cellNames));
}
