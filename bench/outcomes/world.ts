// Generated records for the outcome benchmark: invented, the same for the same size, 20 events and 3 children a participant.
// They are made by PostgreSQL in a table of their own; what is measured is loading them and asking of them.
import { packDetail } from '../../services/outcomes/detail.ts';
import { kindNumber } from '../../services/outcomes/kinds.ts';
import type { Database } from '../../services/platform/database.ts';

/** A third of the children are in the evaluation's councils, and each of those takes part. */
export const IN_EVALUATION = 7;
const COUNCILS = 21;
export const councilCode = (id: number): string => `E0800${String(id).padStart(4, '0')}`;
export const councils = Array.from({ length: COUNCILS }, (_, at) => councilCode(at + 1));

export const WINDOW = { from: '2022-01-01', to: '2022-12-31' };

type Kind = 'referral' | 'assessment' | 'section-47' | 'cin-plan' | 'cp-plan' | 'care-episode';

/** Of 100 records. Each shape is as likely as the others of its list; `ended` ones have both days. */
const kinds: {
  kind: Kind;
  share: number;
  days: [string, string];
  open: Record<string, unknown>[];
  ended: Record<string, unknown>[];
}[] = [
  {
    kind: 'referral',
    share: 40,
    days: ['date', 'closedOn'],
    open: [{}, { noFurtherAction: true }, { primaryNeed: 'N1', source: '1A' }],
    ended: [
      ...['RC1', 'RC1', 'RC3', 'RC4', 'RC6', 'RC7', 'RC8', 'RC8', 'RC9'].map((closureReason) => ({
        closureReason,
      })),
      { closureReason: 'RC5' },
    ],
  },
  { kind: 'assessment', share: 18, days: ['started', 'authorised'], open: [{}], ended: [{}] },
  { kind: 'section-47', share: 10, days: ['started', 'initialConference'], open: [{}], ended: [{}] },
  { kind: 'cin-plan', share: 10, days: ['started', 'ended'], open: [{}], ended: [{}] },
  {
    kind: 'cp-plan',
    share: 10,
    days: ['started', 'ended'],
    open: [{}, { previousPlans: 0 }, { previousPlans: 1, initialCategory: 'NEG' }],
    ended: [{}, { previousPlans: 0 }, { heldForAnotherAuthority: true }],
  },
  {
    kind: 'care-episode',
    share: 12,
    days: ['started', 'ended'],
    open: [
      { reasonStarted: 'S', legalStatus: 'C2' },
      { reasonStarted: 'P', legalStatus: 'V2' },
    ],
    ended: [
      { reasonStarted: 'S', legalStatus: 'C1', reasonEnded: 'E4A' },
      { reasonStarted: 'L', legalStatus: 'C2', reasonEnded: 'X1' },
      { reasonStarted: 'S', legalStatus: 'V3', reasonEnded: 'E4A' },
      { reasonStarted: 'S', legalStatus: 'V2', reasonEnded: 'E13' },
    ],
  },
];

const text = (value: object): string => `'${JSON.stringify(value)}'`;

/** A table of shapes: kind, whether it has ended, its packed codes and its state but for the days. */
function shapesSql(): string {
  const rows = kinds.flatMap(({ kind, open, ended, days }) =>
    [open, ended].flatMap((shapes, hasEnded) =>
      shapes.map(
        (shape, at) =>
          `(${kindNumber[kind]}, ${hasEnded === 1}, ${at}, ${shapes.length}, ${packDetail(kind, shape)}, ${text(shape)}::jsonb, '${days[0]}', '${days[1]}')`,
      ),
    ),
  );
  return `(values ${rows.join(',\n')}) as s(kind, has_ended, at, shapes, detail, shape, first_day, last_day)`;
}

function kindSql(number: string): string {
  let below = 0;
  const cases = kinds.map(({ kind, share }) => {
    below += share;
    return `when ${number} < ${below} then ${kindNumber[kind]}`;
  });
  return `case ${cases.join(' ')} end`;
}

const salted = (salt: number): string => `abs(hashint8extended(k * 64 + j, ${salt}))`;
const uuid = (of: string): string => `md5(${of})::uuid`;

/** Connections that make and load at once, each its own part of the children: as many as the benchmark's machine has cores. */
export const PARTS = 2;

