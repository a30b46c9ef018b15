// Generated children followed through several tables, and a reader who collects the tables. Both are written without
// looking at how hiding works: the reader's unknowns are whole histories of children, not steps, and he is told nothing
// but what was shown.
import type { ArmCounts, ResultRecord } from '../../../schemas/result.ts';
import { attack, type Statement } from '../../../services/disclosure/attack.ts';
import type { Panel } from '../../../services/disclosure/panel.ts';
import { reReferral } from '../../../services/outcomes/definitions.ts';

export const HORIZONS = [6, 12, 18] as const;
const arms = ['trial', 'comparison'] as const;
type Cell = 'notAtRisk' | 'pending' | 'events' | 'noEvents' | 'censored';
export const finestCells: readonly Cell[] = ['notAtRisk', 'pending', 'events', 'noEvents', 'censored'];

/** What happens to a child in the end, and when: months after the index day; null: nothing within 18. */
export interface Child {
  arm: (typeof arms)[number];
  enrolledIn: number;
  atRisk: boolean;
  what: 'event' | 'censored' | null;
  month: number;
}

/** How many horizons are settled `age` months after enrolment. */
const settled = (age: number): number => HORIZONS.filter((months) => age >= months).length;

function cellOf({ atRisk, what, month }: Child, horizons: number, at: number): Cell {
  if (!atRisk) return 'notAtRisk';
  if (at >= horizons) return 'pending';
  if (what === null || month > (HORIZONS[at] ?? 0)) return 'noEvents';
  return what === 'event' ? 'events' : 'censored';
}

/** The whole population, `months` after it began. */
export function recordAt(children: readonly Child[], months: number): ResultRecord {
  const here = children.filter(({ enrolledIn }) => enrolledIn <= months);
  const results = HORIZONS.map((horizon, at) => ({
    outcome: 're-referral',
    horizon,
    arms: arms.map((arm): ArmCounts => {
      const own = here.filter((child) => child.arm === arm);
      const count = (cell: Cell): number =>
        own.filter((child) => cellOf(child, settled(months - child.enrolledIn), at) === cell).length;
      const [events, noEvents, censored] = [count('events'), count('noEvents'), count('censored')];
      const matured = events + noEvents + censored;
      const risk = matured > 0 ? events / matured : null;
      const [notAtRisk, pending] = [count('notAtRisk'), count('pending')];
      return { arm, enrolled: own.length, notAtRisk, pending, matured, events, noEvents, censored, risk };
    }),
    effect: null,
    warnings: [],
  }));
  const enrolled = (arm: string): number => here.filter((child) => child.arm === arm).length;
  return {
    resultVersion: 1,
    evaluation: 'generated',
    title: 'Generated',
    dataSource: 'simulated',
    protocolHash: 'hash',
    definitions: [{ id: 're-referral', version: 1, hash: 'hash', definition: reReferral }],
    codeVersion: '0',
    computedAt: new Date(Date.UTC(2024, 0, 1) + months * 2_629_800_000).toISOString(),
    participants: { trial: enrolled('trial'), comparison: enrolled('comparison') },
    completeThrough: null,
    waves: { total: 1, frozen: [] },
    results,
    deviations: [],
  };
}

/** Everything that can have become of a child through so many tables: the cell at each horizon of each, or not yet there. */
function histories(tables: number): (Cell[] | null)[][] {
  const ends: (Omit<Child, 'arm' | 'enrolledIn'> | null)[] = [
    { atRisk: false, what: null, month: 0 },
    { atRisk: true, what: null, month: 0 },
    ...HORIZONS.flatMap((month) =>
      (['event', 'censored'] as const).map((what) => ({ atRisk: true, what, month })),
    ),
  ];
  const paths = (left: number, least: number): number[][] =>
    left === 0
      ? [[]]
      : Array.from({ length: HORIZONS.length + 1 - least }, (_, at) => least + at).flatMap((settledNow) =>
          paths(left - 1, settledNow).map((rest) => [settledNow, ...rest]),
        );
  const known = new Map<string, (Cell[] | null)[]>();
  // -1 stands for not yet enrolled. A child may turn out not to be at risk as long as nothing of it is settled.
  for (const path of paths(tables, -1)) {
    if (path.every((at) => at < 0)) continue;
    for (const end of ends) {
      const history = path.map((horizons) =>
        horizons < 0
          ? null
          : HORIZONS.map((_, at) => cellOf({ arm: 'trial', enrolledIn: 0, ...end } as Child, horizons, at)),
      );
      known.set(JSON.stringify(history), history);
    }
  }
  for (const history of [...known.values()]) {
    for (let until = 1; until < tables; until++) {
      const pendingFirst = history.map((cells, at) =>
        cells?.[0] === 'notAtRisk' && at < until ? (cells.map(() => 'pending') as Cell[]) : cells,
      );
      known.set(JSON.stringify(pendingFirst), pendingFirst);
    }
  }
  return [...known.values()];
}

