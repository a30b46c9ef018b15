// Outcomes by group, from frozen milestones alone: a wave once it is frozen, councils once every wave is, so that no figure of
// a group ever moves. Judged with the totals and the groups that readers of results were shown before, and remembered.
import { z } from 'zod';
import { writeInName } from '../access/reader.ts';
import { type KnownTotal, protectBreakdown, type ShownGroup } from '../disclosure/breakdown.ts';
import type { Evaluation } from '../evaluations/evaluation.ts';
import { stateNumber } from '../outcomes/set-engine.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { lockMemory, recall } from './memory.ts';

export const Grouping = z.enum(['wave', 'council']);
export type Grouping = z.infer<typeof Grouping>;

/** One table: an outcome at a horizon (months), by wave or by council. */
export interface GroupsAsked {
  outcome: string;
  horizon: number;
  by: Grouping;
}

export interface ShownGroups extends GroupsAsked {
  /** By group and arm. The group is the first day of a wave, or a council's ONS code. Empty when none may be shown. */
  groups: { group: string; trial: ShownGroup | null; comparison: ShownGroup | null }[];
  /** Groups whose figures are final, and all there are. */
  final: number;
  all: number;
  /** Why nothing is shown though some groups are final. */
  withheld: 'total-hidden' | 'narrow' | null;
}

const arms = [
  ['trial', 1],
  ['comparison', 0],
] as const;

interface Row {
  arm: number;
  group: string;
  wave: string;
  matured: number;
  events: number;
}

/** Counts of every frozen wave by the group asked for. */
async function frozenCounts(
  tx: Transaction,
  { id, protocol }: Evaluation,
  asked: GroupsAsked,
): Promise<Row[]> {
  const outcome = protocol.outcomes.findIndex((one) => one.id === asked.outcome);
  const group = asked.by === 'wave' ? tx`f.wave::text` : tx`c.code`;
  return tx<Row[]>`
    select p.arm, ${group} as group, f.wave::text,
      count(*) filter (where f.state <> ${stateNumber['not-at-risk']})::integer as matured,
      count(*) filter (where f.state = ${stateNumber.event})::integer as events
    from waymark.frozen_outcome f join waymark.participant p using (participant_key)
    ${asked.by === 'wave' ? tx`` : tx`join waymark.council c using (council_id)`}
    where f.evaluation_id = ${id} and f.outcome = ${outcome} and f.horizon = ${asked.horizon}
    group by 1, 2, 3`;
}

async function frozenWaves(tx: Transaction, { id }: Evaluation, horizon: number) {
  const frozen = await tx<{ wave: string; at: Date }[]>`
    select wave::text, frozen_at as at from waymark.milestone where evaluation_id = ${id} and horizon = ${horizon}`;
  const [row] = await tx<{ waves: number; councils: number }[]>`
    select (select count(distinct wave)::integer from waymark.participant where evaluation_id = ${id}) as waves,
      (select count(*)::integer from waymark.evaluation_council where evaluation_id = ${id}) as councils`;
  return { frozen, waves: row?.waves ?? 0, councils: row?.councils ?? 0 };
}

async function shownBefore(tx: Transaction, { id }: Evaluation, asked: GroupsAsked) {
  return tx<(Omit<ShownGroup, 'share'> & { arm: string })[]>`
    select group_name as group, arm, max(shown) filter (where measure = 'matured') as matured,
      max(shown) filter (where measure = 'events') as events
    from waymark.shown_group
    where evaluation_id = ${id} and outcome = ${asked.outcome} and horizon = ${asked.horizon} and grouping = ${asked.by}
    group by group_name, arm`;
}

/** Adds up rows of one arm that share a key. */
function summed(rows: readonly Row[], key: 'group' | 'wave') {
  const sums = new Map<string, { matured: number; events: number }>();
  for (const row of rows) {
    const sum = sums.get(row[key]) ?? { matured: 0, events: 0 };
    sums.set(row[key], { matured: sum.matured + row.matured, events: sum.events + row.events });
  }
  return sums;
}

