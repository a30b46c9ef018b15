// What one arm's tables of one outcome, taken together, let a reader say of too few children: a hidden count that can be
// narrowed down, or a group that no table names but several give (first event between 6 and 12 months, enrolled since
// last week). Exact: integer programming over every step children can have taken.
import { attack, type Bounds, ContradictionError, type Statement, type Sum } from './attack.ts';
import { type CellName, cellNames } from './cells.ts';
import type { Histories } from './histories.ts';
import type { ArmTable } from './protect.ts';
import { isNarrow, noGroups, type SeenGroups, SeenModel } from './seen-groups.ts';

export interface Exposure {
  /** `narrowed`: a hidden count has fewer other values than the policy asks. `few`: a group of 1 to threshold - 1 is known. */
  reason: 'narrowed' | 'few';
  /** The table it is found in or by, counted from 0, and the horizons concerned, counted from 0; none: every one. */
  table: number;
  horizons: number[];
  what: CellName | 'enrolled';
  /** The hidden count, when it is known to the last child. */
  exactly?: number;
  /** The wave or council that it is of. */
  group?: string;
}

type Target = Exposure & { sum: Sum };

/** Pairs of cells at two horizons that together are a group of children. */
const groups: readonly (readonly [CellName, CellName])[] = [
  ['noEvents', 'events'],
  ['noEvents', 'censored'],
  ['noEvents', 'pending'],
  ['events', 'pending'],
  ['censored', 'pending'],
];

/** Cells a child never leaves by time alone, so that two tables' difference is a group of children. */
export const lasting: readonly CellName[] = ['notAtRisk', 'matured', 'events', 'noEvents', 'censored'];

const isFew = ({ low, high }: Bounds, threshold: number): boolean =>
  high - low < threshold && low < threshold && high > 0;

function statementsOf(model: Histories, tables: readonly ArmTable[]): Statement[] {
  const statements: Statement[] = [];
  const say = (sum: Sum, value: number | null | undefined): void => {
    if (value !== null && value !== undefined) statements.push({ ...sum, low: value, high: value });
  };
  tables.forEach((rows, table) => {
    say(model.enrolled(table), rows[0]?.enrolled);
    rows.forEach((row, horizon) => {
      for (const name of cellNames) say(model.cell(table, horizon, name), row[name]);
    });
  });
  return statements;
}

/** Differences between shown numbers of the judged table and of another one, by subtraction alone. */
function fewBySubtraction(tables: readonly ArmTable[], judged: number, threshold: number): Exposure[] {
  const found: Exposure[] = [];
  const compare = (now: number | null, then: number | null, exposure: Exposure): void => {
    if (now === null || then === null) return;
    const difference = Math.abs(now - then);
    if (difference > 0 && difference < threshold) found.push(exposure);
  };
  const fresh = tables[judged] ?? [];
  for (const rows of tables.filter((_, at) => at !== judged)) {
    const [now, then] = [fresh[0]?.enrolled ?? null, rows[0]?.enrolled ?? null];
    compare(now, then, { reason: 'few', table: judged, horizons: [], what: 'enrolled' });
    fresh.forEach((row, horizon) => {
      for (const what of lasting)
        compare(row[what], rows[horizon]?.[what] ?? null, {
          ...{ reason: 'few', table: judged, horizons: [horizon], what },
        });
    });
  }
  return found;
}

/** Whether the judged table has fewer children of a kind that time alone never makes fewer, or a later one has. */
function takesBack(tables: readonly ArmTable[], judged: number): boolean {
  const fewer = (now: number | null | undefined, then: number | null | undefined): boolean =>
    typeof now === 'number' && typeof then === 'number' && now < then;
  const goesBack = (now: ArmTable | undefined, then: ArmTable | undefined): boolean =>
    (then ?? []).some((row, at) =>
      (['enrolled', ...lasting] as const).some((what) => fewer(now?.[at]?.[what], row[what])),
    );
  return tables.some((rows, at) =>
    at < judged ? goesBack(tables[judged], rows) : goesBack(rows, tables[judged]),
  );
}

