// What readers of results were shown of waves, councils, ages and needs, for whoever judges what may be shown next.
import type { GroupsByArm } from '../disclosure/panel.ts';
import { type GroupTable, noGroups, type SeenGroup, type WaveFigures } from '../disclosure/seen-groups.ts';
import { stateNumber } from '../outcomes/set-engine.ts';
import type { Queryable } from '../platform/database.ts';
import { type Grouping, NOT_KNOWN } from './groupings.ts';

export const arms = [
  ['trial', 1],
  ['comparison', 0],
] as const;

/** Horizons in months, shortest first, the number of each outcome in the protocol, and the groups that have participants. */
interface Followed {
  horizons: readonly number[];
  numberOf: (outcome: string) => number;
  groups: Readonly<Record<Exclude<Grouping, 'wave'>, readonly string[]>>;
}

interface Shown {
  outcome: string;
  horizon: number;
  by: Grouping;
  group: string;
  arm: 'trial' | 'comparison';
  measure: 'matured' | 'events';
  shown: number;
  at: Date;
}

interface Milestone {
  wave: string;
  horizon: number;
  at: Date;
}

/** @returns what was shown of each outcome by arm, and the number of the newest shown count of the evaluation (0: none) */
export interface RememberedGroups {
  of: (outcome: string) => GroupsByArm;
  newest: number;
}

const nothing: GroupsByArm = { trial: noGroups, comparison: noGroups };

async function followed(db: Queryable, evaluationId: number): Promise<Followed> {
  const [row] = await db<
    { horizons: number[]; outcomes: string[]; council: string[]; age: string[]; need: string[] }[]
  >`
    select array(select h::integer from jsonb_array_elements_text(protocol -> 'horizons') as h order by 1) as horizons,
      array(select o ->> 'id' from jsonb_array_elements(protocol -> 'outcomes') with ordinality as all_of(o, n) order by n)
        as outcomes,
      array(select distinct c.code from waymark.participant p join waymark.council c using (council_id)
        where p.evaluation_id = e.evaluation_id order by 1) as council,
      array(select distinct coalesce(g.age_band, ${NOT_KNOWN}) from waymark.participant p
        left join waymark.frozen_group g using (participant_key) where p.evaluation_id = e.evaluation_id order by 1) as age,
      array(select distinct coalesce(g.need, ${NOT_KNOWN}) from waymark.participant p
        left join waymark.frozen_group g using (participant_key) where p.evaluation_id = e.evaluation_id order by 1) as need
    from waymark.evaluation e where evaluation_id = ${evaluationId}`;
  const { horizons = [], outcomes = [], council = [], age = [], need = [] } = row ?? {};
  return { horizons, groups: { council, age, need }, numberOf: (outcome) => outcomes.indexOf(outcome) };
}

/** Every wave: its first day, since when its figures at each horizon are final, and how many children of an arm are at risk. */
export async function wavesOf(
  db: Queryable,
  evaluationId: number,
  outcome: number,
  horizons: readonly number[],
): Promise<Record<'trial' | 'comparison', WaveFigures[]>> {
  const waves = await db<{ wave: string }[]>`
    select distinct wave::text from waymark.participant where evaluation_id = ${evaluationId}
    union select wave::text from waymark.milestone where evaluation_id = ${evaluationId} order by 1`;
  const final = await db<Milestone[]>`
    select wave::text, horizon, frozen_at as at from waymark.milestone where evaluation_id = ${evaluationId}`;
  const matured = await db<{ wave: string; arm: number; matured: number }[]>`
    select distinct on (wave, arm) wave::text, arm,
      count(*) filter (where state <> ${stateNumber['not-at-risk']})::integer as matured
    from waymark.frozen_outcome where evaluation_id = ${evaluationId} and outcome = ${outcome}
    group by wave, arm, horizon order by wave, arm, horizon`;
  const of = (number: number): WaveFigures[] =>
    waves.map(({ wave }) => ({
      ...{ wave, from: wave },
      finalAt: horizons.map((horizon) => {
        const since = final.find((one) => one.wave === wave && one.horizon === horizon)?.at;
        return since?.toISOString() ?? null;
      }),
      matured: matured.find((one) => one.wave === wave && one.arm === number)?.matured ?? 0,
    }));
  return { trial: of(1), comparison: of(0) };
}

/** The tables of one arm as they were shown, each of the waves that were final when it was shown last. */
function tablesOf(
  rows: readonly Shown[],
  arm: 'trial' | 'comparison',
  waves: readonly WaveFigures[],
  { horizons, groups: named }: Followed,
): GroupTable[] {
  const keys = new Set(rows.map(({ by, horizon }) => `${by} ${horizon}`));
  return [...keys].flatMap((key): GroupTable[] => {
    const own = rows.filter(({ by, horizon }) => `${by} ${horizon}` === key);
    const [first] = own;
    if (!first) return [];
    const horizon = horizons.indexOf(first.horizon);
    const last = new Date(Math.max(...own.map(({ at }) => at.getTime()))).toISOString();
    const final = waves.flatMap(({ wave, finalAt }) => ((finalAt[horizon] ?? '9') <= last ? [wave] : []));
    const names = first.by === 'wave' ? final : named[first.by];
    const groups = names.map((group): SeenGroup => {
      const of = (measure: Shown['measure']) =>
        own.find((one) => one.arm === arm && one.group === group && one.measure === measure)?.shown ?? null;
      return { group, shown: { matured: of('matured'), events: of('events') } };
    });
    return [{ by: first.by, horizon, waves: final, groups }];
  });
}

/**
 * @param upTo the newest shown count to remember: all there are, unless a judgement is made again
 */
export async function recallGroups(
  db: Queryable,
  evaluationId: number,
  upTo = Number.MAX_SAFE_INTEGER,
): Promise<RememberedGroups> {
  const rows = await db<(Shown & { number: string })[]>`
    select outcome, horizon, grouping as by, group_name as group, arm, measure, shown, shown_at as at, shown_number as number
    from waymark.shown_group where evaluation_id = ${evaluationId} and shown_number <= ${upTo} order by shown_number`;
  if (rows.length === 0) return { of: () => nothing, newest: 0 };
  const all = await followed(db, evaluationId);
  const known = new Map<string, GroupsByArm>();
  for (const outcome of new Set(rows.map((row) => row.outcome))) {
    const own = rows.filter((row) => row.outcome === outcome);
    const waves = await wavesOf(db, evaluationId, all.numberOf(outcome), all.horizons);
    const of = (arm: 'trial' | 'comparison') => ({
      waves: waves[arm],
      tables: tablesOf(own, arm, waves[arm], all),
    });
    known.set(outcome, { trial: of('trial'), comparison: of('comparison') });
  }
  return { of: (outcome) => known.get(outcome) ?? nothing, newest: Number(rows.at(-1)?.number ?? 0) };
}
