// Rows of weight 0 say nothing, and no count or degree of freedom may rest on them.
import { integers, type Vector } from '../arrays.ts';
import { weightsOf } from '../data/roles.ts';
import { selectRows, type Table } from '../data/table.ts';
import type { Spec } from '../spec.ts';

/** The rows with weight, their weights, and a warning where some were left out. */
export function positiveRows(
  spec: Spec,
  table: Table,
): { table: Table; weights: Vector | null; warnings: string[] } {
  const weights = weightsOf(spec, table);
  if (!weights?.includes(0)) return { table, weights, warnings: [] };
  const keep = integers(weights.filter((w) => w > 0).length);
  let kept = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] > 0) keep[kept++] = i;
  return {
    table: selectRows(table, keep),
    weights: weights.filter((w) => w > 0),
    warnings: ['zero-weights-dropped'],
  };
}
