// Analyses that readers were shown before, and what a new one would let them work out beside those: groups of children by the
// exact attack (services/disclosure/memory.ts), other numbers by subtraction.
import type { DisclosurePolicy } from '../../../schemas/disclosure.ts';
import type { ReleaseFinding } from '../../../schemas/release.ts';
import type { ShownOutcome, ShownRecord } from '../../analysis/report/shown.ts';
import type { ShownSubgroup } from '../../analysis/report/shown-groups.ts';
import { ContradictionError } from '../../disclosure/attack.ts';
import { treeDimension } from '../../disclosure/frequency-table.ts';
import { type AskedCell, review, type SeenCell } from '../../disclosure/memory.ts';
import { Population, type Region } from '../../disclosure/regions.ts';
import type { Queryable } from '../../platform/database.ts';

/** A published analysis: what was known by when, and what of it was shown. */
export interface EarlierEffects {
  release: number;
  /** RFC 3339. */
  cut: string;
  effects: ShownRecord;
}

/** Those of an evaluation that were published, whoever may read them, before a release was; the oldest first. */
export async function earlierEffects(
  db: Queryable,
  evaluationId: number,
  release: number,
): Promise<EarlierEffects[]> {
  const rows = await db<{ release: number; cut: Date; effects: ShownRecord | null }[]>`
    select r.release_id as release, a.cut, (p.detail ->> 'body')::jsonb -> 'effects' as effects
    from waymark.release r join waymark.analysis a using (analysis_id)
    join waymark.release_step p on p.release_id = r.release_id and p.step = 'published'
    where r.evaluation_id = ${evaluationId} and r.release_id <> ${release} and p.at < coalesce(
      (select o.at from waymark.release_step o where o.release_id = ${release} and o.step = 'published'), 'infinity')
    order by p.at`;
  return rows.flatMap(({ cut, effects, ...row }) =>
    effects === null ? [] : [{ ...row, cut: cut.toISOString(), effects }],
  );
}

/** The release that published an analysis of an evaluation last; 0 for none. */
export async function newestEffects(db: Queryable, evaluationId: number): Promise<number> {
  const [row] = await db<{ release: number | null }[]>`
    select r.release_id as release from waymark.release r
    join waymark.release_step p on p.release_id = r.release_id and p.step = 'published'
    where r.evaluation_id = ${evaluationId} and r.analysis_id is not null order by p.at desc, r.release_id desc limit 1`;
  return row?.release ?? 0;
}

const TOTAL = 'Total';
const KNOWN = 'known';

/** A table of groups by arm and event as it was, or is to be, shown. */
interface GroupTable {
  /** RFC 3339. */
  cut: string;
  cells: { region: Region; shown: number | null }[];
}

/** The levels' cells, and those of everybody, who may be in no group. */
function tableOf(cut: string, { levels }: ShownSubgroup, { sets }: ShownOutcome): GroupTable {
  const of = (
    place: Region,
    { arm, n, events }: { arm: string; n: number | null; events: number | null },
  ) => [
    { region: { ...place, arm }, shown: n },
    { region: { ...place, arm, event: 'event' }, shown: events },
  ];
  return {
    cut,
    cells: [
      ...sets.flatMap(({ arm, matured, events }) => of({}, { arm, n: matured, events })),
      ...levels.flatMap(({ level, arms }) => arms.flatMap((one) => of({ level }, one))),
    ],
  };
}

const contentOf = ({ cells }: GroupTable): string => JSON.stringify(cells);
const saysNothing = ({ cells }: GroupTable): boolean => cells.every(({ shown }) => shown === null);
const byCut = (a: GroupTable, b: GroupTable): number => (a.cut < b.cut ? -1 : Number(a.cut > b.cut));

/** What was known by each cut holds what was known by the one before it. */
function timesOf(count: number) {
  const nameAt = (at: number): string => (at === count - 1 ? TOTAL : `by cut ${at}`);
  const since = Array.from({ length: count - 1 }, (_, at) => `since cut ${at}`);
  const parents = new Map(since.map((name, at) => [name, nameAt(at + 1)]));
  for (let at = 0; at < count - 1; at++) parents.set(nameAt(at), nameAt(at + 1));
  const leaves = count === 1 ? [] : [nameAt(0), ...since];
  return { nameAt, dimension: treeDimension(KNOWN, leaves, parents, TOTAL) };
}

const levelsOf = (tables: readonly GroupTable[]): string[] => [
  ...new Set(tables.flatMap(({ cells }) => cells.flatMap(({ region }) => region.level ?? []))),
];

