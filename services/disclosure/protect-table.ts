// A frequency table under a policy: what is shown in each cell, and what each hidden cell is known to lie between.
import type { DisclosurePolicy } from '../../schemas/disclosure.ts';
import type { Statement } from './attack.ts';
import { suppress } from './complementary.ts';
import { type FrequencyTable, leavesBelow, nodesOf, strides } from './frequency-table.ts';
import { roundCount, roundingBounds } from './rounding.ts';

export interface ProtectedTable {
  policy: DisclosurePolicy;
  /** What is shown of each cell, in the table's order: a count, a rounded count, or null where it is hidden. */
  shown: (number | null)[];
  /** Cells hidden for their own sake, and cells hidden so that those cannot be worked out. */
  primary: number[];
  complementary: number[];
  /** Share of the leaves' children who stand in hidden leaves, from 0 to 1. */
  informationLoss: number;
}

/** Whether the rules hide a count for its own sake. */
export const isSensitive = (count: number, { threshold, zeros }: DisclosurePolicy): boolean =>
  count === 0 ? zeros === 'hidden' : count < threshold;

export function protectTable(table: FrequencyTable, policy: DisclosurePolicy): ProtectedTable {
  const { counts } = table;
  const primary = Array.from(counts.keys()).filter((cell) => isSensitive(counts[cell] ?? 0, policy));
  const hidden = policy.complementary
    ? suppress(table, primary, { zerosShown: policy.zeros === 'shown', threshold: policy.threshold })
    : new Set(primary);
  const { rounding } = policy;
  const shown = Array.from(counts, (count, cell) =>
    hidden.has(cell) ? null : rounding ? roundCount(count, rounding) : count,
  );
  const primaries = new Set(primary);
  return {
    policy,
    shown,
    primary,
    complementary: [...hidden].filter((cell) => !primaries.has(cell)).sort((a, b) => a - b),
    informationLoss: lossOf(table, hidden),
  };
}

function isLeafCell({ dimensions }: FrequencyTable, cell: number): boolean {
  return nodesOf(dimensions, cell).every((node, d) => !dimensions[d]?.parents.includes(node));
}

function lossOf(table: FrequencyTable, hidden: ReadonlySet<number>): number {
  const total = table.counts[0] ?? 0;
  if (total === 0) return 0;
  let lost = 0;
  for (const cell of hidden) if (isLeafCell(table, cell)) lost += table.counts[cell] ?? 0;
  return lost / total;
}

/** The leaves (cell numbers of this table) that a cell is the sum of. */
export function leafCells({ dimensions }: Pick<FrequencyTable, 'dimensions'>, cell: number): number[] {
  const steps = strides(dimensions);
  return nodesOf(dimensions, cell).reduce<number[]>(
    (cells, node, d) => {
      const dimension = dimensions[d];
      const leaves = dimension ? (leavesBelow(dimension)[node] ?? []) : [];
      return cells.flatMap((base) => leaves.map((leaf) => base + leaf * (steps[d] ?? 1)));
    },
    [0],
  );
}

/** What a reader of the protected table knows of one cell: the number shown, or what the rules say of a hidden one. */
export function knownOf({ policy, shown }: ProtectedTable, cell: number): Omit<Statement, 'leaves'> {
  const value = shown[cell];
  if (value === null || value === undefined) {
    return {
      low: policy.zeros === 'shown' ? 1 : 0,
      high: policy.complementary ? Number.POSITIVE_INFINITY : policy.threshold - 1,
    };
  }
  return policy.rounding ? roundingBounds(value, policy.rounding) : { low: value, high: value };
}
