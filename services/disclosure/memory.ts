// Disclosure control with memory: a table is judged together with everything its audience has seen, so that no hidden
// number, old or new, comes to light by subtraction: parts from totals, 6 months from 12, last week's table from today's.
// A refresh is a dimension too (known by release 1, by release 2 …), as if records were only ever added.
import type { DisclosurePolicy } from '../../schemas/disclosure.ts';
import { attack, type Statement } from './attack.ts';
import { isSensitive } from './protect-table.ts';
import type { Population, Region } from './regions.ts';

/** A number an audience has been shown, or has been told is hidden (null). */
export interface SeenCell {
  region: Region;
  shown: number | null;
}

/** A cell of a table that asks to be shown. */
export interface AskedCell {
  region: Region;
  count: number;
  /** True for a cell that the table itself hides already, to protect another of its cells. */
  hidden?: boolean;
}

export type WithholdReason =
  /** The count itself may not be shown. */
  | 'sensitive'
  /** Shown, it would differ from a number already shown by too few children. */
  | 'differencing'
  /** Shown, a hidden number could be worked out, or nearly. */
  | 'complementary';

export interface Verdict {
  /** `publish`: nothing was withheld beyond the sensitive cells themselves. `refuse`: nothing may be shown. */
  decision: 'publish' | 'publish-less' | 'refuse';
  /** What may be shown, in the order asked; all null when refused. */
  shown: (number | null)[];
  withheld: { cell: number; reason: WithholdReason }[];
  /** The fewest other values that a reader must grant any hidden cell; null when none is hidden. */
  narrowest: number | null;
}

interface Cell {
  nodes: number[];
  /** Of an old cell what was shown; of a new one its count, as long as it is not withheld. */
  shown: number | null;
  count: number | null;
}

const statementOf = (leaves: Int32Array, shown: number | null, { zeros }: DisclosurePolicy): Statement =>
  shown === null
    ? { leaves, low: zeros === 'shown' ? 1 : 0, high: Number.POSITIVE_INFINITY }
    : { leaves, low: shown, high: shown };

/**
 * Judges a table against the memory of its audience. Counts are shown as they are or not at all.
 * @throws RangeError when a region names what the population does not have
 */
export async function review(
  population: Population,
  seen: readonly SeenCell[],
  asked: readonly AskedCell[],
  policy: DisclosurePolicy,
): Promise<Verdict> {
  const old = seen.map(
    ({ region, shown }): Cell => ({ nodes: population.nodesOf(region), shown, count: null }),
  );
  const fresh = asked.map(
    ({ region, count }): Cell => ({ nodes: population.nodesOf(region), shown: count, count }),
  );
  const cells = [...old, ...fresh];
  const withheld = new Map<number, WithholdReason>();
  const withhold = (at: number, reason: WithholdReason): void => {
    const cell = fresh[at];
    if (cell) cell.shown = null;
    withheld.set(at, reason);
  };
  // What the audience has already may be said again.
  const known = new Set(old.map(({ nodes, shown }) => `${nodes.join(' ')}: ${shown}`));
  const asking = fresh.flatMap((cell, at) =>
    known.has(`${cell.nodes.join(' ')}: ${cell.count}`) ? [] : [{ cell, at }],
  );
  for (const { cell, at } of asking) {
    if (isSensitive(cell.count ?? 0, policy)) withhold(at, 'sensitive');
    else if (asked[at]?.hidden) withhold(at, 'complementary');
  }
  for (const { cell, at } of asking) {
    if (cell.shown !== null && differsTooLittle(population, cell, cells, policy))
      withhold(at, 'differencing');
  }

  const { leafCount, leaves } = population.finest(cells.map(({ nodes }) => nodes));
  for (;;) {
    const { exposed, narrowest } = await mostExposed(cells, old.length, leafCount, leaves, policy);
    const next = exposed === null ? null : nextToHide(cells, leaves, old.length, exposed);
    if (exposed === null) return verdictOf(fresh, withheld, narrowest);
    if (next === null) {
      return { ...verdictOf(fresh, withheld, narrowest), decision: 'refuse', shown: fresh.map(() => null) };
    }
    withhold(next, 'complementary');
  }
}