function targetsOf(model: Histories, tables: readonly ArmTable[], judged: number): Target[] {
  const fresh = tables[judged] ?? [];
  const hidden = tables.flatMap((rows, table) =>
    rows.flatMap((row, horizon) =>
      cellNames.flatMap((what): Target[] =>
        row[what] === null
          ? [
              {
                ...{ reason: 'narrowed', table, horizons: [horizon], what },
                sum: model.cell(table, horizon, what),
              },
            ]
          : [],
      ),
    ),
  );
  const enrolled = tables.flatMap((rows, table): Target[] =>
    rows[0]?.enrolled === null
      ? [
          {
            ...{ reason: 'narrowed', table, horizons: [], what: 'enrolled' },
            sum: model.enrolled(table),
          },
        ]
      : [],
  );
  const between = tables.flatMap((rows, table) =>
    rows.flatMap((_, late) =>
      Array.from({ length: late }, (__, early) =>
        groups.map(
          ([from, what]): Target => ({
            ...{ reason: 'few', table, horizons: [early, late], what },
            sum: model.between(table, [early, from], [late, what]),
          }),
        ),
      ).flat(),
    ),
  );
  const since = tables.flatMap((rows, table) =>
    fresh.flatMap((row, horizon) =>
      lasting.flatMap((what): Target[] => {
        if (table === judged || row[what] !== null || rows[horizon]?.[what] !== null) return [];
        const sum = model.more(horizon, what, Math.max(table, judged), Math.min(table, judged));
        return [{ reason: 'few', table: judged, horizons: [horizon], what, sum }];
      }),
    ),
  );
  return [...enrolled, ...hidden, ...between, ...since];
}

/** What readers know besides the tables. */
export interface Beside {
  /** When each table was worked out, RFC 3339. */
  asAt: readonly string[];
  groups: SeenGroups;
}

/** Groups were shown at the horizons alone; a finding names the horizon, and is the judged table's. */
function groupExposures(
  model: SeenModel,
  table: number,
  threshold: number,
): { sum: Sum; judge: (bounds: Bounds) => Exposure[] }[] {
  return model.targets().map(({ group, horizon, what, sum, isExposed }) => ({
    sum,
    judge: (bounds) =>
      isExposed(bounds, threshold)
        ? [{ ...{ reason: 'narrowed', table, what, group }, horizons: [horizon] }]
        : [],
  }));
}

/**
 * What these tables expose, together with groups that were shown, for a reader who knows the rules.
 * @param tables one arm's tables of one outcome, oldest first, all with the same horizons
 * @param judged which of them is judged, counted from 0
 * @param more what else is known of the groups
 * @throws ContradictionError when they cannot all be true of children whose records were only ever added to
 */
export async function exposedTogether(
  tables: readonly ArmTable[],
  { asAt, groups }: Beside,
  threshold: number,
  judged = tables.length - 1,
  more: (model: SeenModel) => Statement[] = () => [],
): Promise<Exposure[]> {
  const model = new SeenModel(tables, asAt, groups);
  const targets = targetsOf(model.histories, tables, judged);
  const ofGroups = groupExposures(model, judged, threshold);
  const bounds = await attack(
    model.histories.size,
    [...model.statements(threshold), ...statementsOf(model.histories, tables), ...more(model)],
    [...targets, ...ofGroups].map(({ sum }) => sum),
  );
  const boundsOf = (at: number): Bounds => bounds[at] ?? { low: 0, high: 0 };
  const inTables = targets.flatMap(({ sum: _, ...exposure }, at) => {
    const { low, high } = boundsOf(at);
    const exposed = exposure.reason === 'narrowed' ? isNarrow : isFew;
    return exposed({ low, high }, threshold) ? [{ ...exposure, ...(low === high && { exactly: low }) }] : [];
  });
  return [...inTables, ...ofGroups.flatMap(({ judge }, at) => judge(boundsOf(targets.length + at)))];
}

/**
 * What one of these tables, the newest unless told, exposes together with the others and with groups that were shown.
 * @throws ContradictionError as `exposedTogether`
 */
export async function exposures(
  tables: readonly ArmTable[],
  threshold: number,
  beside: Beside = { asAt: [], groups: noGroups },
  judged = tables.length - 1,
): Promise<Exposure[]> {
  if (threshold <= 1 || tables.length === 0) return [];
  if (takesBack(tables, judged)) throw new ContradictionError('the judged table against the others');
  // What subtraction gives away needs no solver to be refused.
  const few = fewBySubtraction(tables, judged, threshold);
  return few.length > 0 ? few : exposedTogether(tables, beside, threshold, judged);
}
