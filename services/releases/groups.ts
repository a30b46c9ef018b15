// Outcomes by group, from frozen milestones alone: a wave once it is frozen, other groups once every wave is, so that no
// figure of a group ever moves. Judged with the totals and the groups that readers of results were shown before, and remembered.
import { writeInName } from '../access/reader.ts';
import { protectBreakdown, type SeenOfArm, type ShownGroup } from '../disclosure/breakdown.ts';
import { areLinked } from '../disclosure/panel.ts';
import type { Evaluation } from '../evaluations/evaluation.ts';
import { stateNumber } from '../outcomes/set-engine.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { ageBands, type Grouping, NOT_KNOWN, needs } from './groupings.ts';
import { lockMemory, type RememberedPanels, recall } from './memory.ts';
import { arms, wavesOf } from './seen-groups.ts';

/** One table: an outcome at a horizon (months), by one grouping. */
export interface GroupsAsked {
  outcome: string;
  horizon: number;
  by: Grouping;
}

export interface ShownGroups extends GroupsAsked {
  /** By group and arm. The group is the first day of a wave, a council's ONS code, an age band or a code of need. Empty when none may be shown. */
  groups: { group: string; trial: ShownGroup | null; comparison: ShownGroup | null }[];
  /** Groups whose figures are final, and all there are. */
  final: number;
  all: number;
  /** Why nothing is shown though some groups are final. */
  withheld: 'total-hidden' | 'narrow' | null;
}

interface Row {
  arm: number;
  group: string;
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
  const group = {
    wave: tx`f.wave::text`,
    council: tx`c.code`,
    age: tx`coalesce(g.age_band, ${NOT_KNOWN})`,
    need: tx`coalesce(g.need, ${NOT_KNOWN})`,
  }[asked.by];
  return tx<Row[]>`
    select p.arm, ${group} as group,
      count(*) filter (where f.state <> ${stateNumber['not-at-risk']})::integer as matured,
      count(*) filter (where f.state = ${stateNumber.event})::integer as events
    from waymark.frozen_outcome f join waymark.participant p using (participant_key)
    join waymark.council c using (council_id) left join waymark.frozen_group g using (participant_key)
    where f.evaluation_id = ${id} and f.outcome = ${outcome} and f.horizon = ${asked.horizon}
    group by 1, 2 order by 2`;
}

async function frozenWaves(tx: Transaction, { id }: Evaluation, horizon: number) {
  const frozen = await tx<{ wave: string }[]>`
    select wave::text from waymark.milestone where evaluation_id = ${id} and horizon = ${horizon} order by wave`;
  const [row] = await tx<{ waves: number; councils: number }[]>`
    select (select count(distinct wave)::integer from waymark.participant where evaluation_id = ${id}) as waves,
      (select count(*)::integer from waymark.evaluation_council where evaluation_id = ${id}) as councils`;
  return { frozen: frozen.map(({ wave }) => wave), waves: row?.waves ?? 0, councils: row?.councils ?? 0 };
}

/** Whether a wave became final since the groups were first shown. */
async function haveGrown(
  tx: Transaction,
  { id }: Evaluation,
  { outcome, horizon, by }: GroupsAsked,
): Promise<boolean> {
  const [row] = await tx<{ grown: boolean }[]>`
    select exists (select from waymark.milestone m where m.evaluation_id = ${id} and m.horizon = ${horizon}
      and m.frozen_at > (select min(g.shown_at) from waymark.shown_group g where g.evaluation_id = ${id}
        and g.outcome = ${outcome} and g.horizon = ${horizon} and g.grouping = ${by})) as grown`;
  return row?.grown ?? false;
}

async function shownBefore(tx: Transaction, { id }: Evaluation, asked: GroupsAsked) {
  return tx<(Omit<ShownGroup, 'share'> & { arm: 'trial' | 'comparison' })[]>`
    select group_name as group, arm, max(shown) filter (where measure = 'matured') as matured,
      max(shown) filter (where measure = 'events') as events
    from waymark.shown_group
    where evaluation_id = ${id} and outcome = ${asked.outcome} and horizon = ${asked.horizon} and grouping = ${asked.by}
    group by group_name, arm`;
}

type ByArm<Of> = Record<'trial' | 'comparison', Of>;

/** Whether both arms' newest numbers of all children are shown. */
function areTotalsShown({ panels }: RememberedPanels, horizon: number): boolean {
  const rows = panels.at(-1)?.results.find((one) => one.horizon === horizon)?.arms ?? [];
  return (
    rows.length === arms.length && rows.every(({ matured, events }) => matured !== null && events !== null)
  );
}

