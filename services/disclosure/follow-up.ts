// What can have become of one child between the tables of a follow-up: the reader's model of time. A child is enrolled, its
// horizons are settled one after the other, and what is settled stays so: a reader goes by that, as if records were only
// ever added. The unknowns are how many children took each step from one table to the next; every published count is a sum
// of them, so that 6 months within 12, and this week's table less last week's, are seen by one solver.
import type { Sum } from './attack.ts';
import type { CellName } from './cells.ts';

/** Where one child stands in one table. */
export type Standing =
  /** Settled on the index day, or when its clock could start no more. */
  | { at: 'left-out' }
  /** Settled at the first `horizons` horizons; what happened first happened by the `by`th of them (from 1). */
  | { at: 'followed'; horizons: number; first: 'nothing' | 'event' | 'censored'; by: number };

const leftOut: Standing = { at: 'left-out' };
const firsts = ['event', 'censored'] as const;

/** Every standing there is with so many horizons. */
export function standings(horizonCount: number): Standing[] {
  const all: Standing[] = [leftOut];
  for (let horizons = 0; horizons <= horizonCount; horizons++) {
    all.push({ at: 'followed', horizons, first: 'nothing', by: 0 });
    for (let by = 1; by <= horizons; by++)
      for (const first of firsts) all.push({ at: 'followed', horizons, first, by });
  }
  return all;
}

/** The finest cell that a standing falls in at a horizon, counted from 0. */
export function cellAt(standing: Standing, horizon: number): Exclude<CellName, 'matured'> {
  if (standing.at === 'left-out') return 'notAtRisk';
  if (horizon >= standing.horizons) return 'pending';
  if (standing.first === 'nothing' || standing.by > horizon + 1) return 'noEvents';
  return standing.first === 'event' ? 'events' : 'censored';
}

/** Whether a child may stand so in the next table. */
export function mayFollow(before: Standing, after: Standing): boolean {
  if (before.at === 'left-out') return after.at === 'left-out';
  if (after.at === 'left-out') return before.horizons === 0;
  if (after.horizons < before.horizons) return false;
  if (before.first !== 'nothing') return after.first === before.first && after.by === before.by;
  return after.first === 'nothing' || after.by > before.horizons;
}

const matured: readonly CellName[] = ['events', 'noEvents', 'censored'];

/** The steps children can take through a sequence of tables, numbered as the finest cells of an attack. */
export class FollowUp {
  readonly horizons: number;
  readonly tables: number;
  /** How many kinds of step there are. */
  readonly size: number;
  readonly #standings: Standing[];
  /** By table and standing: the steps that lead there, and the steps that lead on from there to the next table. */
  readonly #into: number[][][];
  readonly #onward: number[][][];

  constructor(horizons: number, tables: number) {
    this.horizons = horizons;
    this.tables = tables;
    this.#standings = standings(horizons);
    const none = () => Array.from({ length: tables }, () => this.#standings.map((): number[] => []));
    this.#into = none();
    this.#onward = none();
    let size = 0;
    for (let table = 0; table < tables; table++) {
      this.#standings.forEach((after, to) => {
        this.#into[table]?.[to]?.push(size++);
        if (table === 0) return;
        this.#standings.forEach((before, from) => {
          if (!mayFollow(before, after)) return;
          this.#onward[table - 1]?.[from]?.push(size);
          this.#into[table]?.[to]?.push(size++);
        });
      });
    }
    this.size = size;
  }

  /** The children of one table whose standing is as asked. */
  #those(table: number, asked: (standing: Standing) => boolean): number[] {
    return this.#standings.flatMap((standing, at) =>
      asked(standing) ? (this.#into[table]?.[at] ?? []) : [],
    );
  }

  /** Everybody who is in one table goes on to the next. */
  continuity(): Sum[] {
    const sums: Sum[] = [];
    for (let table = 0; table + 1 < this.tables; table++) {
      this.#standings.forEach((_, at) => {
        sums.push({ leaves: this.#into[table]?.[at] ?? [], minus: this.#onward[table]?.[at] ?? [] });
      });
    }
    return sums;
  }

  enrolled(table: number): number[] {
    return this.#those(table, () => true);
  }

  cell(table: number, horizon: number, name: CellName): number[] {
    return this.#those(table, (standing) => {
      const cell = cellAt(standing, horizon);
      return name === 'matured' ? matured.includes(cell) : cell === name;
    });
  }

  /** Children of one table who are in one cell at a horizon and in another at a later one. */
  between(table: number, from: [horizon: number, cell: CellName], to: [horizon: number, cell: CellName]) {
    return this.#those(
      table,
      (standing) => cellAt(standing, from[0]) === from[1] && cellAt(standing, to[0]) === to[1],
    );
  }
}
