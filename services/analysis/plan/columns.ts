// What an analysis looks at, as typed columns over everybody, made once: each table of it is some of their rows.
import type { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import { type CategoricalColumn, type Column, sortLevels } from '../../statistics/data/table.ts';
import type { Analysed, AnalysisParticipant } from './participant.ts';

/** Words as codes into their levels, in sort order; -1 is not known. */
export function categories(name: string, values: readonly (string | null)[]): CategoricalColumn {
  const found = new Map<string, number>();
  const codes = new Int32Array(values.length);
  values.forEach((value, row) => {
    if (value === null) codes[row] = -1;
    else {
      const known = found.get(value);
      codes[row] = known ?? found.size;
      if (known === undefined) found.set(value, found.size);
    }
  });
  const levels = sortLevels([...found.keys()]);
  const place = new Int32Array(levels.length);
  levels.forEach((level, code) => {
    place[found.get(level) ?? 0] = code;
  });
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] ?? -1;
    if (code >= 0) codes[row] = place[code] ?? -1;
  }
  return { kind: 'categorical', name, codes, levels };
}

export const numbers = (name: string, values: ArrayLike<number>): Column => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
});

/** A column filled by place. */
export function numbersBy(name: string, n: number, of: (row: number) => number): Column {
  const values = new Float64Array(n);
  for (let row = 0; row < n; row++) values[row] = of(row);
  return { kind: 'numeric', name, values };
}

export const eventsOf = ({ events }: Analysed): Column => ({
  kind: 'numeric',
  name: 'event',
  values: events,
});

/** Some rows of words: levels that nobody among them has are gone. */
export function someWords({ name, codes, levels }: CategoricalColumn, rows: Int32Array): CategoricalColumn {
  const place = new Int32Array(levels.length).fill(-1);
  for (const row of rows) {
    const code = codes[row] ?? -1;
    if (code >= 0) place[code] = 0;
  }
  const used: string[] = [];
  levels.forEach((level, code) => {
    if (place[code] === 0) place[code] = used.push(level) - 1;
  });
  const own = new Int32Array(rows.length);
  rows.forEach((row, at) => {
    const code = codes[row] ?? -1;
    own[at] = code < 0 ? -1 : (place[code] ?? -1);
  });
  return { kind: 'categorical', name, codes: own, levels: used };
}

/** Some rows of numbers; NaN is not known. */
export function someNumbers(
  { values }: Extract<Column, { kind: 'numeric' }>,
  rows: Int32Array,
): Float64Array {
  const own = new Float64Array(rows.length);
  rows.forEach((row, at) => {
    own[at] = values[row] ?? Number.NaN;
  });
  return own;
}

/** Everybody's columns, made when first asked for. A covariate is numbers when nobody's is a word. */
export class Columns {
  readonly #participants: readonly AnalysisParticipant[];
  readonly #made = new Map<string, Column>();
  readonly #remembered = new Map<string, { rows: Int32Array; value: unknown }>();

  constructor(participants: readonly AnalysisParticipant[]) {
    this.#participants = participants;
  }

  /** What `make` gives for these rows, made again only when others were asked for last: outcomes mostly share their rows. */
  remembered<T>(key: string, rows: Int32Array, make: () => T): T {
    const last = this.#remembered.get(key);
    if (last?.rows.length === rows.length && last.rows.every((row, at) => row === rows[at]))
      return last.value as T;
    const value = make();
    this.#remembered.set(key, { rows, value });
    return value;
  }

  #words(name: 'arm' | 'unit' | 'council', of: (one: AnalysisParticipant) => string): CategoricalColumn {
    const made = this.#made.get(name) ?? categories(name, this.#participants.map(of));
    this.#made.set(name, made);
    return made as CategoricalColumn;
  }

  get arm(): CategoricalColumn {
    return this.#words('arm', ({ arm }) => arm);
  }

  /** A pseudonym names a unit within its council. */
  get unit(): CategoricalColumn {
    return this.#words('unit', ({ council, unit }) => `${council} ${unit}`);
  }

  /** How many units an arm has anybody in. */
  unitsOf(arm: Arm): number {
    const code = this.arm.levels.indexOf(arm);
    const { codes, levels } = this.unit;
    const seen = new Uint8Array(levels.length);
    codes.forEach((unit, row) => {
      if (this.arm.codes[row] === code) seen[unit] = 1;
    });
    return seen.reduce((count, one) => count + one, 0);
  }

  get council(): CategoricalColumn {
    return this.#words('council', ({ council }) => council);
  }

  covariate(name: Covariate): Column {
    const key = `covariate ${name}`;
    const made = this.#made.get(key) ?? this.#covariate(name);
    this.#made.set(key, made);
    return made;
  }

  #covariate(name: Covariate): Column {
    const values = this.#participants.map((one) => one.covariates[name]);
    if (values.every((value) => value === null || typeof value === 'number'))
      return numbers(
        name,
        values.map((value) => (typeof value === 'number' ? value : Number.NaN)),
      );
    return categories(
      name,
      values.map((value) => (value === null ? null : String(value))),
    );
  }
}
