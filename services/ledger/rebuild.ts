// Everything derived can be made again from the ledger alone; this makes it again beside what stands and tells the differences.
import type { RecordState } from '../../schemas/records.ts';
import { CARE_PERIOD, kindNamed, kindNumber } from '../outcomes/kinds.ts';
import { type Occurrence, occurrenceOf } from '../outcomes/occurrence.ts';
import { plainColumn } from '../platform/columns.ts';
import type { Transaction } from '../platform/database.ts';
import { carePeriodsSql } from './care-periods.ts';
import { compareRows, type Differences } from './differences.ts';
import { factColumns, factRows } from './facts.ts';
import { personsAmong } from './persons.ts';

/** Pseudonyms of children of several, by the person they are: made again from the ledger. */
export type RebuiltPersons = ReadonlyMap<number, number>;

interface Link {
  child_key: number;
  record_id: string;
  other_key: number | null;
  recorded_at: Date;
  event_id: string;
  pseudonym: string;
  other: string | null;
}

/** Makes again who is one person, and compares. */
export async function rebuildPersons(tx: Transaction, differences: Differences): Promise<RebuiltPersons> {
  const links = await tx<Link[]>`
    select h.child_key, h.record_id, o.child_key as other_key, h.recorded_at, h.event_id, c.pseudonym, o.pseudonym as other
    from (
      select distinct on (child_key, record_id) * from waymark.case_event where kind = ${kindNumber['same-child']}
      order by child_key, record_id, recorded_at desc, event_id desc) h
    join waymark.child c using (child_key)
    left join waymark.child o on (h.state ->> 'same')::boolean and o.council_id = c.council_id
      and o.pseudonym = substr(h.state ->> 'other', 2)::uuid`;
  await compareRows(tx, differences, 'same_child', ['child_key', 'record_id'], {
    rebuilt: tx`select * from unnest(
      ${plainColumn(links.map((one) => one.child_key))}::integer[], ${plainColumn(links.map((one) => one.record_id))}::uuid[],
      ${plainColumn(links.map((one) => one.other_key))}::integer[],
      ${plainColumn(links.map((one) => one.recorded_at.toISOString()))}::timestamptz[],
      ${plainColumn(links.map((one) => one.event_id))}::uuid[]) as l(child_key, record_id, other_key, recorded_at, event_id)`,
    stands: tx`select child_key, record_id, other_key, recorded_at, event_id from waymark.same_child`,
  });
  const joined = links.flatMap(({ child_key, other_key, pseudonym, other }) =>
    other_key === null || other === null
      ? []
      : [
          { child_key, pseudonym },
          { child_key: other_key, pseudonym: other },
        ],
  );
  const persons = personsAmong(
    joined,
    links.flatMap(({ child_key, other_key }): [number, number][] =>
      other_key === null ? [] : [[child_key, other_key]],
    ),
  );
  await compareRows(tx, differences, 'person_member', ['child_key'], {
    rebuilt: tx`select * from unnest(${plainColumn([...persons.keys()])}::integer[],
      ${plainColumn([...persons.values()])}::integer[]) as p(child_key, person_key)`,
    stands: tx`select child_key, person_key from waymark.person_member`,
  });
  return persons;
}

interface Head {
  child_key: number;
  kind: number;
  record_id: string;
  recorded_at: Date;
  event_id: string;
  purged: boolean;
  state: RecordState | null;
}

const nothing: Occurrence = { starts: null, ends: null, detail: 0 };

function derived({ kind, state }: Head): Occurrence {
  const name = kindNamed(kind);
  return name && state ? occurrenceOf(name, state as never) : nothing;
}

const headsOf = (tx: Transaction, children: readonly number[]) => tx<Head[]>`
  select distinct on (child_key, kind, record_id) child_key, kind, record_id, recorded_at, event_id, purged, state
  from waymark.case_event where child_key = any(${children as number[]}::integer[])
  order by child_key, kind, record_id, recorded_at desc, event_id desc`;

const OCCURRENCE =
  'child_key, stated_under, kind, starts, ends, detail, purged, recorded_at, event_id, record_id';