/** The last child of each part, from nobody's 0 on. */
export const partEnds = (children: number): number[] =>
  Array.from({ length: PARTS + 1 }, (_, at) => Math.floor((children * at) / PARTS));

const CHILDREN_AT_ONCE = 50_000;

/** SQL of the events of the children after `$1` to `$2`, in order of child. */
const eventsSql = `
  select k as child_key, kind, starts, ends, s.detail, ${uuid("k || 'r' || j")} as record_id, ${uuid("k || 'e' || j")} as event_id,
    (starts + 1)::timestamp at time zone 'UTC' as recorded_at,
    s.shape || jsonb_strip_nulls(jsonb_build_object(s.first_day, starts, s.last_day, ends)) as state
  from (
    select k, j, kind, starts, shape_at, case when has_ended then starts + length end as ends, has_ended
    from (
      select k, j, case j when 1 then ${kindNumber.referral} else ${kindSql(`${salted(1)} % 100`)} end as kind,
        index_day + case j when 1 then 0 else (${salted(2)} % 1600)::integer - 700 end as starts,
        ${salted(3)} % 10 < 7 as has_ended, 1 + (${salted(4)} % 400)::integer as length, ${salted(5)} as shape_at
      from (
        select k, date '${WINDOW.from}' + (abs(hashint8extended(k, 6)) % 365)::integer as index_day
        from generate_series($1::integer + 1, $2::integer) as k) c
      cross join lateral generate_series(1, case k % 3 when 0 then 5 else 6 end) as j) r) d
  join ${shapesSql()} using (kind, has_ended)
  where shape_at % s.shapes = s.at
  union all
  select k, ${kindNumber.child}, null, null,
    (extract(year from born)::integer - 1980) * 12 + extract(month from born)::integer
      | (case when j % 1000 = 1 then (extract(year from born)::integer + 16 - 1980) * 12 + extract(month from born)::integer else 0 end << 11)
      | (case when j % 50 = 0 then 2 else 0 end << 22), ${uuid("k || 'f'")}, ${uuid("k || 'g'")}, timestamptz '2021-12-31',
    jsonb_strip_nulls(jsonb_build_object('birthMonth', to_char(born, 'YYYY-MM'), 'unaccompaniedAsylumSeeker', nullif(j % 50 = 0, false),
      'deathMonth', case when j % 1000 = 1 then to_char(born + interval '16 years', 'YYYY-MM') end))
  from (
    select k, j, (date '2004-06-01' + make_interval(months => (j % 220)::integer))::date as born
    from (select k, abs(hashint8extended(k, 7)) as j from generate_series($1::integer + 1, $2::integer) as k) h) f
  order by 1, 2, 6`;

/**
 * Makes waymark.child, and a table `made` of all events in order of child: 17 records of case work a participant and one of
 * the facts of each of its 3 children.
 */
export async function generate(db: Database, participants: number): Promise<void> {
  const children = participants * 3;
  await db`insert into waymark.council (code, name, data_source) select code, code, 'simulated' from unnest(${councils}::text[]) as c(code)`;
  await db.begin(async (tx) => {
    // Planned anew for every row, the look-up of its foreign key takes longer than the row.
    await tx`set local plan_cache_mode = auto`;
    await tx`insert into waymark.child (child_key, council_id, pseudonym) overriding system value
      select k, case k % 3 when 0 then 1 + (k / 3) % ${IN_EVALUATION}::integer
        else ${IN_EVALUATION + 1}::integer + (k / 3) % ${COUNCILS - IN_EVALUATION}::integer end, md5('c' || k)::uuid
      from generate_series(1, ${children}::integer) as k`;
  });
  await db`
    create table made (child_key integer, kind integer, starts date, ends date, detail integer, record_id uuid, event_id uuid,
      recorded_at timestamptz, state jsonb) partition by range (child_key)`;
  const ends = partEnds(children);
  await Promise.all(
    ends.slice(1).map(async (end, at) => {
      const before = ends[at] ?? 0;
      await db.unsafe(
        `create unlogged table made_${at} partition of made for values from (${before + 1}) to (${end + 1})`,
      );
      for (let from = before; from < end; from += CHILDREN_AT_ONCE)
        await db.unsafe(`insert into made_${at} ${eventsSql}`, [
          from,
          Math.min(from + CHILDREN_AT_ONCE, end),
        ]);
    }),
  );
  await db`analyze made`;
}
