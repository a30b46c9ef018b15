// Complementary suppression: besides every sensitive cell, enough others are hidden that each hidden cell could still be
// any of at least `threshold` other values for a reader who knows the rules and every shown number. Each hidden cell has
// a proof of that: a move over hidden cells alone, as far as it can go in whole children.
import { type FrequencyTable, nodesOf, strides } from './frequency-table.ts';
import { type Step, stepsThrough } from './moves.ts';

/** What keeps a hidden cell safe: a move through these cells, each of which can take `room` other values by it. */
interface Proof {
  cells: Int32Array;
  room: number;
}

/** Part of a move: the cells it touches with the dimensions not yet chosen left at the target, and what they come to. */
interface Partial {
  cells: readonly number[];
  signs: readonly number[];
  cost: number;
  /** How far the move can go down and up, in whole children. */
  down: number;
  up: number;
}

/** The search over moves through one table; `least` is the smallest value a reader must grant a hidden cell. */
class MoveSearch {
  readonly #steps: Step[][][];
  readonly #strides: number[];
  readonly #table: FrequencyTable;
  readonly #least: number;

  constructor(table: FrequencyTable, least: number) {
    this.#table = table;
    this.#least = least;
    this.#strides = strides(table.dimensions);
    this.#steps = table.dimensions.map(() => []);
  }

  #stepsAt(dimension: number, node: number): Step[] {
    const known = this.#steps[dimension] ?? [];
    const of = this.#table.dimensions[dimension];
    known[node] ??= of ? stepsThrough(of, node) : [];
    return known[node];
  }

  /**
   * The cheapest move through `target` whose room is at least `needed`. A part of a move is part of every move made from
   * it, so what is too dear or too narrow already is not followed.
   * @param costOf Infinity for cells the move may not touch
   */
  cheapest(target: number, needed: number, costOf: (cell: number) => number): Proof | null {
    const nodes = nodesOf(this.#table.dimensions, target);
    let best: Proof | null = null;
    let bestCost = Number.POSITIVE_INFINITY;
    const follow = (d: number, part: Partial): void => {
      const node = nodes[d];
      if (node === undefined) {
        if (part.cost >= bestCost) return;
        bestCost = part.cost;
        best = { cells: Int32Array.from(part.cells), room: part.down + part.up };
        return;
      }
      const longer: Partial[] = [];
      for (const step of this.#stepsAt(d, node)) {
        const next = this.#extended(part, step, node, this.#strides[d] ?? 1, costOf, bestCost);
        if (next && next.down + next.up >= needed) longer.push(next);
      }
      longer.sort((a, b) => a.cost - b.cost);
      for (const next of longer) {
        if (next.cost >= bestCost) break;
        follow(d + 1, next);
      }
    };
    const capacity = this.#capacity(target);
    follow(0, {
      cells: [target],
      signs: [1],
      cost: costOf(target),
      down: capacity,
      up: Number.POSITIVE_INFINITY,
    });
    return best;
  }

  #capacity(cell: number): number {
    return Math.max(0, (this.#table.counts[cell] ?? 0) - this.#least);
  }

  /** The part made longer by a step in one dimension, or null when that costs `limit` or more. */
  #extended(
    part: Partial,
    step: Step,
    node: number,
    stride: number,
    costOf: (cell: number) => number,
    limit: number,
  ): Partial | null {
    let { cost, down, up } = part;
    const cells = [...part.cells];
    const signs = [...part.signs];
    for (let s = 0; s < step.nodes.length; s++) {
      const to = step.nodes[s] ?? node;
      if (to === node) continue;
      for (let at = 0; at < part.cells.length; at++) {
        const cell = (part.cells[at] ?? 0) + (to - node) * stride;
        cost += costOf(cell);
        if (cost >= limit) return null;
        const sign = (part.signs[at] ?? 0) * (step.signs[s] ?? 0);
        if (sign > 0) down = Math.min(down, this.#capacity(cell));
        else up = Math.min(up, this.#capacity(cell));
        cells.push(cell);
        signs.push(sign);
      }
    }
    return { cells, signs, cost, down, up };
  }
}

/**
 * The cells to hide.
 * @param sensitive cells that must be hidden for their own sake
 * @param zerosShown whether the rules show every zero, so that a hidden cell is known to hold at least one child
 * @param threshold how many other values each hidden cell must be able to take
 */
export function suppress(
  table: FrequencyTable,
  sensitive: readonly number[],
  { zerosShown, threshold }: { zerosShown: boolean; threshold: number },
): Set<number> {
  const { counts } = table;
  const search = new MoveSearch(table, zerosShown ? 1 : 0);
  const hidden = new Set(sensitive);
  const proofs = new Map<number, Proof>();
  const hideable = (cell: number): boolean => !zerosShown || (counts[cell] ?? 0) > 0;
  const costOf = (cell: number): number =>
    hidden.has(cell) ? 0 : hideable(cell) ? Math.log1p(counts[cell] ?? 0) + 0.1 : Number.POSITIVE_INFINITY;

  const inOrder = [...hidden].sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0) || a - b);
  for (const target of inOrder) {
    if (proofs.has(target)) continue;
    const proof = search.cheapest(target, threshold, costOf);
    // Hiding a cell with every total above it always works: nothing then says how many children there are.
    if (!proof) throw new Error(`no move goes through cell ${target}`);
    for (const cell of proof.cells) {
      hidden.add(cell);
      if (!proofs.has(cell)) proofs.set(cell, proof);
    }
  }
  reveal(search, hidden, proofs, table, new Set(sensitive), threshold);
  return hidden;
}

/** Shows again what turned out not to be needed, the largest first: only where every other hidden cell keeps a proof. */
function reveal(
  search: MoveSearch,
  hidden: Set<number>,
  proofs: Map<number, Proof>,
  { counts }: FrequencyTable,
  sensitive: ReadonlySet<number>,
  threshold: number,
): void {
  const amongHidden = (cell: number): number => (hidden.has(cell) ? 0 : Number.POSITIVE_INFINITY);
  const complementary = [...hidden].filter((cell) => !sensitive.has(cell));
  complementary.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
  for (const cell of complementary) {
    hidden.delete(cell);
    const mended = new Map<number, Proof>();
    const shaken = [...proofs].filter(([other, { cells }]) => other !== cell && cells.includes(cell));
    const allMended = shaken.every(([other]) => {
      const proof = search.cheapest(other, threshold, amongHidden);
      if (proof) mended.set(other, proof);
      return proof !== null;
    });
    if (!allMended) {
      hidden.add(cell);
      continue;
    }
    proofs.delete(cell);
    for (const [other, proof] of mended) proofs.set(other, proof);
  }
}