/** @returns why the table may not stand beside the earlier ones; null when it may */
async function besides(
  asked: GroupTable,
  earlier: readonly GroupTable[],
  policy: DisclosurePolicy,
): Promise<ReleaseFinding['reason'] | null> {
  const others = earlier.filter((one) => !saysNothing(one));
  if (saysNothing(asked) || others.some((one) => contentOf(one) === contentOf(asked))) return null;
  const distinct = [...new Map(others.map((one) => [contentOf(one), one])).values()];
  if (distinct.length === 0) return null;
  const tables = [...distinct, asked].sort(byCut);
  const { nameAt, dimension } = timesOf(tables.length);
  const population = new Population([
    treeDimension('level', [...levelsOf(tables), 'in no group'], new Map(), TOTAL),
    treeDimension('arm', ['trial', 'comparison'], new Map(), TOTAL),
    treeDimension('event', ['event', 'none'], new Map(), TOTAL),
    dimension,
  ]);
  const at = (table: GroupTable, region: Region): Region => ({
    ...region,
    [KNOWN]: nameAt(tables.indexOf(table)),
  });
  const seen = distinct.flatMap((table) =>
    table.cells.map(({ region, shown }): SeenCell => ({ region: at(table, region), shown })),
  );
  // A cell that its own table hides is one that must stay hidden, whatever its count.
  const asking = asked.cells.map(
    ({ region, shown }): AskedCell => ({
      region: at(asked, region),
      count: shown ?? 1,
      hidden: shown === null,
    }),
  );
  try {
    const { decision, withheld } = await review(population, seen, asking, policy);
    if (decision === 'publish') return null;
    return withheld.some(({ reason }) => reason === 'differencing') ? 'few' : 'narrowed';
  } catch (error) {
    if (error instanceof ContradictionError) return 'corrected';
    throw error;
  }
}

async function subgroupFindings(
  { cut, effects }: Pick<EarlierEffects, 'cut' | 'effects'>,
  earlier: readonly EarlierEffects[],
  policy: DisclosurePolicy,
): Promise<ReleaseFinding[]> {
  const found: ReleaseFinding[] = [];
  for (const result of effects.results)
    for (const subgroup of result.subgroups) {
      const before = earlier.flatMap((one) =>
        one.effects.results
          .filter(({ outcome, horizon }) => outcome === result.outcome && horizon === result.horizon)
          .flatMap((other) =>
            other.subgroups.filter(({ by }) => by === subgroup.by).map((own) => tableOf(one.cut, own, other)),
          ),
      );
      const reason = await besides(tableOf(cut, subgroup, result), before, policy);
      const { outcome, horizon } = result;
      if (reason) found.push({ outcome, arm: null, horizons: [horizon], what: `by ${subgroup.by}`, reason });
    }
  return found;
}

/** Numbers that no other table has: of those looked at, of units and of clusters. */
function ownNumbers({ flow, results }: ShownRecord): Map<string, number | null> {
  return new Map<string, number | null>([
    ['screened', flow.screened],
    ...flow.excluded.map(({ reason, count }) => [`excluded: ${reason}`, count] as const),
    ...flow.allocated.map(({ arm, units }) => [`units: ${arm}`, units] as const),
    ...results.flatMap(({ outcome, horizon, sets }) =>
      sets.map(({ arm, clusters }) => [`clusters: ${outcome} ${horizon} ${arm}`, clusters] as const),
    ),
  ]);
}

function flowFindings(
  effects: ShownRecord,
  earlier: readonly EarlierEffects[],
  threshold: number,
): ReleaseFinding[] {
  const own = ownNumbers(effects);
  const close = new Set<string>();
  for (const before of earlier)
    for (const [what, then] of ownNumbers(before.effects)) {
      const now = own.get(what) ?? null;
      if (now === null || then === null || now === then) continue;
      if (Math.abs(now - then) < threshold) close.add(what.split(':')[0] ?? what);
    }
  return [...close].map((what) => ({ outcome: null, arm: null, horizons: [], what, reason: 'few' }));
}

/** What an analysis would tell beside those that were published before. */
export async function findingsBeside(
  asked: Pick<EarlierEffects, 'cut' | 'effects'>,
  earlier: readonly EarlierEffects[],
  threshold: number,
): Promise<ReleaseFinding[]> {
  if (threshold <= 1 || earlier.length === 0) return [];
  const policy: DisclosurePolicy = {
    ...{ id: 'of-the-protocol', title: 'The protocol’s threshold', source: 'The protocol' },
    ...{ threshold, zeros: 'shown', complementary: true, rounding: null },
  };
  return [
    ...(await subgroupFindings(asked, earlier, policy)),
    ...flowFindings(asked.effects, earlier, threshold),
  ];
}
