// A reader who collects every table of a random sequence and counts, one by one, the populations that could have given
// them: written without looking at how hiding works, and without a solver.
import { treeDimension } from '../../../services/disclosure/frequency-table.ts';
import type { AskedCell, SeenCell } from '../../../services/disclosure/memory.ts';
import { Population, type Region } from '../../../services/disclosure/regions.ts';

/** Sex by arm by time of the event; by 6 months lies within by 12 months. */
export const population = new Population([
  treeDimension('arm', ['trial', 'comparison'], new Map()),
  {
    name: 'event',
    labels: ['anyone', 'by 12 months', 'by 6 months', 'between 6 and 12', 'none by 12'],
    parents: Int32Array.from([-1, 0, 1, 1, 0]),
  },
]);

const arms = ['trial', 'comparison'] as const;
const times = ['by 6 months', 'between 6 and 12', 'none by 12'] as const;

/** Counts of children by arm (trial first) and time, six numbers. */
export type Truth = readonly number[];

export function countOf(truth: Truth, { arm, event }: Region): number {
  let total = 0;
  arms.forEach((anArm, a) => {
    times.forEach((time, t) => {
      const inArm = arm === undefined || arm === 'Total' || arm === anArm;
      const inTime =
        event === undefined ||
        event === 'anyone' ||
        event === time ||
        (event === 'by 12 months' && time !== 'none by 12');
      if (inArm && inTime) total += truth[a * times.length + t] ?? 0;
    });
  });
  return total;
}

/** The tables that could be asked for, smallest first. */
export const tables: readonly (readonly Region[])[] = [
  [{}],
  arms.map((arm) => ({ arm })),
  [{ event: 'by 6 months' }],
  [{ event: 'by 12 months' }, { event: 'none by 12' }],
  arms.map((arm) => ({ arm, event: 'by 6 months' })),
  arms.flatMap((arm) => ['by 12 months', 'none by 12'].map((event) => ({ arm, event }))),
  arms.flatMap((arm) => times.map((event) => ({ arm, event }))),
];

export const askFor = (truth: Truth, table: readonly Region[]): AskedCell[] =>
  table.map((region) => ({ region, count: countOf(truth, region) }));

/** Every population of at most `most` children a cell that agrees with all that was shown; a hidden number is at least 1. */
function* consistent(seen: readonly SeenCell[], most: number): Generator<number[]> {
  const truth = [0, 0, 0, 0, 0, 0];
  function* fill(at: number): Generator<number[]> {
    if (at === truth.length) {
      const agrees = seen.every(({ region, shown }) =>
        shown === null ? countOf(truth, region) >= 1 : countOf(truth, region) === shown,
      );
      if (agrees) yield [...truth];
      return;
    }
    for (let n = 0; n <= most; n++) {
      truth[at] = n;
      yield* fill(at + 1);
    }
    truth[at] = 0;
  }
  yield* fill(0);
}

/** For each hidden number, how many values it takes among the populations a reader cannot rule out. */
export function valuesLeft(seen: readonly SeenCell[], most: number): number[] {
  const hidden = seen.filter(({ shown }) => shown === null);
  const values = hidden.map(() => new Set<number>());
  for (const truth of consistent(seen, most)) {
    hidden.forEach(({ region }, at) => {
      values[at]?.add(countOf(truth, region));
    });
  }
  return values.map((set) => set.size);
}