/** The hidden cell a reader can narrow down most, when that is more than the policy allows. */
async function mostExposed(
  cells: readonly Cell[],
  firstNew: number,
  leafCount: number,
  leaves: readonly Int32Array[],
  policy: DisclosurePolicy,
): Promise<{ exposed: number | null; narrowest: number | null }> {
  const placeOf = ({ nodes }: Cell): string => nodes.join(' ');
  // A number the audience has already is no secret any more, whatever happens to its newer version.
  const known = new Set(
    cells.slice(0, firstNew).flatMap((cell) => (cell.shown === null ? [] : [placeOf(cell)])),
  );
  const isSecret = (cell: Cell): boolean => cell.shown === null && !known.has(placeOf(cell));
  const leavesOf = (at: number): Int32Array => leaves[at] ?? new Int32Array();
  const told = cells.flatMap((cell, at) => (cell.shown !== null || isSecret(cell) ? [at] : []));
  const hidden = told.filter((at) => cells[at]?.shown === null);
  const bounds = await attack(
    leafCount,
    told.map((at) => statementOf(leavesOf(at), cells[at]?.shown ?? null, policy)),
    hidden.map(leavesOf),
  );
  const widths = bounds.map(({ low, high }) => high - low);
  const narrowest = widths.length > 0 ? Math.min(...widths) : null;
  if (narrowest === null || narrowest >= policy.threshold) return { exposed: null, narrowest };
  return { exposed: hidden[widths.indexOf(narrowest)] ?? null, narrowest };
}

function verdictOf(
  fresh: readonly Cell[],
  withheld: ReadonlyMap<number, WithholdReason>,
  narrowest: number | null,
): Verdict {
  const more = [...withheld.values()].some((reason) => reason !== 'sensitive');
  return {
    decision: more ? 'publish-less' : 'publish',
    shown: fresh.map(({ shown }) => shown),
    withheld: [...withheld].map(([cell, reason]) => ({ cell, reason })).sort((a, b) => a.cell - b.cell),
    narrowest,
  };
}

/** Whether the cell lies inside, or around, one that is shown with a difference between them that is itself sensitive. */
function differsTooLittle(
  population: Population,
  cell: Cell,
  others: readonly Cell[],
  { threshold }: DisclosurePolicy,
): boolean {
  return others.some((other) => {
    if (other === cell || other.shown === null) return false;
    const difference = Math.abs((cell.count ?? 0) - other.shown);
    return (
      difference > 0 &&
      difference < threshold &&
      (population.contains(cell.nodes, other.nodes) || population.contains(other.nodes, cell.nodes))
    );
  });
}

/**
 * The smallest new cell whose hiding can widen the exposed one: it, like the exposed cell, lies in (or is) a sum that is
 * shown. A sibling goes before a total, being smaller.
 */
function nextToHide(
  cells: readonly Cell[],
  leaves: readonly Int32Array[],
  firstNew: number,
  exposed: number,
): number | null {
  const overlaps = (at: number, among: ReadonlySet<number>): boolean =>
    leaves[at]?.some((leaf) => among.has(leaf)) ?? false;
  const inside = new Set(leaves[exposed]);
  const sums = cells.flatMap(({ shown }, at) => (shown !== null && overlaps(at, inside) ? [at] : []));
  const around = new Set(sums.flatMap((at) => [...(leaves[at] ?? [])]));
  const candidates = cells.flatMap(({ shown }, at) =>
    at >= firstNew && shown !== null && shown > 0 && overlaps(at, around) ? [at] : [],
  );
  candidates.sort((a, b) => (cells[a]?.shown ?? 0) - (cells[b]?.shown ?? 0));
  const [smallest] = candidates;
  return smallest === undefined ? null : smallest - firstNew;
}
