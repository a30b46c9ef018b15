// One outcome as it is shown: both arms at every horizon, worked out at one moment. A new panel is judged together with
// every panel its audience has seen: it is shown, shown with fewer numbers, or held back, and the reason is said.
import type { ArmCounts, ResultRecord } from '../../schemas/result.ts';
import { ContradictionError } from './attack.ts';
import { type CellName, cellNames } from './cells.ts';
import { type Exposure, exposures, lasting } from './exposed.ts';
import type { DisclosurePolicy } from './policy.ts';
import { type ArmTable, hiddenByTree, isTooSmall, type ProtectedOutcome, protectOutcome } from './protect.ts';
import { atHorizon, noGroups, type SeenGroups } from './seen-groups.ts';

export interface Panel {
  outcome: string;
  /** When its numbers were worked out, RFC 3339. */
  asAt: string;
  /** The day through which every council's feed was complete then. */
  completeThrough: string | null;
  /** By horizon, shortest first. */
  results: ProtectedOutcome[];
}

/** What an audience has seen of an evaluation. Panels of one outcome, oldest first. */
export interface PanelMemory {
  /** Panels that one population can have given, if records were only ever added since the first of them. */
  panels: readonly Panel[];
  /** Panels from before records were corrected: no reader can tie them to later ones but by subtraction. */
  earlier: readonly Panel[];
  /** Every number of children enrolled that any panel of the evaluation has shown, by arm. */
  enrolled: Readonly<Record<'trial' | 'comparison', readonly number[]>>;
  /** Waves and councils that were shown of the outcome. */
  groups: GroupsByArm;
}

export type GroupsByArm = Readonly<Record<'trial' | 'comparison', SeenGroups>>;

export const nothingSeen: PanelMemory = {
  panels: [],
  earlier: [],
  enrolled: { trial: [], comparison: [] },
  groups: { trial: noGroups, comparison: noGroups },
};

export interface Finding extends Pick<Exposure, 'horizons' | 'what'> {
  reason: Exposure['reason'] | 'corrected';
  arm: 'trial' | 'comparison';
}

export interface PanelVerdict {
  /** `same`: the audience has just this already. `hold`: not to be shown unless a person decides so. */
  decision: 'same' | 'publish' | 'publish-less' | 'hold';
  /**
   * What is shown. When held: what was shown last, or, of a release, what would be shown to somebody who had seen nothing.
   */
  panel: Panel;
  /** Records were corrected since the newest panel: it begins anew what a reader can tie together. */
  corrected: boolean;
  /** Why it is held; else what further numbers were hidden for. */
  findings: Finding[];
}

const arms = ['trial', 'comparison'] as const;
type ArmName = (typeof arms)[number];

/** What is hidden at a horizon beside what its own tree of counts asks, one step after the other. */
const ladder: readonly (readonly CellName[])[] = [
  ['noEvents', 'censored'],
  ['events'],
  ['pending', 'matured'],
  ['notAtRisk'],
];

/** Beyond what the tree of counts hides: steps up the ladder by horizon, and cells (horizon and name) shown all the same. */
interface Choice {
  steps: number[];
  shown: Set<string>;
}
type Choices = Readonly<Record<ArmName, Choice>>;

const placeOf = (horizon: number, cell: string): string => `${horizon} ${cell}`;

const armOf = (panel: Panel, arm: ArmName): ArmTable =>
  panel.results.flatMap((each) => each.arms.filter((one) => one.arm === arm));

const numbersOf = (panel: Panel): string =>
  JSON.stringify(
    panel.results.map(({ horizon, arms: both }) => [
      horizon,
      both.map((row) => [row.arm, row.enrolled, ...cellNames.map((name) => row[name])]),
    ]),
  );

/** Whether an event by one horizon is one by every later horizon, so that horizons bound each other. */
export function areLinked(measure: string | undefined): boolean {
  return measure === undefined || measure === 'first-event' || measure === 'duration';
}

interface Least {
  panel: Panel | null;
  findings: Finding[];
}

class Judge {
  readonly #outcome: string;
  readonly #result: ResultRecord;
  readonly #policy: DisclosurePolicy;
  #linked: boolean;
  readonly #primary: number;

