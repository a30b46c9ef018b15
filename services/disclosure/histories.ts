// What can have become of the children of one arm and one outcome, counted: by wave, by what happens to them in the end, and
// by how many horizons were settled when each table was worked out. A count only grows from table to table and shrinks from
// horizon to horizon, and is final once its wave is; any such counts are those of some children, so a reader's knowledge of
// all tables is a set of sums of them. Who is left out is settled on the index day or while nothing of the child is, for all
// horizons at once. Councils are counted apart: waves and councils of the same children agree in their sums of each kind, and
// any two divisions that agree so are those of some children.
import type { Statement, Sum } from './attack.ts';
import type { CellName } from './cells.ts';

/** What stood when a table was worked out. */
export interface Moment {
  /** By horizon. */
  final: readonly Final[];
  /** Waves (numbered) that had begun, and whether any other wave had. */
  begun: ReadonlySet<number>;
  others: boolean;
}

/** What was final then at one horizon. */
export interface Final {
  /** Waves, numbered. */
  waves: ReadonlySet<number>;
  /** Whether children of no other wave were settled. */
  alone: boolean;
}

/** A division into councils of the children of some waves (numbered). */
export interface Division {
  waves: readonly number[];
  councils: number;
}

/** Signed counts: each column once, +1 or -1. */
class Signed {
  readonly #signs = new Map<number, number>();

  add(column: number | null, sign: 1 | -1): void {
    if (column === null) return;
    const sum = (this.#signs.get(column) ?? 0) + sign;
    if (sum === 0) this.#signs.delete(column);
    else this.#signs.set(column, sum);
  }

  sum(): Sum {
    const of = (sign: number) =>
      [...this.#signs].flatMap(([column, value]) => (value === sign ? column : []));
    return { leaves: of(1), minus: of(-1) };
  }
}

export class Histories {
  readonly horizons: number;
  readonly tables: number;
  readonly waves: number;
  /** How many unknowns there are. */
  #size = 0;
  readonly #settled = new Map<string, number | null>();
  readonly #eventual: number[][] = [];
  readonly #leftOut: number[][] = [];
  readonly #councils: number[][][] = [];
  readonly #rules: Statement[] = [];

  /**
   * @param waves how many waves are told from one another; children of no such wave are one more
   * @param moments of the tables, oldest first
   * @param divisions into councils
   */
  constructor(
    horizons: number,
    waves: number,
    moments: readonly Moment[],
    divisions: readonly Division[] = [],
  ) {
    this.horizons = horizons;
    this.tables = moments.length;
    this.waves = waves;
    for (let wave = 0; wave < waves; wave++) this.#eventual.push(this.#kinds().map(() => this.#size++));
    for (let wave = 0; wave <= waves; wave++) this.#place(wave, moments);
    for (let wave = 0; wave <= waves; wave++) this.#order(wave);
    this.#placeLeftOut();
    for (const division of divisions) this.#divide(division);
  }

  get size(): number {
    return this.#size;
  }

  /** What is true of any children. */
  get rules(): readonly Statement[] {
    return this.#rules;
  }

  /** Kinds of end: an event by each horizon, censored by each, neither. */
  #kinds(): number[] {
    return Array.from({ length: 2 * this.horizons + 1 }, (_, kind) => kind);
  }

  /** Whether children of a kind are in a cell once they are settled at the `by`th horizon (from 1). */
  #isIn(kind: number, by: number, cell: CellName): boolean {
    const [event, censored] = [kind < by, kind >= this.horizons && kind < this.horizons + by];
    if (cell === 'events') return event;
    if (cell === 'censored') return censored;
    return cell === 'noEvents' ? !event && !censored : cell === 'matured';
  }

  /** The unknown for children of a wave settled at `settled` horizons at least, as a table counts them. */
  #place(wave: number, moments: readonly Moment[]): void {
    moments.forEach(({ final, begun, others }, table) => {
      const isThere = wave < this.waves ? begun.has(wave) : others;
      for (let settled = 0; settled <= this.horizons; settled++) {
        const isFinal = final.some(({ waves }, horizon) => waves.has(wave) && settled <= horizon + 1);
        const isEmpty =
          !isThere ||
          final.some(({ waves, alone }, horizon) => alone && !waves.has(wave) && settled >= horizon + 1);
        for (const kind of this.#kinds()) {
          const column = isFinal ? (this.#eventual[wave]?.[kind] ?? null) : isEmpty ? null : this.#size++;
          this.#settled.set(`${wave} ${table} ${settled} ${kind}`, column);
        }
      }
    });
  }