/** The panels an audience knows, as totals of the groups whose waves were frozen when each was worked out. */
async function knownTotals(
  tx: Transaction,
  { id }: Evaluation,
  { outcome, horizon, by }: GroupsAsked,
  frozen: readonly { wave: string; at: Date }[],
  rows: readonly Row[],
): Promise<Record<'trial' | 'comparison', { totals: KnownTotal[]; hidden: boolean }>> {
  const { panels } = (await recall(tx, id, 'researchers'))(outcome);
  const of = (arm: 'trial' | 'comparison', number: number) => {
    const own = rows.filter((row) => row.arm === number);
    const waves = summed(own, 'wave');
    let hidden = panels.length === 0;
    const totals = panels.flatMap(({ asAt, results }): KnownTotal[] => {
      const counts = results.find((one) => one.horizon === horizon)?.arms.find((one) => one.arm === arm);
      hidden = counts?.matured == null || counts.events === null;
      if (counts?.matured == null || counts.events === null) return [];
      const { matured, events } = counts;
      const then = frozen.filter(({ at }) => at.toISOString() <= asAt).map(({ wave }) => wave);
      const inside = then.reduce((sum, wave) => sum + (waves.get(wave)?.matured ?? 0), 0);
      const more = inside !== matured;
      if (by === 'wave') return [{ matured, events, groups: then, more }];
      return then.length === frozen.length
        ? [{ matured, events, groups: own.map(({ group }) => group), more }]
        : [];
    });
    return { totals, hidden };
  };
  return { trial: of('trial', 1), comparison: of('comparison', 0) };
}

/** Judges, remembers and answers one table of groups. */
export async function showGroups(
  db: Database,
  evaluation: Evaluation,
  asked: GroupsAsked,
): Promise<ShownGroups> {
  const { threshold } = evaluation.protocol.disclosure;
  return writeInName(db, async (tx) => {
    await lockMemory(tx, evaluation.id);
    const { frozen, waves, councils } = await frozenWaves(tx, evaluation, asked.horizon);
    const settled = frozen.length === waves && waves > 0;
    const [all, final] = asked.by === 'wave' ? [waves, frozen.length] : [councils, settled ? councils : 0];
    const nothing = { ...asked, groups: [], final, all };
    if (final === 0) return { ...nothing, withheld: null };
    const rows = await frozenCounts(tx, evaluation, asked);
    const known = await knownTotals(tx, evaluation, asked, frozen, rows);
    if (known.trial.hidden || known.comparison.hidden) return { ...nothing, withheld: 'total-hidden' };
    const before = await shownBefore(tx, evaluation, asked);
    const shown = new Map<string, { trial: ShownGroup | null; comparison: ShownGroup | null }>();
    for (const [arm, number] of arms) {
      const counts = [
        ...summed(
          rows.filter((row) => row.arm === number),
          'group',
        ),
      ].map(([group, sum]) => ({ group, ...sum }));
      const earlier = before.filter((one) => one.arm === arm).map((one) => ({ ...one, share: null }));
      const own = await protectBreakdown(counts, known[arm].totals, earlier, threshold);
      if (own === null) return { ...nothing, withheld: 'narrow' };
      for (const one of own)
        shown.set(one.group, { trial: null, comparison: null, ...shown.get(one.group), [arm]: one });
    }
    await rememberGroups(tx, evaluation, asked, shown);
    const groups = [...shown].map(([group, both]) => ({ group, ...both }));
    return { ...nothing, groups: groups.sort((a, b) => a.group.localeCompare(b.group)), withheld: null };
  });
}

/** What was hidden before and is shown now is added; what was shown stays. */
async function rememberGroups(
  tx: Transaction,
  { id }: Evaluation,
  { outcome, horizon, by }: GroupsAsked,
  shown: ReadonlyMap<string, { trial: ShownGroup | null; comparison: ShownGroup | null }>,
): Promise<void> {
  const rows = [...shown].flatMap(([group, both]) =>
    arms.flatMap(([arm]) =>
      (['matured', 'events'] as const).flatMap((measure) => {
        const value = both[arm]?.[measure] ?? null;
        return value === null ? [] : [{ group, arm, measure, value }];
      }),
    ),
  );
  await tx`
    insert into waymark.shown_group (evaluation_id, outcome, horizon, grouping, group_name, arm, measure, shown)
    select ${id}, ${outcome}, ${horizon}, ${by}, * from unnest(${rows.map((row) => row.group)}::text[],
      ${rows.map((row) => row.arm as string)}::text[], ${rows.map((row) => row.measure as string)}::text[],
      ${rows.map((row) => row.value)}::integer[])
    on conflict do nothing`;
}