  constructor(result: ResultRecord, outcome: string, policy: DisclosurePolicy, primary: number) {
    this.#outcome = outcome;
    this.#result = result;
    this.#policy = policy;
    const { definition } = result.definitions.find(({ id }) => id === outcome) ?? {};
    this.#linked = areLinked(definition?.measure);
    this.#primary = primary;
  }

  #rows() {
    return this.#result.results
      .filter(({ outcome }) => outcome === this.#outcome)
      .sort((a, b) => a.horizon - b.horizon);
  }

  choices(): Choices {
    const none = (): Choice => ({ steps: this.#rows().map(() => 0), shown: new Set() });
    return { trial: none(), comparison: none() };
  }

  panel(choices: Choices): Panel {
    const hidden = hiddenByTree(this.#result, this.#policy);
    const rows = this.#rows();
    const more = new Map<ArmCounts, ReadonlySet<CellName>>();
    rows.forEach((row, horizon) => {
      for (const counts of row.arms) {
        const { steps, shown } = choices[counts.arm];
        const cells = [...(hidden.get(counts) ?? cellNames), ...ladder.slice(0, steps[horizon]).flat()];
        more.set(counts, new Set(cells.filter((cell) => !shown.has(placeOf(horizon, cell)))));
      }
    });
    const tooSmall = isTooSmall(this.#result, this.#policy);
    return {
      outcome: this.#outcome,
      asAt: this.#result.computedAt,
      completeThrough: this.#result.completeThrough,
      results: rows.map((row) => protectOutcome(row, more, tooSmall)),
    };
  }

  /** What a sequence of panels of this outcome exposes by one of them, in one arm, beside groups. */
  async #exposed(
    sequence: readonly Panel[],
    judged: number,
    arm: ArmName,
    groups: SeenGroups,
  ): Promise<Exposure[]> {
    const tables = sequence.map((panel) => armOf(panel, arm));
    const asAt = sequence.map((panel) => panel.asAt);
    const { threshold } = this.#policy;
    if (this.#linked) return exposures(tables, threshold, { asAt, groups }, judged);
    const found: Exposure[] = [];
    for (const horizon of tables[0]?.keys() ?? []) {
      const alone = tables.map((rows) => rows.slice(horizon, horizon + 1));
      const beside = { asAt, groups: atHorizon(groups, horizon) };
      for (const one of await exposures(alone, threshold, beside, judged))
        found.push({ ...one, horizons: one.horizons.map(() => horizon) });
    }
    return found;
  }

  /** The horizon to show less of: one concerned before the others, the shortest first, the primary last. */
  #nextStep(concerned: readonly number[], { steps }: Choice): number | null {
    const isPrimary = (at: number): boolean => this.#rows()[at]?.horizon === this.#primary;
    const order = [...steps.keys()]
      .filter((at) => (steps[at] ?? 0) < ladder.length)
      .sort(
        (a, b) =>
          Number(!concerned.includes(a)) - Number(!concerned.includes(b)) ||
          Number(isPrimary(a)) - Number(isPrimary(b)) ||
          a - b,
      );
    return order[0] ?? null;
  }

  /** Shows cells that others give away exactly and that are large enough to be shown. @returns whether there were any */
  #showKnown(exposed: readonly Exposure[], judged: number, { shown }: Choice): boolean {
    const before = shown.size;
    for (const { reason, table, horizons, what, exactly } of exposed) {
      const mayBeShown = (exactly ?? 0) >= this.#policy.threshold;
      if (reason === 'narrowed' && table === judged && mayBeShown) shown.add(placeOf(horizons[0] ?? 0, what));
    }
    return shown.size > before;
  }

  /**
   * The panel with as little hidden as these panels before it, and those after it, allow, or null when no hiding helps.
   * @param groups that were shown beside them
   * @param keep a panel whose risks must all be shown again
   * @throws ContradictionError when panels and groups cannot all be true of records that were only ever added to
   */
  async least(
    seen: readonly Panel[],
    groups: GroupsByArm,
    keep?: Panel,
    later: readonly Panel[] = [],
  ): Promise<Least> {
    try {
      return await this.#leastAs(seen, groups, keep, later);
    } catch (error) {
      if (!(error instanceof ContradictionError) || seen.length + later.length > 0 || !this.#linked)
        throw error;
      // Horizons that contradict each other bound nothing for anybody.
      this.#linked = false;
      return this.#leastAs(seen, groups, keep, later);
    }
  }

  async #leastAs(
    seen: readonly Panel[],
    groups: GroupsByArm,
    keep: Panel | undefined,
    later: readonly Panel[],
  ): Promise<Least> {
    const choices = this.choices();
    const findings: Finding[] = [];
    for (const arm of arms) {
      for (;;) {
        const sequence = [...seen, this.panel(choices), ...later];
        const exposed = await this.#exposed(sequence, seen.length, arm, groups[arm]);
        const [first] = exposed;
        if (!first) break;
        if (this.#showKnown(exposed, seen.length, choices[arm])) continue;
        for (const { horizons, reason, what } of exposed) findings.push({ reason, arm, horizons, what });
        const next = this.#nextStep(first.horizons, choices[arm]);
        if (next === null) return { panel: null, findings };
        choices[arm].steps[next] = (choices[arm].steps[next] ?? 0) + 1;
        choices[arm].shown.clear();
        if (keep && losesRisk(this.panel(choices), keep)) return { panel: null, findings };
      }
    }
    return { panel: this.panel(choices), findings };
  }
}

/** Numbers that differ by too few children from what was shown before, when nothing but subtraction ties them. */
function bySubtraction(
  panel: Panel,
  before: readonly Panel[],
  threshold: number,
  names: readonly CellName[] = cellNames,
): Finding[] {
  const found: Finding[] = [];
  for (const arm of arms) {
    const now = armOf(panel, arm);
    for (const then of before.map((one) => armOf(one, arm))) {
      now.forEach((row, horizon) => {
        for (const what of ['enrolled', ...names] as const) {
          const [a, b] = [row[what], then[horizon]?.[what] ?? null];
          if (a !== null && b !== null && a !== b && Math.abs(a - b) < threshold)
            found.push({ reason: 'corrected', arm, horizons: [horizon], what });
        }
      });
    }
  }
  return found;
}

function enrolledTooClose(panel: Panel, enrolled: PanelMemory['enrolled'], threshold: number): Finding[] {
  return arms.flatMap((arm): Finding[] => {
    const now = armOf(panel, arm)[0]?.enrolled ?? null;
    const close = (then: number): boolean => now !== null && now !== then && Math.abs(now - then) < threshold;
    return enrolled[arm].some(close) ? [{ reason: 'few', arm, horizons: [], what: 'enrolled' }] : [];
  });
}

/** A panel that says nothing: for an outcome of which nothing may be shown yet. */
export function blankPanel(result: ResultRecord, outcome: string): Panel {
  const rows = result.results.filter((each) => each.outcome === outcome);
  const results = rows.map((row) => protectOutcome(row, new Map(), true));
  return { outcome, asAt: result.computedAt, completeThrough: null, results };
}

/** Whether the newer panel hides a risk that the older one shows. */
const losesRisk = (newer: Panel, older: Panel): boolean =>
  arms.some((arm) =>
    armOf(older, arm).some(
      (row, at) => !row.hidden.includes('risk') && (armOf(newer, arm)[at]?.hidden.includes('risk') ?? true),
    ),
  );

/**
 * Judges one outcome of a result against what its audience has seen of it.
 * @param primary the horizon (months) that is kept longest
 * @param keepRisks hold a panel rather than hide a risk that the newest seen panel shows
 * @param later panels of the same era that were worked out after this result: it must stand before them too
 */
export async function judgePanel(
  result: ResultRecord,
  outcome: string,
  memory: PanelMemory,
  policy: DisclosurePolicy,
  { primary, keepRisks, later = [] }: { primary: number; keepRisks: boolean; later?: readonly Panel[] },
): Promise<PanelVerdict> {
  const judge = new Judge(result, outcome, policy, primary);
  const plain = judge.panel(judge.choices());
  const last = memory.panels.at(-1);
  const seenAs = (panel: Panel): Panel | undefined =>
    [...(last ? [last] : []), ...later].find((one) => numbersOf(one) === numbersOf(panel));
  const same = seenAs(plain);
  if (same) return { decision: 'same', panel: same, corrected: false, findings: [] };

  const hold = async (findings: Finding[], corrected = false): Promise<PanelVerdict> => {
    const own = keepRisks ? last : (await judge.least([], nothingSeen.groups)).panel;
    const panel = own ?? blankPanel(result, outcome);
    return { decision: 'hold', panel, corrected, findings };
  };
  const show = (
    panel: Panel,
    corrected: boolean,
    findings: Finding[],
  ): PanelVerdict | Promise<PanelVerdict> => {
    const shown = seenAs(panel);
    if (shown) return { decision: 'same', panel: shown, corrected: false, findings: [] };
    const before = corrected ? [...memory.earlier, ...memory.panels, ...later] : memory.earlier;
    const close = bySubtraction(panel, before, policy.threshold);
    if (close.length > 0) return hold(close, corrected);
    const less = numbersOf(panel) !== numbersOf(plain);
    return { decision: less ? 'publish-less' : 'publish', panel, corrected, findings };
  };
  const close = enrolledTooClose(plain, memory.enrolled, policy.threshold);
  if (close.length > 0) return hold(close);
  const keep = keepRisks ? last : undefined;
  let corrected = false;
  let found: Least;
  try {
    found = await judge.least(memory.panels, memory.groups, keep, later);
  } catch (error) {
    if (!(error instanceof ContradictionError)) throw error;
    corrected = true;
    found = await judge.least([], nothingSeen.groups, keep);
  }
  const { panel, findings } = found;
  if (panel === null || (keep && losesRisk(panel, keep))) return hold(findings, corrected);
  return show(panel, corrected, findings);
}

/** Panels that are tied to the judged one exactly, on either side of it in time; to the others it is held by subtraction. */
const TIED_MOST = 4;

/** What stands for the same numbers said again is one panel. */
const withoutRepeats = (panels: readonly Panel[]): Panel[] =>
  panels.filter((panel, at) => at === 0 || numbersOf(panel) !== numbersOf(panels[at - 1] as Panel));

/**
 * Judges one outcome as it was known at an earlier moment, `result.computedAt`, against panels from before and after that
 * moment: null when it may not be shown. A reader who has been shown just these numbers may see them again.
 * @param seen every panel of the outcome that its readers have seen, in any order
 * @param enrolled every number of children enrolled that they have seen, by arm
 * @param groups waves and councils that they have seen
 */
export async function judgeEarlier(
  result: ResultRecord,
  outcome: string,
  { seen, enrolled, groups }: { seen: readonly Panel[] } & Pick<PanelMemory, 'enrolled' | 'groups'>,
  policy: DisclosurePolicy,
  primary: number,
): Promise<Panel | null> {
  const judge = new Judge(result, outcome, policy, primary);
  const plain = judge.panel(judge.choices());
  if (seen.some((one) => numbersOf(one) === numbersOf(plain))) return plain;
  if (enrolledTooClose(plain, enrolled, policy.threshold).length > 0) return null;
  const inTime = [...seen].sort((a, b) => (a.asAt < b.asAt ? -1 : 1));
  const before = withoutRepeats(inTime.filter(({ asAt }) => asAt <= result.computedAt));
  const after = withoutRepeats(inTime.filter(({ asAt }) => asAt > result.computedAt));
  // Where records were corrected between panels, no reader can tie all of them: the nearest may still be tied.
  const attempts = [
    ...[TIED_MOST, 1, 0].map((most) => ({ most, beside: groups })),
    { most: 0, beside: nothingSeen.groups },
  ];
  for (const { most, beside } of attempts) {
    const tied = { before: before.slice(Math.max(0, before.length - most)), after: after.slice(0, most) };
    try {
      const { panel } = await judge.least(tied.before, beside, undefined, tied.after);
      if (panel === null) return null;
      const { threshold } = policy;
      const others = inTime.filter((one) => !tied.before.includes(one) && !tied.after.includes(one));
      return bySubtraction(panel, others, threshold, lasting).length > 0 ? null : panel;
    } catch (error) {
      if (!(error instanceof ContradictionError) || beside === nothingSeen.groups) throw error;
    }
  }
  return null;
}
