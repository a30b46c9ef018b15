// What readers were shown of groups of children (waves, councils, ages, needs), as it bounds the counts behind it: shown counts are
// rounded, and shown only where they are large enough on either side.
import type { Bounds, Statement, Sum } from './attack.ts';
import { type Division, type Final, type GroupWhat, Histories, type Moment } from './histories.ts';
import type { ArmTable } from './protect.ts';
import { roundingBounds } from './rounding.ts';

/** Children of one arm followed to one horizon, and those of them with the outcome. */
export interface GroupCounts {
  group: string;
  matured: number;
  events: number;
}

/** What was shown of a group's counts: null where they were hidden. */
export interface SeenGroup {
  group: string;
  shown: { matured: number | null; events: number | null };
}

/** One table of one arm: an outcome at a horizon (counted from 0), by wave or by another division of the same children. */
export interface GroupTable<Group extends { group: string } = SeenGroup> {
  by: 'wave' | 'council' | 'age' | 'need';
  horizon: number;
  /** The waves whose children are counted, all of them final at that horizon; of a table by wave, its groups. */
  waves: readonly string[];
  groups: readonly Group[];
}

export interface WaveFigures {
  wave: string;
  /** Its first day. */
  from: string;
  /** Since when its figures at each horizon are final, RFC 3339; null: not yet. */
  finalAt: readonly (string | null)[];
  /** Children of the arm who are at risk. */
  matured: number;
}

/** Groups of one arm and one outcome. */
export interface SeenGroups {
  /** Every wave there is by now: readers know them. */
  waves: readonly WaveFigures[];
  tables: readonly GroupTable[];
}

export const noGroups: SeenGroups = { waves: [], tables: [] };

/** Only what concerns one horizon, as if there were no other. */
export const atHorizon = ({ waves, tables }: SeenGroups, horizon: number): SeenGroups => ({
  waves: waves.map((wave) => ({ ...wave, finalAt: wave.finalAt.slice(horizon, horizon + 1) })),
  tables: tables.filter((one) => one.horizon === horizon).map((one) => ({ ...one, horizon: 0 })),
});

/** A hidden count, or a difference between horizons: what a reader may not know of a group. */
export interface GroupTarget {
  group: string;
  horizon: number;
  what: 'events' | 'noEvents' | 'matured';
  sum: Sum;
  isExposed: (bounds: Bounds, threshold: number) => boolean;
}

/** A zero may be shown, so knowing one tells nothing that is hidden. */
export const isNarrow = ({ low, high }: Bounds, threshold: number): boolean =>
  high - low < threshold && high > 0;

/** Known to be there, and to be few. Rounded counts alone leave it open whether there is anybody. */
const areSomeFew = ({ low, high }: Bounds, threshold: number): boolean => low >= 1 && high < threshold;

/** The model of everything that panels and groups are sums of, and what was said of the groups. */
export class SeenModel {
  readonly histories: Histories;
  readonly #tables: readonly GroupTable[];
  readonly #waves: readonly WaveFigures[];
  /** By what the waves are divided by, and the waves: the groups, such as councils. */
  readonly #divided = new Map<string, { waves: readonly string[]; names: string[] }>();

