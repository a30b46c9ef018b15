// A feed statement stands behind the events it covers in every partition, so each partition's mark is kept by itself:
// a council is complete through the least of them (view waymark.complete_through), never further than what was stored.
import { councilOf } from '../../schemas/case-event.ts';
import type { FeedStatement } from '../../schemas/feed.ts';
import { kindNumber } from '../outcomes/kinds.ts';
import type { Transaction } from '../platform/database.ts';

interface Mark {
  councilId: number;
  kind: number;
  through: string;
  statedAt: string;
  id: string;
}

const newest = (marks: Mark[]): Mark[] => {
  const byFeed = new Map<string, Mark>();
  for (const mark of marks) {
    const feed = `${mark.councilId}:${mark.kind}`;
    const known = byFeed.get(feed);
    if (!known || [mark.statedAt, mark.id].join() > [known.statedAt, known.id].join()) byFeed.set(feed, mark);
  }
  return [...byFeed.values()];
};

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
  const marks: Mark[] = [];
  const moved = new Set<number>();
  const gapped = new Set<number>();
  for (const { source, data, time, id } of statements) {
    const councilId = councilIds.get(councilOf(source)) ?? 0;
    moved.add(councilId);
    for (const kind of data.kinds.map((name) => kindNumber[name])) {
      if ('gap' in data) {
        const noted =
          await tx`insert into waymark.declared_gap (council_id, kind, gap_from, gap_to, statement_id)
          values (${councilId}, ${kind}, ${data.gap.from}, ${data.gap.to}, ${id}) on conflict do nothing`;
        if (noted.count > 0) gapped.add(councilId);
      } else {
        marks.push({
          councilId,
          kind,
          through: data.completeThrough,
          statedAt: new Date(time).toISOString(),
          id: id.toLowerCase(),
        });
      }
    }
  }
  const last = newest(marks);
  if (last.length > 0) {
    await tx`
      insert into waymark.feed_mark as m (council_id, kind, partition, complete_through, stated_at, statement_id)
      select council_id, kind, ${partition}, through, stated_at, id from unnest(
        ${last.map((mark) => mark.councilId)}::smallint[], ${last.map((mark) => mark.kind)}::smallint[],
        ${last.map((mark) => mark.through)}::date[], ${last.map((mark) => mark.statedAt)}::timestamptz[],
        ${last.map((mark) => mark.id)}::uuid[]) as s(council_id, kind, through, stated_at, id)
      on conflict (council_id, kind, partition) do update set
        complete_through = excluded.complete_through, stated_at = excluded.stated_at, statement_id = excluded.statement_id
      where (excluded.stated_at, excluded.statement_id) > (m.stated_at, m.statement_id)`;
  }
  const touched =
    gapped.size === 0
      ? []
      : await tx<{ child_key: number }[]>`
    select distinct child_key from waymark.participant where council_id = any(${[...gapped]}::smallint[])`;
  return { moved: [...moved], children: touched.map((row) => row.child_key) };
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