  #column(wave: number, table: number, settled: number, kind: number): number | null {
    return this.#settled.get(`${wave} ${table} ${settled} ${kind}`) ?? null;
  }

  /** Null is nobody. */
  #atMost(less: number | null, more: number | null): void {
    if (less === more || less === null) return;
    if (more === null) this.#rules.push({ leaves: [less], low: 0, high: 0 });
    else this.#rules.push({ leaves: [more], minus: [less], low: 0, high: Number.POSITIVE_INFINITY });
  }

  #order(wave: number): void {
    for (const kind of this.#kinds()) {
      for (let settled = 0; settled <= this.horizons; settled++) {
        for (let table = 0; table < this.tables; table++) {
          const here = this.#column(wave, table, settled, kind);
          if (settled > 0) this.#atMost(here, this.#column(wave, table, settled - 1, kind));
          if (table + 1 < this.tables) this.#atMost(here, this.#column(wave, table + 1, settled, kind));
          else if (wave < this.waves) this.#atMost(here, this.#eventual[wave]?.[kind] ?? null);
        }
      }
    }
  }

  /** By table: those enrolled who turn out to be left out, and those known to be. */
  #placeLeftOut(): void {
    for (let table = 0; table < this.tables; table++) this.#leftOut.push([this.#size++, this.#size++]);
    this.#leftOut.forEach(([enrolled = null, known = null], table) => {
      this.#atMost(known, enrolled);
      const [before, knownBefore] = this.#leftOut[table - 1] ?? [];
      if (before === undefined || knownBefore === undefined) return;
      this.#atMost(before, enrolled);
      this.#atMost(knownBefore, known);
    });
  }

  /** Councils need not tell one censored child from one to whom nothing happened. */
  #divide({ waves, councils }: Division): void {
    const columns = Array.from({ length: councils }, () =>
      Array.from({ length: this.horizons + 1 }, () => this.#size++),
    );
    this.#councils.push(columns);
    for (let kind = 0; kind <= this.horizons; kind++) {
      const kinds = kind < this.horizons ? [kind] : this.#kinds().slice(this.horizons);
      const leaves = columns.flatMap((council) => council[kind] ?? []);
      const minus = waves.flatMap((wave) => kinds.map((one) => this.#eventual[wave]?.[one] ?? 0));
      this.#rules.push({ leaves, minus, low: 0, high: 0 });
    }
  }

  #count(table: number, asked: (kind: number) => readonly [settled: number, sign: 1 | -1][]): Signed {
    const signed = new Signed();
    for (let wave = 0; wave <= this.waves; wave++)
      for (const kind of this.#kinds())
        for (const [settled, sign] of asked(kind)) signed.add(this.#column(wave, table, settled, kind), sign);
    return signed;
  }

  #enrolled(table: number): Signed {
    const signed = this.#count(table, () => [[0, 1]]);
    signed.add(this.#leftOut[table]?.[0] ?? null, 1);
    return signed;
  }

  #cell(table: number, horizon: number, name: CellName): Signed {
    const by = horizon + 1;
    switch (name) {
      case 'notAtRisk': {
        const known = new Signed();
        known.add(this.#leftOut[table]?.[1] ?? null, 1);
        return known;
      }
      case 'pending': {
        const waiting = this.#count(table, () => [
          [0, 1],
          [by, -1],
        ]);
        waiting.add(this.#leftOut[table]?.[0] ?? null, 1);
        waiting.add(this.#leftOut[table]?.[1] ?? null, -1);
        return waiting;
      }
      default:
        return this.#count(table, (kind) => (this.#isIn(kind, by, name) ? [[by, 1]] : []));
    }
  }

  enrolled(table: number): Sum {
    return this.#enrolled(table).sum();
  }

  cell(table: number, horizon: number, name: CellName): Sum {
    return this.#cell(table, horizon, name).sum();
  }

  /** How many more there are in one table than in another. */
  more(horizon: number, name: CellName, table: number, before: number): Sum {
    const signed = this.#cell(table, horizon, name);
    const { leaves, minus = [] } = this.cell(before, horizon, name);
    for (const column of Array.from(leaves)) signed.add(column, -1);
    for (const column of Array.from(minus)) signed.add(column, 1);
    return signed.sum();
  }

  /** Children of one table who are settled in one cell at a horizon, and in another, or still wait, at a later one. */
  between(
    table: number,
    [early, from]: readonly [number, CellName],
    [late, to]: readonly [number, CellName],
  ): Sum {
    return this.#count(table, (kind) => {
      if (!this.#isIn(kind, early + 1, from)) return [];
      if (to !== 'pending') return this.#isIn(kind, late + 1, to) ? [[late + 1, 1]] : [];
      return [
        [early + 1, 1],
        [late + 1, -1],
      ];
    }).sum();
  }

  /** A wave's children, or those of them with an event by a horizon and after an earlier one, once everything is final. */
  ofWave(wave: number, what: GroupWhat): number[] {
    return this.#kinds().flatMap((kind) =>
      this.#isOf(kind, what) ? (this.#eventual[wave]?.[kind] ?? []) : [],
    );
  }

  ofCouncil(division: number, council: number, what: GroupWhat): number[] {
    const columns = this.#councils[division]?.[council] ?? [];
    return columns.filter((_, kind) => this.#isOf(kind, what));
  }

  #isOf(kind: number, { events, by, after }: GroupWhat): boolean {
    if (events === undefined) return true;
    const before = after !== undefined && this.#isIn(kind, after + 1, 'events');
    return events === (this.#isIn(kind, by + 1, 'events') && !before);
  }
}

/** All children of a group; or those with (without) an event by a horizon, and only since an earlier one (from 0). */
export interface GroupWhat {
  events?: boolean;
  by: number;
  after?: number;
}