export interface Recovered {
  /**
   * Hidden counts of all tables of both arms, and those known to within fewer than `threshold` other values. A zero that is
   * known to be one is not counted: zeros may be shown.
   */
  hidden: number;
  narrowed: number;
  exact: number;
  /** Groups of 1 to threshold - 1 children given away by subtracting one table's number from another's. */
  differences: number;
  /** Groups between two horizons of one table: how many there are, and those known to be of 1 to threshold - 1 children. */
  groups: number;
  fewInGroup: number;
}

const differencesOf = (tables: readonly (readonly (number | null)[])[], threshold: number): number => {
  let few = 0;
  tables.forEach((later, at) => {
    for (const earlier of tables.slice(0, at)) {
      later.forEach((value, cell) => {
        const before = earlier[cell] ?? null;
        if (value === null || before === null) return;
        if (value !== before && Math.abs(value - before) < threshold) few += 1;
      });
    }
  });
  return few;
};

/** What a reader of all these panels works out, by linear programming over histories and by subtraction. */
export async function attackPanels(panels: readonly Panel[], threshold: number): Promise<Recovered> {
  const total: Recovered = {
    ...{ hidden: 0, narrowed: 0, exact: 0, differences: 0 },
    ...{ groups: 0, fewInGroup: 0 },
  };
  const all = histories(panels.length);
  const where = (test: (history: (Cell[] | null)[]) => boolean): number[] =>
    all.flatMap((history, at) => (test(history) ? [at] : []));
  for (const arm of arms) {
    const statements: Statement[] = [];
    const secret: number[][] = [];
    const groups: number[][] = [];
    const numbers: (number | null)[][] = panels.map(() => []);
    panels.forEach((panel, table) => {
      const say = (leaves: number[], value: number | null, lasting: boolean): void => {
        if (value === null) secret.push(leaves);
        else statements.push({ leaves, low: value, high: value });
        if (lasting) numbers[table]?.push(value);
      };
      const rows = panel.results.map(({ arms: both }) => both.find((one) => one.arm === arm));
      const enrolled = rows[0]?.enrolled ?? null;
      say(
        where((history) => history[table] !== null),
        enrolled,
        true,
      );
      rows.forEach((row, at) => {
        if (!row) return;
        for (const cell of finestCells)
          say(
            where((history) => history[table]?.[at] === cell),
            row[cell],
            cell !== 'pending',
          );
        const matured: readonly (Cell | undefined)[] = ['events', 'noEvents', 'censored'];
        say(
          where((history) => matured.includes(history[table]?.[at])),
          row.matured,
          true,
        );
      });
    });
    for (let table = 0; table < panels.length; table++) {
      for (const [early, late] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const) {
        for (const cell of ['events', 'censored'] as const)
          groups.push(
            where((history) => history[table]?.[early] === 'noEvents' && history[table]?.[late] === cell),
          );
      }
    }
    const every = await attack(all.length, statements, [...secret, ...groups]);
    const bounds = every.slice(0, secret.length);
    total.groups += groups.length;
    total.fewInGroup += every
      .slice(secret.length)
      .filter(({ low, high }) => high - low < threshold && low < threshold && high > 0).length;
    total.hidden += bounds.length;
    total.narrowed += bounds.filter(({ low, high }) => high - low < threshold && high > 0).length;
    total.exact += bounds.filter(({ low, high }) => low === high && high > 0).length;
    total.differences += differencesOf(numbers, threshold);
  }
  return total;
}
