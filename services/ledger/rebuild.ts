// Everything derived can be made again from the ledger alone; this makes it again beside what stands and tells the differences.
import type { RecordState } from '../../schemas/records.ts';
import { CARE_PERIOD, kindNamed } from '../outcomes/kinds.ts';
import { type Occurrence, occurrenceOf } from '../outcomes/occurrence.ts';
import { plainColumn } from '../platform/columns.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { carePeriodsSql } from './care-periods.ts';

const CHILDREN_AT_ONCE = 20_000;

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

/** Fills the temporary table `rebuilt` with the heads of these children's records, straight from the ledger. */
async function rebuildHeads(tx: Transaction, from: number, to: number): Promise<number> {
  const heads = await tx<Head[]>`
    select distinct on (child_key, kind, record_id) child_key, kind, record_id, recorded_at, event_id, purged, state
    from waymark.case_event where child_key >= ${from} and child_key < ${to}
    order by child_key, kind, record_id, recorded_at desc, event_id desc`;
  const occurrences = heads.map(derived);
  await tx`
    insert into rebuilt select * from unnest(
      ${plainColumn(heads.map((head) => head.child_key))}::integer[], ${plainColumn(heads.map((head) => head.kind))}::smallint[],
      ${plainColumn(occurrences.map(({ starts }) => starts))}::date[], ${plainColumn(occurrences.map(({ ends }) => ends))}::date[],
      ${plainColumn(occurrences.map(({ detail }) => detail))}::integer[],
      ${plainColumn(heads.map((head) => head.purged))}::boolean[],
      ${plainColumn(heads.map((head) => head.recorded_at.toISOString()))}::timestamptz[],
      ${plainColumn(heads.map((head) => head.event_id))}::uuid[], ${plainColumn(heads.map((head) => head.record_id))}::uuid[])`;
  return heads.length;
}

/** What a rebuild came to: the rows made again, and how many rows stand differently. */
export interface RebuildReport {
  records: number;
  /** Rows that only a rebuild gives, and rows that only stand in the store. */
  missing: number;
  surplus: number;
}

async function compare(
  tx: Transaction,
  from: number,
  to: number,
): Promise<{ missing: number; surplus: number }> {
  const stands = tx`select child_key, kind, starts, ends, detail, purged, recorded_at, event_id, record_id
    from waymark.occurrence where child_key >= ${from} and child_key < ${to}`;
  const [found] = await tx<{ missing: number; surplus: number }[]>`
    select (select count(*) from (table rebuilt except all (${stands})) m)::integer as missing,
      (select count(*) from ((${stands}) except all table rebuilt) s)::integer as surplus`;
  return found ?? { missing: 0, surplus: 0 };
}

/**
 * Rebuilds every occurrence and period of care from the ledger, in a transaction that changes nothing, and compares.
 * Reads one moment of the store, so it may run while events come in.
 */
export async function checkRebuild(
  db: Database,
  afterChunk: (children: number) => void = () => {},
): Promise<RebuildReport> {
  return db.begin('isolation level repeatable read', async (tx) => {
    await tx`create temporary table rebuilt (child_key integer, kind smallint, starts date, ends date, detail integer,
      purged boolean, recorded_at timestamptz, event_id uuid, record_id uuid) on commit drop`;
    const [last] = await tx<
      { key: number }[]
    >`select coalesce(max(child_key), 0)::integer as key from waymark.child`;
    const report: RebuildReport = { records: 0, missing: 0, surplus: 0 };
    for (let from = 1; from <= (last?.key ?? 0); from += CHILDREN_AT_ONCE) {
      const to = from + CHILDREN_AT_ONCE;
      report.records += await rebuildHeads(tx, from, to);
      const children = Array.from({ length: CHILDREN_AT_ONCE }, (_, at) => from + at);
      await tx.unsafe(
        `insert into rebuilt select child_key, ${CARE_PERIOD}, starts, ends, detail, false, recorded_at, event_id, record_id
         from (${carePeriodsSql('rebuilt')}) p`,
        [children],
      );
      const { missing, surplus } = await compare(tx, from, to);
      report.missing += missing;
      report.surplus += surplus;
      await tx`truncate rebuilt`;
      afterChunk(to - 1);
    }
    return report;
  });
}