  /** @param asAt when each panel was worked out, RFC 3339 */
  constructor(panels: readonly ArmTable[], asAt: readonly string[], { waves, tables }: SeenGroups) {
    this.#tables = tables;
    const told = new Set(tables.flatMap((table) => table.waves));
    this.#waves = waves.filter(({ wave }) => told.has(wave));
    for (const { by, waves: those, groups } of tables) {
      if (by === 'wave') continue;
      const key = JSON.stringify([by, those]);
      const known = this.#divided.get(key)?.names ?? [];
      const names = new Set([...known, ...groups.map(({ group }) => group)]);
      this.#divided.set(key, { waves: those, names: [...names] });
    }
    const divisions = [...this.#divided.values()].map(
      (one): Division => ({ waves: this.#numbersOf(one.waves), councils: one.names.length }),
    );
    const horizons = panels[0]?.length ?? Math.max(1, ...waves.map(({ finalAt }) => finalAt.length));
    const others = waves.filter(({ wave }) => !told.has(wave));
    const moments = panels.map((rows, at): Moment => {
      const then = asAt[at] ?? '';
      return {
        final: rows.map((row, horizon) => this.#finalAt(then, horizon, row.matured)),
        begun: new Set([...this.#waves.keys()].filter((wave) => (this.#waves[wave]?.from ?? '') <= then)),
        others: waves.length === 0 || others.some(({ from }) => from <= then),
      };
    });
    this.histories = new Histories(horizons, this.#waves.length, moments, divisions);
  }

  #numbersOf(waves: readonly string[]): number[] {
    return waves.map((wave) => this.#waves.findIndex((one) => one.wave === wave)).filter((at) => at >= 0);
  }

  /** That no others were settled is taken as known wherever it is so: dates may tell it. */
  #finalAt(asAt: string, horizon: number, matured: number | null): Final {
    const waves = new Set<number>();
    let children = 0;
    this.#waves.forEach(({ finalAt, matured: own }, at) => {
      const since = finalAt[horizon] ?? null;
      if (since === null || since > asAt) return;
      waves.add(at);
      children += own;
    });
    return { waves, alone: matured === children };
  }

  /** The sum of a group's children in a table. */
  sumOf({ by, waves }: Pick<GroupTable, 'by' | 'waves'>, group: string, what: GroupWhat): number[] {
    if (by === 'wave') return this.#numbersOf([group]).flatMap((wave) => this.histories.ofWave(wave, what));
    const key = JSON.stringify([by, waves]);
    const division = [...this.#divided.keys()].indexOf(key);
    return this.histories.ofCouncil(division, this.#divided.get(key)?.names.indexOf(group) ?? -1, what);
  }

  /** @param threshold to which shown counts were rounded, and which they reach */
  statements(threshold: number): Statement[] {
    const within = (leaves: number[], rounded: number): Statement => {
      const { low, high } = roundingBounds(rounded, { rule: 'nearest', to: threshold });
      return { leaves, low: Math.max(low, threshold), high };
    };
    const told = this.#tables.flatMap((table) =>
      table.groups.flatMap(({ group, shown: { matured, events } }) => {
        const of = (what: Partial<GroupWhat>) => this.sumOf(table, group, { by: table.horizon, ...what });
        return [
          ...(matured === null ? [] : [within(of({}), matured)]),
          ...(events === null
            ? []
            : [
                within(of({ events: true }), events),
                { leaves: of({ events: false }), low: threshold, high: Number.POSITIVE_INFINITY },
              ]),
        ];
      }),
    );
    return [...this.histories.rules, ...told];
  }

  /** What must stay hidden of the groups. */
  targets(): GroupTarget[] {
    return [
      ...this.#tables.flatMap((table) => this.#hidden(table)),
      ...this.#tables.flatMap((table) => this.#tables.flatMap((later) => this.#between(table, later))),
    ];
  }

  #hidden(table: GroupTable): GroupTarget[] {
    const { horizon } = table;
    return table.groups.flatMap(({ group, shown }) => {
      const of = (what: GroupTarget['what'], sum: Partial<GroupWhat>): GroupTarget => ({
        ...{ group, horizon, what, isExposed: isNarrow },
        sum: { leaves: this.sumOf(table, group, { by: horizon, ...sum }) },
      });
      return [
        ...(shown.events === null ? [of('events', { events: true }), of('noEvents', { events: false })] : []),
        ...(shown.matured === null ? [of('matured', {})] : []),
      ];
    });
  }

  /** First events of a group between two horizons. */
  #between(early: GroupTable, late: GroupTable): GroupTarget[] {
    if (early.by !== late.by || early.horizon >= late.horizon) return [];
    if (early.by !== 'wave' && early.waves.join(' ') !== late.waves.join(' ')) return [];
    const both = late.groups.filter(({ group }) => early.groups.some((one) => one.group === group));
    return both.map(({ group }): GroupTarget => {
      const leaves = this.sumOf(late, group, { events: true, by: late.horizon, after: early.horizon });
      return {
        ...{ group, horizon: late.horizon, what: 'events', isExposed: areSomeFew },
        sum: { leaves },
      };
    });
  }
}
