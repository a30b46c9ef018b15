// An evaluation as its readers meet it: live numbers looked at again and again, releases that replace one another, outcomes by
// wave and by council at every horizon, in any order; and a reader who keeps everything. The reader is written apart from the
// judge: his unknowns are whole histories of the children of each wave in each council.
import type { ResultRecord } from '../../../schemas/result.ts';
import { attack, type Bounds, type Statement } from '../../../services/disclosure/attack.ts';
import {
  nothingSeenOfArm,
  protectBreakdown,
  type ShownGroup,
} from '../../../services/disclosure/breakdown.ts';
import { judgePanel, nothingSeen, type Panel, type PanelMemory } from '../../../services/disclosure/panel.ts';
import type { GroupTable, WaveFigures } from '../../../services/disclosure/seen-groups.ts';
import { type Child, HORIZONS, recordAt } from './follow-up-suite.ts';

export const OUTCOME = 're-referral';
const arms = ['trial', 'comparison'] as const;
type ArmName = (typeof arms)[number];

/** A child's wave is the whole month it was enrolled in. */
export interface Resident extends Child {
  council: number;
}

const groupName = (by: 'wave' | 'council', at: number): string => `${by} ${at}`;
const instant = (months: number): string =>
  new Date(Date.UTC(2024, 0, 1) + months * 2_629_800_000).toISOString();

/** What readers were shown of groups: a table as it was asked for, the newest state of it. */
export interface ShownTable {
  by: 'wave' | 'council';
  horizon: number;
  waves: number[];
  rows: Record<ArmName, ShownGroup[]>;
}

/** What the gate remembers when it judges. `apart`: panels without groups, and each table of groups without the others. */
export type Memory = 'together' | 'apart';

export class Evaluation {
  readonly children: readonly Resident[];
  readonly waves: number;
  readonly councils: number;
  readonly panels: { month: number; panel: Panel }[] = [];
  readonly tables: ShownTable[] = [];
  readonly refused = { panels: 0, tables: 0 };
  readonly #threshold: number;
  readonly #memory: Memory;

  constructor(children: readonly Resident[], { threshold, memory }: { threshold: number; memory: Memory }) {
    this.children = children;
    this.waves = 1 + Math.max(...children.map(({ enrolledIn }) => Math.floor(enrolledIn)));
    this.councils = 1 + Math.max(...children.map(({ council }) => council));
    this.#threshold = threshold;
    this.#memory = memory;
  }

  /** Whether a wave's figures at a horizon are final so many months after the beginning. */
  isFinal(wave: number, horizon: number, month: number): boolean {
    return month >= wave + 1 + (HORIZONS[horizon] ?? 0);
  }

