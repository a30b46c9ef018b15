// A feed statement stands behind the events it covers in every partition, so each partition's mark is kept by itself:
// a council is complete through the least of them (view waymark.complete_through), never further than what was stored.
import { councilOf } from '../../schemas/case-event.ts';
import type { FeedStatement } from '../../schemas/feed.ts';
import { kindNumber } from '../outcomes/kinds.ts';
import { plainColumn } from '../platform/columns.ts';
import type { Transaction } from '../platform/database.ts';

/** What one statement says of one kind: `through`, or a gap from `gapFrom` to `gapTo`. */
interface Said {
  councilId: number;
  kind: number;
  id: string;
  statedAt: string;
  through: string | null;
  gapFrom: string | null;
  gapTo: string | null;
}

function saidIn(
  statements: readonly FeedStatement[],
  councilIds: ReadonlyMap<string, number>,
): Map<string, Said> {
  const said = new Map<string, Said>();
  for (const { source, data, time, id: given } of statements) {
    const councilId = councilIds.get(councilOf(source)) ?? 0;
    const id = given.toLowerCase();
    const statedAt = new Date(time).toISOString();
    const what =
      'gap' in data
        ? { through: null, gapFrom: data.gap.from, gapTo: data.gap.to }
        : { through: data.completeThrough, gapFrom: null, gapTo: null };
    for (const kind of data.kinds.map((name) => kindNumber[name])) {
      const key = `${councilId}:${kind}:${id}`;
      if (!said.has(key)) said.set(key, { councilId, kind, id, statedAt, ...what });
    }
  }
  return said;
}

/** Adds to the log of statements and gives back what was not there: a statement met twice says nothing new. */
async function log(tx: Transaction, partition: number, said: ReadonlyMap<string, Said>): Promise<Said[]> {
  const all = [...said.values()];
  const column = (of: (one: Said) => number | string | null): string => plainColumn(all.map(of));
  const fresh = await tx<{ key: string }[]>`
    insert into waymark.feed_statement
      (council_id, kind, statement_id, partition, complete_through, gap_from, gap_to, stated_at)
    select council_id, kind, id, ${partition}, through, gap_from, gap_to, stated_at from unnest(
      ${column((one) => one.councilId)}::smallint[], ${column((one) => one.kind)}::smallint[],
      ${column((one) => one.id)}::uuid[], ${column((one) => one.through)}::date[],
      ${column((one) => one.gapFrom)}::date[], ${column((one) => one.gapTo)}::date[],
      ${column((one) => one.statedAt)}::timestamptz[]) as s(council_id, kind, id, through, gap_from, gap_to, stated_at)
    on conflict do nothing
    returning council_id || ':' || kind || ':' || statement_id as key`;
  return fresh.flatMap(({ key }) => said.get(key) ?? []);
}

/** The newest statement about each feed. */
function newest(marks: readonly Said[]): Said[] {
  const byFeed = new Map<string, Said>();
  for (const mark of marks) {
    const feed = `${mark.councilId}:${mark.kind}`;
    const known = byFeed.get(feed);
    if (!known || [mark.statedAt, mark.id].join() > [known.statedAt, known.id].join()) byFeed.set(feed, mark);
  }
  return [...byFeed.values()];
}

async function raiseMarks(tx: Transaction, partition: number, marks: readonly Said[]): Promise<void> {
  if (marks.length === 0) return;
  await tx`
    insert into waymark.feed_mark as m (council_id, kind, partition, complete_through, stated_at, statement_id)
    select council_id, kind, ${partition}, through, stated_at, id from unnest(
      ${plainColumn(marks.map((mark) => mark.councilId))}::smallint[],
      ${plainColumn(marks.map((mark) => mark.kind))}::smallint[],
      ${plainColumn(marks.map((mark) => mark.through))}::date[],
      ${plainColumn(marks.map((mark) => mark.statedAt))}::timestamptz[],
      ${plainColumn(marks.map((mark) => mark.id))}::uuid[]) as s(council_id, kind, through, stated_at, id)
    on conflict (council_id, kind, partition) do update set
      complete_through = excluded.complete_through, stated_at = excluded.stated_at, statement_id = excluded.statement_id
    where (excluded.stated_at, excluded.statement_id) > (m.stated_at, m.statement_id)`;
}

/** @returns the participants whose observation a gap may cut short */
async function declareGaps(tx: Transaction, gaps: readonly Said[]): Promise<number[]> {
  if (gaps.length === 0) return [];
  const declared = await tx<{ council_id: number }[]>`
    insert into waymark.declared_gap (council_id, kind, gap_from, gap_to, statement_id)
    select * from unnest(
      ${plainColumn(gaps.map((gap) => gap.councilId))}::smallint[], ${plainColumn(gaps.map((gap) => gap.kind))}::smallint[],
      ${plainColumn(gaps.map((gap) => gap.gapFrom))}::date[], ${plainColumn(gaps.map((gap) => gap.gapTo))}::date[],
      ${plainColumn(gaps.map((gap) => gap.id))}::uuid[])
    on conflict do nothing
    returning council_id`;
  const touched = await tx<{ child_key: number }[]>`
    select distinct child_key from waymark.participant
    where council_id = any(${plainColumn(declared.map((row) => row.council_id))}::smallint[])`;
  return touched.map((row) => row.child_key);
}

export interface Noted {
  /** Councils that said something about their feed. */
  moved: number[];
  /** Children whose observation a newly declared gap may cut short. */
  children: number[];
}

/** Stores statements met in one partition; the newest about a feed wins. */
export async function noteStatements(
  tx: Transaction,
  partition: number,
  statements: readonly FeedStatement[],
  councilIds: ReadonlyMap<string, number>,
): Promise<Noted> {
  if (statements.length === 0) return { moved: [], children: [] };
  const said = saidIn(statements, councilIds);
  const fresh = await log(tx, partition, said);
  await raiseMarks(tx, partition, newest(fresh.filter((one) => one.through !== null)));
  const children = await declareGaps(
    tx,
    fresh.filter((one) => one.gapFrom !== null),
  );
  return { moved: [...new Set([...said.values()].map((one) => one.councilId))], children };
}

/** Notes that these councils' messages arrived now. */
export async function noteHeard(
  tx: Transaction,
  partition: number,
  councilIds: readonly number[],
): Promise<void> {
  if (councilIds.length === 0) return;
  await tx`
    insert into waymark.feed_heard (council_id, partition, heard_at)
    select unnest(${councilIds as number[]}::smallint[]), ${partition}, now()
    on conflict (council_id, partition) do update set heard_at = excluded.heard_at`;
}
