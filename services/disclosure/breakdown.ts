// Groups of children (waves, or councils) beside everything their readers have seen: panels, and other tables of groups. Their
// counts are rounded, small ones hidden, never one alone, and further ones hidden while a reader could still narrow a hidden
// count to fewer values than the threshold. What was shown once stays as it was shown.
import { ContradictionError, type Statement } from './attack.ts';
import { type Exposure, exposedTogether } from './exposed.ts';
import type { ArmTable } from './protect.ts';
import { roundCount } from './rounding.ts';
import {
  atHorizon,
  type GroupCounts,
  type GroupTable,
  noGroups,
  type SeenGroup,
  type SeenGroups,
  type SeenModel,
} from './seen-groups.ts';

/** As it may be shown; `share` is that of the rounded counts. Null where it is hidden. */
export interface ShownGroup {
  group: string;
  matured: number | null;
  events: number | null;
  share: number | null;
}

/** What readers have seen of one arm and one outcome. */
export interface SeenOfArm {
  panels: readonly ArmTable[];
  /** When each panel was worked out, RFC 3339. */
  asAt: readonly string[];
  groups: SeenGroups;
}

export const nothingSeenOfArm: SeenOfArm = { panels: [], asAt: [], groups: noGroups };

const shareOf = (matured: number | null, events: number | null): number | null =>
  matured === null || events === null ? null : Math.min(1, events / matured);

type Measure = 'matured' | 'events';

interface Cell extends GroupCounts, SeenGroup {
  /** As it was shown earlier: it stays. */
  before: { matured: number | null; events: number | null };
}

const isTable = (one: Pick<GroupTable, 'by' | 'horizon'>, other: typeof one): boolean =>
  one.by === other.by && one.horizon === other.horizon;

class Groups {
  readonly #asked: GroupTable<GroupCounts>;
  readonly #seen: SeenOfArm;
  readonly #threshold: number;
  readonly #cells: Cell[];

  constructor(asked: GroupTable<GroupCounts>, seen: SeenOfArm, threshold: number) {
    this.#asked = asked;
    this.#seen = seen;
    this.#threshold = threshold;
    const earlier = seen.groups.tables.filter((one) => isTable(one, asked)).flatMap(({ groups }) => groups);
    this.#cells = asked.groups.map((counts): Cell => {
      const { matured, events, group } = counts;
      const before = earlier.find((one) => one.group === group)?.shown ?? { matured: null, events: null };
      const rule = { rule: 'nearest', to: threshold } as const;
      const rounded = (count: number, least: number) => (least < threshold ? null : roundCount(count, rule));
      const shown = {
        matured: before.matured ?? rounded(matured, matured),
        events: before.events ?? rounded(events, Math.min(events, matured - events)),
      };
      return { ...counts, before, shown };
    });
  }

  /** The smallest count that may be hidden still. */
  #next(what: Measure): Cell | undefined {
    return this.#cells
      .filter(({ shown, before }) => shown[what] !== null && before[what] === null)
      .sort((a, b) => a[what] - b[what])[0];
  }

  /** @returns whether there was one left */
  #hide(what: Measure): boolean {
    const next = this.#next(what);
    if (next) next.shown = { ...next.shown, [what]: null };
    return next !== undefined;
  }

  /** What is hidden alone is known to be small. */
  hideNoneAlone(): void {
    for (const what of ['matured', 'events'] as const)
      if (this.#cells.filter(({ shown }) => shown[what] === null).length === 1) this.#hide(what);
  }

  /** The exact totals of the groups: whoever does not know them yet may be shown them later. */
  #totals(model: SeenModel): Statement[] {
    const { horizon: by } = this.#asked;
    return [true, false].map((events) => {
      const leaves = this.#cells.flatMap(({ group }) => model.sumOf(this.#asked, group, { events, by }));
      const sum = this.#cells.reduce(
        (total, one) => total + (events ? one.events : one.matured - one.events),
        0,
      );
      return { leaves, low: sum, high: sum };
    });
  }

  /** What is exposed when the groups are shown as they are chosen now. */
  async #exposed(withTotals: boolean): Promise<Exposure[]> {
    const { panels, asAt, groups } = this.#seen;
    const others = groups.tables.filter((one) => !isTable(one, this.#asked));
    const tables = [...others, { ...this.#asked, groups: this.#cells }];
    const beside = { asAt, groups: { ...groups, tables } };
    return exposedTogether(panels, beside, this.#threshold, panels.length - 1, (model) =>
      withTotals ? this.#totals(model) : [],
    );
  }

  /** Hides more until nothing is exposed that was not before. @returns whether that came about */
  async settle(withTotals: boolean): Promise<boolean> {
    const { panels, asAt, groups } = this.#seen;
    const known = await exposedTogether(panels, { asAt, groups }, this.#threshold);
    const before = new Set(known.map((one) => JSON.stringify(one)));
    const isNew = (one: Exposure): boolean => !before.has(JSON.stringify(one));
    while ((await this.#exposed(withTotals)).some(isNew)) {
      if (!this.#hide('events') && !this.#hide('matured')) return false;
    }
    return true;
  }

  shown(): ShownGroup[] {
    return this.#cells.map(({ group, shown: { matured, events } }) => ({
      ...{ group, matured, events },
      share: shareOf(matured, events),
    }));
  }
}

/** Everything of one horizon alone. */
const seenAt = ({ panels, asAt, groups }: SeenOfArm, horizon: number): SeenOfArm => ({
  panels: panels.map((rows) => rows.slice(horizon, horizon + 1)),
  asAt,
  groups: atHorizon(groups, horizon),
});

interface Asked {
  asked: GroupTable<GroupCounts>;
  seen: SeenOfArm;
}

async function settled(
  { asked, seen }: Asked,
  threshold: number,
  withTotals: boolean,
): Promise<ShownGroup[] | null | 'contradiction'> {
  const groups = new Groups(asked, seen, threshold);
  groups.hideNoneAlone();
  try {
    return (await groups.settle(withTotals)) ? groups.shown() : null;
  } catch (error) {
    if (!(error instanceof ContradictionError)) throw error;
    return 'contradiction';
  }
}

/**
 * What may be shown of the groups of one arm, outcome and horizon; null when nothing may.
 * @param seen everything readers have been shown of the arm and the outcome, earlier states of this table among it
 * @param linked whether an event by one horizon is one by every later horizon, so that horizons bound each other
 */
export async function protectBreakdown(
  asked: GroupTable<GroupCounts>,
  seen: SeenOfArm,
  threshold: number,
  linked = true,
): Promise<ShownGroup[] | null> {
  const alone = { asked: { ...asked, horizon: 0 }, seen: seenAt(seen, asked.horizon) };
  // Records that were corrected, or clocks of their own, make numbers contradict each other; what does so bounds nothing.
  for (const one of linked ? [{ asked, seen }, alone] : [alone]) {
    // With the totals first, so that these need not wait later; without them the panel that brings them is judged with the groups.
    const withTotals = await settled(one, threshold, true);
    if (withTotals !== null && withTotals !== 'contradiction') return withTotals;
    const without = await settled(one, threshold, false);
    if (without !== 'contradiction') return without;
  }
  return null;
}