/** Fills the temporary table `rebuilt` with the occurrences that these heads come to. */
async function fill(
  tx: Transaction,
  heads: readonly Head[],
  personOf: (child: number) => number,
): Promise<void> {
  const occurrences = heads.map(derived);
  await tx`create temporary table rebuilt as select ${tx.unsafe(OCCURRENCE)} from waymark.occurrence limit 0`;
  await tx`
    insert into rebuilt select * from unnest(
      ${plainColumn(heads.map((head) => personOf(head.child_key)))}::integer[], ${plainColumn(heads.map((head) => head.child_key))}::integer[],
      ${plainColumn(heads.map((head) => head.kind))}::smallint[],
      ${plainColumn(occurrences.map(({ starts }) => starts))}::date[], ${plainColumn(occurrences.map(({ ends }) => ends))}::date[],
      ${plainColumn(occurrences.map(({ detail }) => detail))}::integer[],
      ${plainColumn(heads.map((head) => head.purged))}::boolean[],
      ${plainColumn(heads.map((head) => head.recorded_at.toISOString()))}::timestamptz[],
      ${plainColumn(heads.map((head) => head.event_id))}::uuid[], ${plainColumn(heads.map((head) => head.record_id))}::uuid[])`;
}

/**
 * Makes these pseudonyms' records, periods of care, teams and facts again, and compares.
 * @param children every pseudonym of the persons concerned, and no other
 * @returns how many records there are
 */
export async function rebuildRecords(
  tx: Transaction,
  differences: Differences,
  persons: RebuiltPersons,
  children: readonly number[],
): Promise<number> {
  const personOf = (child: number): number => persons.get(child) ?? child;
  const heads = await headsOf(tx, children);
  await fill(tx, heads, personOf);
  await tx.unsafe(
    `insert into rebuilt (${OCCURRENCE})
     select child_key, stated_under, ${CARE_PERIOD}, starts, ends, detail, false, recorded_at, event_id, record_id
     from (${carePeriodsSql('rebuilt')}) p`,
    [children as number[]],
  );
  const ofThese = tx`child_key = any(${children as number[]}::integer[])`;
  await compareRows(tx, differences, 'occurrence', ['child_key', 'kind', 'record_id', 'stated_under'], {
    rebuilt: tx`table rebuilt`,
    stands: tx`select ${tx.unsafe(OCCURRENCE)} from waymark.occurrence where ${ofThese}`,
  });
  await tx`drop table rebuilt`;
  const teams = heads.flatMap(({ child_key, record_id, kind, state }) => {
    const team = kind === kindNumber.referral ? (state as RecordState<'referral'> | null)?.team : undefined;
    return team === undefined ? [] : [{ child_key, record_id, team: team.slice(1) }];
  });
  await compareRows(tx, differences, 'referral_team', ['child_key', 'record_id', 'stated_under'], {
    rebuilt: tx`select * from unnest(
      ${plainColumn(teams.map((one) => personOf(one.child_key)))}::integer[], ${plainColumn(teams.map((one) => one.record_id))}::uuid[],
      ${plainColumn(teams.map((one) => one.child_key))}::integer[],
      ${plainColumn(teams.map((one) => one.team))}::uuid[]) as t(child_key, record_id, stated_under, team)`,
    stands: tx`select child_key, record_id, stated_under, team from waymark.referral_team where ${ofThese}`,
  });
  const facts = heads
    .filter(({ kind }) => kind === kindNumber.child)
    .map((head) => ({
      personKey: personOf(head.child_key),
      childKey: head.child_key,
      recordId: head.record_id,
      recordedAt: head.recorded_at.toISOString(),
      eventId: head.event_id,
      state: head.state as RecordState<'child'> | null,
    }));
  const columns = tx(factColumns as unknown as string[]);
  await compareRows(tx, differences, 'child_fact', ['child_key', 'record_id', 'stated_under'], {
    rebuilt: tx`select * from (${factRows(tx, facts)}) as f(${columns})`,
    stands: tx`select ${columns} from waymark.child_fact where ${ofThese}`,
  });
  return heads.length;
}