  #finalWaves(horizon: number, month: number): number[] {
    return Array.from({ length: this.waves }, (_, at) => at).filter((at) => this.isFinal(at, horizon, month));
  }

  /** True counts of a group by a horizon. */
  countsOf(arm: ArmName, by: 'wave' | 'council', at: number, horizon: number) {
    const own = this.children.filter(
      (child) =>
        child.arm === arm &&
        child.atRisk &&
        (by === 'wave' ? Math.floor(child.enrolledIn) : child.council) === at,
    );
    const has = ({ what, month }: Child): boolean => what === 'event' && month <= (HORIZONS[horizon] ?? 0);
    return { group: groupName(by, at), matured: own.length, events: own.filter(has).length };
  }

  #figures(arm: ArmName, month: number): WaveFigures[] {
    const begun = 1 + Math.floor(month);
    return Array.from({ length: Math.min(this.waves, begun) }, (_, wave) => ({
      ...{ wave: groupName('wave', wave), from: instant(wave) },
      finalAt: HORIZONS.map((months, horizon) =>
        this.isFinal(wave, horizon, month) ? instant(wave + 1 + months) : null,
      ),
      matured: this.countsOf(arm, 'wave', wave, 0).matured,
    }));
  }

  #seenTables(arm: ArmName): GroupTable[] {
    return this.tables.map(({ by, horizon, waves, rows }) => ({
      ...{ by, horizon, waves: waves.map((at) => groupName('wave', at)) },
      groups: rows[arm].map(({ group, matured, events }) => ({ group, shown: { matured, events } })),
    }));
  }

  #panelMemory(month: number): PanelMemory {
    const panels = this.panels.map(({ panel }) => panel);
    const enrolled = (arm: ArmName) =>
      panels.flatMap(({ results }) => results[0]?.arms.find((one) => one.arm === arm)?.enrolled ?? []);
    const groups = (arm: ArmName) => ({ waves: this.#figures(arm, month), tables: this.#seenTables(arm) });
    return {
      ...nothingSeen,
      panels,
      enrolled: { trial: enrolled('trial'), comparison: enrolled('comparison') },
      ...(this.#memory === 'together' && {
        groups: { trial: groups('trial'), comparison: groups('comparison') },
      }),
    };
  }

  /** The live numbers are looked at, or a release is drawn up; a release takes the place of the one before. */
  async look(month: number, asRelease: boolean): Promise<void> {
    const record: ResultRecord = recordAt(this.children, month);
    const { decision, panel } = await judgePanel(
      record,
      OUTCOME,
      this.#panelMemory(month),
      { threshold: this.#threshold },
      { primary: 12, keepRisks: !asRelease },
    );
    if (decision === 'hold') this.refused.panels += 1;
    else if (decision !== 'same') this.panels.push({ month, panel });
  }

  /** Asks for a table of groups; nothing is answered while the newest panel hides its totals. */
  async ask(by: 'wave' | 'council', horizon: number, month: number): Promise<void> {
    const waves = this.#finalWaves(horizon, month);
    if (waves.length === 0 || (by === 'council' && waves.length < this.waves)) return;
    const newest = this.panels.at(-1)?.panel.results[horizon]?.arms ?? [];
    if (newest.length < 2 || newest.some(({ matured, events }) => matured === null || events === null))
      return;
    const numbers = by === 'wave' ? waves : Array.from({ length: this.councils }, (_, at) => at);
    const rows: Partial<Record<ArmName, ShownGroup[]>> = {};
    for (const arm of arms) {
      const tables = this.#seenTables(arm);
      const own = tables.filter((one) => one.by === by && one.horizon === horizon);
      const asked = {
        ...{ by, horizon, waves: waves.map((at) => groupName('wave', at)) },
        groups: numbers.map((at) => this.countsOf(arm, by, at, horizon)),
      };
      const seen = {
        ...nothingSeenOfArm,
        panels: this.panels.map(({ panel }) =>
          panel.results.flatMap((each) => each.arms.filter((one) => one.arm === arm)),
        ),
        asAt: this.panels.map(({ panel }) => panel.asAt),
        groups: { waves: this.#figures(arm, month), tables: this.#memory === 'together' ? tables : own },
      };
      const shown = await protectBreakdown(asked, seen, this.#threshold);
      if (shown === null) {
        this.refused.tables += 1;
        return;
      }
      rows[arm] = shown;
    }
    const { trial = [], comparison = [] } = rows;
    const at = this.tables.findIndex((one) => one.by === by && one.horizon === horizon);
    const table = { by, horizon, waves, rows: { trial, comparison } };
    if (at < 0) this.tables.push(table);
    else this.tables[at] = table;
  }
}

/** Uniform numbers from 0 to 1 (mulberry32). */
export function uniform(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 40 to 600 children of 1 to 3 months in 1 to 3 councils of unlike sizes. */
function population(random: () => number): Resident[] {
  const size = Math.round(40 + 560 * random() ** 2);
  const [eventRate, censorRate, leftOut] = [0.6 * random(), 0.1 * random() ** 2, 0.1 * random() ** 2];
  const [months, councils] = [1 + Math.floor(3 * random()), 1 + Math.floor(3 * random())];
  const skew = 1 + 2 * random();
  return Array.from({ length: size }, (): Resident => {
    const lot = random();
    return {
      arm: random() < 0.5 ? 'trial' : 'comparison',
      enrolledIn: months * random() ** skew,
      council: Math.floor(councils * random() ** skew),
      atRisk: random() >= leftOut,
      what: lot < eventRate ? 'event' : lot < eventRate + censorRate ? 'censored' : null,
      month: 1 + Math.floor(18 * random()),
    };
  });
}

/** One random population, and what its readers ask for in a random order. */
export async function follow(random: () => number, threshold: number, memory: Memory): Promise<Evaluation> {
  const evaluation = new Evaluation(population(random), { threshold, memory });
  const moments = Array.from({ length: 2 + Math.floor(3 * random()) }, () => 30 * random());
  for (const month of moments.sort((a, b) => a - b)) {
    const questions = 1 + Math.floor(5 * random());
    for (let n = 0; n < questions; n++) {
      const lot = random();
      const horizon = Math.floor(3 * random());
      if (n === 0 || lot < 0.2) await evaluation.look(month, random() < 0.4);
      else await evaluation.ask(lot < 0.6 ? 'wave' : 'council', horizon, month);
    }
  }
  return evaluation;
}

type End = 'left out' | 'nothing' | { what: 'event' | 'censored'; by: number };

interface History {
  wave: number;
  council: number;
  /** In each panel: how many horizons were settled; null: not enrolled. */
  settled: (number | null)[];
  /** In each panel: whether it is known there to be left out. */
  leftOut: boolean[];
  end: End;
}

const ends: readonly End[] = [
  'nothing',
  ...HORIZONS.flatMap((_, by) => (['event', 'censored'] as const).map((what) => ({ what, by }))),
];

function paths(tables: number, from: number, most: number): number[][] {
  if (tables === 0) return [[]];
  return Array.from({ length: most - from + 1 }, (_, at) => from + at).flatMap((now) =>
    paths(tables - 1, now, most).map((rest) => [now, ...rest]),
  );
}

/** Everything that can have become of a child of each wave and council, panel by panel. */
function histories(evaluation: Evaluation, withCouncils: boolean): History[] {
  const months = evaluation.panels.map(({ month }) => month);
  const all: History[] = [];
  for (let wave = 0; wave < evaluation.waves; wave++) {
    const isPossible = (path: readonly number[]): boolean =>
      path.every((settled, at) => {
        const month = months[at] ?? 0;
        if (month < wave) return settled < 0;
        return HORIZONS.every((_, horizon) => settled > horizon || !evaluation.isFinal(wave, horizon, month));
      });
    const followed = paths(months.length, -1, HORIZONS.length).filter(isPossible);
    // -1: not enrolled, 0: enrolled, 1: known to be left out.
    const out = paths(months.length, -1, 1);
    for (let council = 0; council < (withCouncils ? evaluation.councils : 1); council++) {
      for (const path of followed) {
        const settled = path.map((at) => (at < 0 ? null : at));
        for (const end of ends) all.push({ wave, council, settled, leftOut: path.map(() => false), end });
      }
      if (council > 0 || wave > 0) continue;
      for (const path of out)
        all.push({
          ...{ wave, council, end: 'left out' },
          settled: path.map((at) => (at < 0 ? null : 0)),
          leftOut: path.map((at) => at === 1),
        });
    }
  }
  return all;
}

type Cell = 'notAtRisk' | 'pending' | 'events' | 'noEvents' | 'censored';
const cells: readonly Cell[] = ['notAtRisk', 'pending', 'events', 'noEvents', 'censored'];

function cellIn({ settled, leftOut, end }: History, panel: number, horizon: number): Cell | null {
  const known = settled[panel] ?? null;
  if (known === null) return null;
  if (leftOut[panel]) return 'notAtRisk';
  if (known <= horizon || end === 'left out') return 'pending';
  if (end === 'nothing' || end.by > horizon) return 'noEvents';
  return end.what === 'event' ? 'events' : 'censored';
}

const hasEvent = ({ end }: History, horizon: number): boolean =>
  typeof end === 'object' && end.what === 'event' && end.by <= horizon;

/** What a reader of everything works out. Zeros that are known to be zeros are not counted: zeros may be shown. */
export interface Found {
  /** Hidden numbers of panels, and those known to within fewer than `threshold` other values. */
  hidden: number;
  narrowed: number;
  /** Hidden numbers of groups (with, without the outcome, and both), and those known to within fewer than `threshold` other values. */
  hiddenOfGroups: number;
  narrowedOfGroups: number;
  /** Of all of these: known to the last child. */
  exact: number;
  /** Groups of children between two horizons, in panels and in waves and councils, known to be of 1 to threshold - 1. */
  few: number;
}

class Reader {
  readonly #evaluation: Evaluation;
  readonly #threshold: number;
  readonly #all: History[];
  readonly #arm: ArmName;

  constructor(evaluation: Evaluation, arm: ArmName, threshold: number) {
    this.#evaluation = evaluation;
    this.#threshold = threshold;
    this.#arm = arm;
    this.#all = histories(
      evaluation,
      evaluation.tables.some(({ by }) => by === 'council'),
    );
  }

  #where(test: (history: History) => boolean): number[] {
    return this.#all.flatMap((history, at) => (test(history) ? [at] : []));
  }

  #ofPanels(): { statements: Statement[]; secret: number[][]; groups: number[][] } {
    const statements: Statement[] = [];
    const secret: number[][] = [];
    const groups: number[][] = [];
    this.#evaluation.panels.forEach(({ panel }, at) => {
      const say = (leaves: number[], value: number | null): void => {
        if (value === null) secret.push(leaves);
        else statements.push({ leaves, low: value, high: value });
      };
      const rows = panel.results.map((each) => each.arms.find((one) => one.arm === this.#arm));
      say(
        this.#where(({ settled }) => settled[at] != null),
        rows[0]?.enrolled ?? null,
      );
      rows.forEach((row, horizon) => {
        if (!row) return;
        for (const cell of cells) {
          say(
            this.#where((history) => cellIn(history, at, horizon) === cell),
            row[cell],
          );
        }
        say(
          this.#where((history) =>
            ['events', 'noEvents', 'censored'].includes(cellIn(history, at, horizon) ?? ''),
          ),
          row.matured,
        );
        for (let early = 0; early < horizon; early++)
          for (const cell of ['events', 'censored'] as const)
            groups.push(
              this.#where(
                (history) =>
                  cellIn(history, at, early) === 'noEvents' && cellIn(history, at, horizon) === cell,
              ),
            );
      });
    });
    return { statements, secret, groups };
  }

  #ofTables(): { statements: Statement[]; secret: number[][]; groups: number[][] } {
    const statements: Statement[] = [];
    const secret: number[][] = [];
    const groups: number[][] = [];
    const half = this.#threshold / 2;
    for (const { by, horizon, waves, rows } of this.#evaluation.tables) {
      rows[this.#arm].forEach(({ matured, events }, at) => {
        const number = by === 'wave' ? (waves[at] ?? 0) : at;
        const own = (history: History): boolean =>
          history.end !== 'left out' && history[by] === number && waves.includes(history.wave);
        const [everybody, having, others] = [
          this.#where(own),
          this.#where((history) => own(history) && hasEvent(history, horizon)),
          this.#where((history) => own(history) && !hasEvent(history, horizon)),
        ];
        const near = (leaves: number[], shown: number): Statement => ({
          leaves,
          low: Math.max(this.#threshold, Math.ceil(shown - half)),
          high: Math.ceil(shown + half) - 1,
        });
        if (matured !== null) statements.push(near(everybody, matured));
        if (events !== null)
          statements.push(near(having, events), {
            ...{ leaves: others, low: this.#threshold, high: Number.POSITIVE_INFINITY },
          });
        if (matured === null) secret.push(everybody);
        if (events === null) secret.push(having, others);
        const earlier = this.#evaluation.tables.filter((one) => one.by === by && one.horizon < horizon);
        for (const { horizon: early } of earlier)
          groups.push(
            this.#where((history) => own(history) && hasEvent(history, horizon) && !hasEvent(history, early)),
          );
      });
    }
    return { statements, secret, groups };
  }

  async findings(): Promise<Found> {
    const [panels, tables] = [this.#ofPanels(), this.#ofTables()];
    const targets = [panels.secret, tables.secret, panels.groups, tables.groups];
    const bounds = await attack(
      this.#all.length,
      [...panels.statements, ...tables.statements],
      targets.flat(),
    );
    let from = 0;
    const [ofPanels = [], ofTables = [], between = [], betweenInGroups = []] = targets.map(
      (part): Bounds[] => {
        const own = bounds.slice(from, from + part.length);
        from += part.length;
        return own;
      },
    );
    const isNarrow = ({ low, high }: Bounds): boolean => high - low < this.#threshold && high > 0;
    return {
      hidden: ofPanels.length,
      narrowed: ofPanels.filter(isNarrow).length,
      hiddenOfGroups: ofTables.length,
      narrowedOfGroups: ofTables.filter(isNarrow).length,
      exact: [...ofPanels, ...ofTables].filter(({ low, high }) => low === high && high > 0).length,
      few:
        between.filter((one) => isNarrow(one) && one.low < this.#threshold).length +
        betweenInGroups.filter(({ low, high }) => low >= 1 && high < this.#threshold).length,
    };
  }
}

/** What a reader of all panels and tables works out, in both arms. */
export async function attackEverything(evaluation: Evaluation, threshold: number): Promise<Found> {
  const sum: Found = {
    ...{ hidden: 0, narrowed: 0, hiddenOfGroups: 0, narrowedOfGroups: 0 },
    ...{ exact: 0, few: 0 },
  };
  if (evaluation.panels.length + evaluation.tables.length === 0) return sum;
  for (const arm of arms) {
    const found = await new Reader(evaluation, arm, threshold).findings();
    for (const key of Object.keys(sum) as (keyof Found)[]) sum[key] += found[key];
  }
  return sum;
}
