// Subgroups and councils as they may be shown: tables of group by arm by event whose margins stand in the outcome's own row.
import type { CouncilResult, OutcomeAnalysis, Pooled, SubgroupResult } from '../../../schemas/analysis.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import { type Leaf, type Shown, type ShownTable, shownTable, TOTAL } from './tables-shown.ts';

const arms = ['trial', 'comparison'] as const;
type ArmEvents = CouncilResult['arms'][number];

export interface ShownArmEvents {
  arm: Arm;
  n: Shown;
  events: Shown;
}

export type ShownSubgroup = Omit<SubgroupResult, 'levels'> & {
  levels: {
    level: string;
    arms: ShownArmEvents[];
    effect: { estimate: Shown; lower: Shown; upper: Shown } | null;
  }[];
};

export interface ShownCouncil {
  council: string;
  arms: ShownArmEvents[];
}

const REST = 'in no group';

interface Group {
  name: string;
  arms: readonly ArmEvents[];
}

/** The table of some groups and, so that it has the outcome's margins, of everybody who is in none of them. */
function tableOf(groups: readonly Group[], { sets }: OutcomeAnalysis, threshold: number): ShownTable {
  const of = (group: Group, arm: Arm) => group.arms.find((one) => one.arm === arm) ?? { n: 0, events: 0 };
  const sum = (arm: Arm, what: 'n' | 'events') =>
    groups.reduce((total, group) => total + of(group, arm)[what], 0);
  const rest: Group = {
    name: REST,
    arms: sets.map((set) => ({
      arm: set.arm,
      n: set.matured - sum(set.arm, 'n'),
      events: (set.events ?? 0) - sum(set.arm, 'events'),
    })),
  };
  const leaves = [...groups, rest].flatMap((group): Leaf[] =>
    arms.flatMap((arm) => {
      const { n, events } = of(group, arm);
      return [
        { at: [group.name, arm, 'event'], count: events },
        { at: [group.name, arm, 'none'], count: n - events },
      ];
    }),
  );
  return shownTable(
    ['group', 'arm', 'event'],
    leaves,
    threshold,
    arms.flatMap((arm) => ['event', 'none', TOTAL].map((event) => [TOTAL, arm, event])),
  );
}

const shownArms = (table: ShownTable, name: string): ShownArmEvents[] =>
  arms.map((arm) => ({ arm, n: table(name, arm, TOTAL), events: table(name, arm, 'event') }));

/** All four cells of event by arm: what an unadjusted effect is made of. */
const isOpen = (table: ShownTable, name: string): boolean =>
  arms.every((arm) => table(name, arm, 'event') !== null && table(name, arm, 'none') !== null);

export const shownSubgroups = (result: OutcomeAnalysis, threshold: number): ShownSubgroup[] =>
  result.subgroups.map(({ levels, ...rest }) => {
    const groups = levels.map((level) => ({ name: level.level, arms: level.arms }));
    const table = tableOf(groups, result, threshold);
    return {
      ...rest,
      levels: levels.map(({ level, effect }) => ({
        level,
        arms: shownArms(table, level),
        effect:
          effect && isOpen(table, level)
            ? { estimate: effect.estimate, lower: effect.lower, upper: effect.upper }
            : null,
      })),
      warnings: rest.warnings.filter((text) => !/\d/.test(text)),
    };
  });

/** Councils all of whose numbers may be shown keep them; the others keep their names. */
export function shownCouncils(result: OutcomeAnalysis, threshold: number): ShownCouncil[] {
  const groups = result.councils.map(({ council, arms: own }) => ({ name: council, arms: own }));
  const table = tableOf(groups, result, threshold);
  return result.councils.map(({ council, arms: own }) => ({
    council,
    arms: shownArms(table, council).filter(({ arm }) => own.some((one) => one.arm === arm)),
  }));
}

/** Councils' own effects, of those all of whose numbers are shown: an effect tells of the counts that it is made of. */
export function shownPooled(pooled: Pooled | null, councils: readonly ShownCouncil[]): Pooled | null {
  if (!pooled) return null;
  const open = new Set(
    councils.flatMap(({ council, arms: own }) =>
      own.length === arms.length && own.every(({ n, events }) => n !== null && events !== null)
        ? [council]
        : [],
    ),
  );
  return { ...pooled, councils: pooled.councils.filter(({ council }) => open.has(council)) };
}
