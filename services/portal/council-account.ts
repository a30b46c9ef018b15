// What Waymark keeps about what one council sent: numbers and codes by month, and the evaluations its children are in.
import type { Stage } from '../../schemas/lifecycle.ts';
import type { DataSource } from '../../schemas/protocol.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { kindNamed } from '../outcomes/kinds.ts';
import type { Queryable } from '../platform/database.ts';

/** Who could not use a line: the gateway refused it, or ingest set the message aside. */
export type HeldBy = 'gateway' | 'ingest';

export interface HeldCount {
  /** First day of the London month, YYYY-MM-DD. */
  month: string;
  by: HeldBy;
  code: string;
  /** Empty for the whole message. */
  field: string;
  count: number;
  /** The latest of them (RFC 3339). */
  last: string;
}

export interface HeldMessage {
  at: string;
  by: HeldBy;
  /** Where it stands: of a delivery's lines, or of a topic's partition. */
  place: string;
  code: string;
  field: string;
}

export interface Contribution {
  slug: string;
  title: string;
  dataSource: DataSource;
  stage: Stage;
  paused: boolean;
  /** Children of this council who take part; null from 1 to the evaluation's threshold - 1. */
  participants: number | null;
  threshold: number;
  /** Children come in until this day, YYYY-MM-DD. */
  lastDay: string;
  /** Months from the index day. */
  horizons: number[];
}

export interface CouncilAccount {
  /** ONS code. */
  council: string;
  name: string;
  dataSource: DataSource;
  /** Events new to the ledger by the London month in which they came, and those of them that took a record back. */
  sent: { month: string; kind: RecordKind; events: number; purges: number }[];
  held: HeldCount[];
  /** The latest that could not be used, newest first. */
  latest: HeldMessage[];
  evaluations: Contribution[];
}

const LATEST = 50;

const sentOf = (db: Queryable, id: number) => db<
  { month: string; kind: number; events: number; purges: number }[]
>`
  select month::text, kind, sum(stored)::integer as events, sum(purged)::integer as purges
  from waymark.sent_month where council_id = ${id} group by month, kind order by month, kind`;

const heldOf = (db: Queryable, id: number, code: string) => db<(Omit<HeldCount, 'last'> & { last: Date })[]>`
  select date_trunc('month', at at time zone 'Europe/London')::date::text as month, by, code, field, count(*)::integer as count,
    max(at) as last
  from (
    select 'ingest' as by, code, field, received_at as at from waymark.quarantine where council = ${code}
    union all select 'gateway', code, field, refused_at from waymark.refused_line where council_id = ${id}) h
  group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

const latestOf = (db: Queryable, id: number, code: string) => db<(Omit<HeldMessage, 'at'> & { at: Date })[]>`
  select * from (
    select received_at as at, 'ingest' as by, topic || '/' || partition || '/' || "offset" as place, code, field
    from waymark.quarantine where council = ${code}
    union all
    select refused_at, 'gateway', 'line ' || line || ' of ' || coalesce(nullif(delivery, ''), 'an unnamed delivery'), code, field
    from waymark.refused_line where council_id = ${id}) h
  order by at desc, place limit ${LATEST}`;

const contributionsOf = (db: Queryable, id: number) => db<Contribution[]>`
  select slug, title, data_source as "dataSource", stage, paused, participants::integer, threshold, last_day::text as "lastDay",
    horizons from waymark.contributions_of(${id}::smallint)`;

/** Null when there is no such council for the reader. @param code ONS code */
export async function councilAccount(db: Queryable, code: string): Promise<CouncilAccount | null> {
  const [council] = await db<{ id: number; name: string; dataSource: DataSource }[]>`
    select council_id as id, name, data_source as "dataSource" from waymark.council where code = ${code}`;
  if (!council) return null;
  const { id, name, dataSource } = council;
  const [sent, held, latest, evaluations] = [
    await sentOf(db, id),
    await heldOf(db, id, code),
    await latestOf(db, id, code),
    await contributionsOf(db, id),
  ];
  return {
    ...{ council: code, name, dataSource },
    sent: sent.flatMap(({ kind: number, ...row }) => {
      const kind = kindNamed(number);
      return kind ? [{ ...row, kind }] : [];
    }),
    held: held.map((row) => ({ ...row, last: row.last.toISOString() })),
    latest: latest.map((row) => ({ ...row, at: row.at.toISOString() })),
    evaluations: [...evaluations],
  };
}
