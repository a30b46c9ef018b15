// A protected table judged by itself, or together with the file of what its audience has seen.
import { type FrequencyTable, nodesOf, parentsOf, treeDimension } from '../../disclosure/frequency-table.ts';
import { review, type Verdict } from '../../disclosure/memory.ts';
import type { ProtectedTable } from '../../disclosure/protect-table.ts';
import { Population, type Region } from '../../disclosure/regions.ts';
import { UserError } from '../../platform/errors.ts';
import { appendSeen, readSeen, type Seen } from './seen-file.ts';
import { TOTAL } from './table-file.ts';

/** What a cell of the table counts, by the label of each dimension that it narrows. */
export function regionOf({ dimensions }: FrequencyTable, cell: number): Region {
  const nodes = nodesOf(dimensions, cell);
  return Object.fromEntries(
    dimensions.flatMap(({ name, labels }, d) =>
      nodes[d] === 0 ? [] : [[name, labels[nodes[d] ?? 0] ?? '']],
    ),
  );
}

/** The population of this table and of all that was shown before. @throws UserError `other-population` */
function populationOf(table: FrequencyTable, { categories }: Seen, file: string): Population {
  const trees = new Map(table.dimensions.map((one) => [one.name, new Map(parentsOf(one))]));
  for (const { dimension, category, parent } of categories) {
    const tree = trees.get(dimension) ?? new Map<string, string>();
    trees.set(dimension, tree);
    if ((tree.get(category) ?? parent) !== parent) {
      const sentence = `${dimension}: ${category} stood below ${parent} when it was shown before.`;
      throw new UserError('other-population', sentence, { file, field: dimension });
    }
    tree.set(category, parent);
  }
  return new Population([...trees].map(([name, tree]) => treeDimension(name, tree.keys(), tree, TOTAL)));
}

/** Judges the table together with what its audience has seen, and remembers what it is shown now. */
export async function recall(
  table: FrequencyTable,
  first: ProtectedTable,
  regions: readonly Region[],
  file: string,
) {
  const seen = await readSeen(file);
  const hidden = new Set(first.complementary);
  const asked = regions.map((region, cell) => ({
    region,
    count: table.counts[cell] ?? 0,
    hidden: hidden.has(cell),
  }));
  const verdict = await review(populationOf(table, seen, file), seen.cells, asked, first.policy);
  if (verdict.decision !== 'refuse') {
    const known = new Set(seen.categories.map(({ dimension, category }) => `${dimension} ${category}`));
    const categories = table.dimensions.flatMap((dimension) =>
      parentsOf(dimension)
        .filter(([category]) => !known.has(`${dimension.name} ${category}`))
        .map(([category, parent]) => ({ dimension: dimension.name, category, parent })),
    );
    const cells = regions.map((region, cell) => ({ region, shown: verdict.shown[cell] ?? null }));
    await appendSeen(file, { categories, cells });
  }
  return verdict;
}

export function judgeAlone({ shown, primary, complementary }: ProtectedTable): Verdict {
  return {
    decision: complementary.length > 0 ? 'publish-less' : 'publish',
    shown,
    withheld: [
      ...primary.map((cell) => ({ cell, reason: 'sensitive' as const })),
      ...complementary.map((cell) => ({ cell, reason: 'complementary' as const })),
    ],
    narrowest: null,
  };
}