/** What readers have seen of the outcome, as the gate of groups takes it. */
async function seenByArm(
  tx: Transaction,
  { id, protocol }: Evaluation,
  { outcome }: GroupsAsked,
  { panels, groups }: RememberedPanels,
): Promise<ByArm<SeenOfArm>> {
  const horizons = [...protocol.horizons].sort((a, b) => a - b);
  const number = protocol.outcomes.findIndex((one) => one.id === outcome);
  const waves = await wavesOf(tx, id, number, horizons);
  const of = (arm: 'trial' | 'comparison'): SeenOfArm => ({
    panels: panels.map(({ results }) =>
      results.flatMap((each) => each.arms.filter((one) => one.arm === arm)),
    ),
    asAt: panels.map(({ asAt }) => asAt),
    groups: { waves: waves[arm], tables: groups[arm].tables },
  });
  return { trial: of('trial'), comparison: of('comparison') };
}

type Rows = Map<string, ByArm<ShownGroup | null>>;

/** What may be shown of the groups; null when nothing may. */
async function judgeGroups(
  evaluation: Evaluation,
  asked: GroupsAsked,
  waves: readonly string[],
  rows: readonly Row[],
  seen: ByArm<SeenOfArm>,
): Promise<Rows | null> {
  const { disclosure, horizons, outcomes } = evaluation.protocol;
  const { measure } = outcomes.find(({ id }) => id === asked.outcome) ?? {};
  const horizon = [...horizons].sort((a, b) => a - b).indexOf(asked.horizon);
  const shown: Rows = new Map();
  for (const [arm, number] of arms) {
    const groups = rows.filter((row) => row.arm === number);
    const table = { by: asked.by, horizon, waves, groups };
    const own = await protectBreakdown(table, seen[arm], disclosure.threshold, areLinked(measure));
    if (own === null) return null;
    for (const one of own)
      shown.set(one.group, { trial: null, comparison: null, ...shown.get(one.group), [arm]: one });
  }
  return shown;
}

/** Groups as they were shown: children who came later are not in those numbers, and would be known from newer ones. */
async function asBefore(tx: Transaction, evaluation: Evaluation, asked: GroupsAsked): Promise<Rows> {
  const shown: Rows = new Map();
  for (const { arm, group, matured, events } of await shownBefore(tx, evaluation, asked)) {
    const share = matured === null || events === null ? null : Math.min(1, events / matured);
    const one = { group, matured, events, share };
    shown.set(group, { trial: null, comparison: null, ...shown.get(group), [arm]: one });
  }
  return shown;
}

/** Judges, remembers and answers one table of groups. */
export async function showGroups(
  db: Database,
  evaluation: Evaluation,
  asked: GroupsAsked,
): Promise<ShownGroups> {
  return writeInName(db, async (tx) => {
    await lockMemory(tx, evaluation.id);
    const { frozen, waves, councils } = await frozenWaves(tx, evaluation, asked.horizon);
    const settled = frozen.length === waves && waves > 0;
    const all = { wave: waves, council: councils, age: ageBands.length, need: needs.length }[asked.by];
    const final = asked.by === 'wave' ? frozen.length : settled ? all : 0;
    const nothing = { ...asked, groups: [], final, all };
    const answer = (rows: Rows): ShownGroups => {
      const groups = [...rows].map(([group, both]) => ({ group, ...both }));
      return { ...nothing, groups: groups.sort((a, b) => a.group.localeCompare(b.group)), withheld: null };
    };
    if (final === 0) return { ...nothing, withheld: null };
    const remembered = (await recall(tx, evaluation.id, 'researchers'))(asked.outcome);
    if (!areTotalsShown(remembered, asked.horizon)) return { ...nothing, withheld: 'total-hidden' };
    if (asked.by !== 'wave' && (await haveGrown(tx, evaluation, asked)))
      return answer(await asBefore(tx, evaluation, asked));
    const rows = await frozenCounts(tx, evaluation, asked);
    const seen = await seenByArm(tx, evaluation, asked, remembered);
    const shown = await judgeGroups(evaluation, asked, frozen, rows, seen);
    if (shown === null) return { ...nothing, withheld: 'narrow' };
    await rememberGroups(tx, evaluation, asked, shown);
    return answer(shown);
  });
}

/** What was hidden before and is shown now is added; what was shown stays. */
async function rememberGroups(
  tx: Transaction,
  { id }: Evaluation,
  { outcome, horizon, by }: GroupsAsked,
  shown: Rows,
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
