// The gateway's store on PostgreSQL. Nothing of a refused line is kept but its hash, its place and the reason.
import { repairOf } from '../../schemas/repair.ts';
import { kindNamed } from '../outcomes/kinds.ts';
import type { Database } from '../platform/database.ts';
import type { GatewayStore, HeldLine } from './store.ts';

/** Refused lines kept of one council. */
const KEPT = 10_000;
const PAGE = 500;

type HeldRow = Omit<HeldLine, 'at' | 'repair'> & { at: Date };

const noteRefused =
  (db: Database): GatewayStore['noteRefused'] =>
  async (council, delivery, lines) => {
    if (lines.length === 0) return;
    const once = [...new Map(lines.map((line) => [line.sha256.toString('hex'), line])).values()];
    await db.begin(async (tx) => {
      await tx`
        insert into waymark.refused_line as r (council_id, delivery, line_sha256, line, code, field, reason)
        select c.council_id, ${delivery}, decode(l.sha256, 'hex'), l.line, l.code, l.field, l.reason
        from waymark.council c, unnest(${once.map((line) => line.sha256.toString('hex'))}::text[], ${once.map((line) => line.line)}::integer[],
          ${once.map((line) => line.code)}::text[], ${once.map((line) => line.field)}::text[], ${once.map((line) => line.reason)}::text[])
          as l(sha256, line, code, field, reason)
        where c.code = ${council}
        on conflict (council_id, delivery, line_sha256) do update set
          times = r.times + 1, refused_at = now(), line = excluded.line, code = excluded.code, field = excluded.field, reason = excluded.reason`;
      await tx`
        delete from waymark.refused_line r using waymark.council c
        where c.code = ${council} and r.council_id = c.council_id and r.refused_at < (
          select o.refused_at from waymark.refused_line o where o.council_id = c.council_id
          order by o.refused_at desc offset ${KEPT} limit 1)`;
    });
  };

const hasRefused =
  (db: Database): GatewayStore['hasRefused'] =>
  async (council, delivery) => {
    const [row] = await db<{ found: boolean }[]>`
      select exists (select from waymark.refused_line r join waymark.council c using (council_id)
        where c.code = ${council} and r.delivery = ${delivery}) as found`;
    return row?.found ?? false;
  };

const feed =
  (db: Database): GatewayStore['feed'] =>
  async (council) => {
    const [[about], complete, gaps] = await Promise.all([
      db<{ heard: Date | null; held: number }[]>`
        select (select max(heard_at) from waymark.feed_heard h where h.council_id = c.council_id) as heard,
          (select count(*)::integer from waymark.quarantine q where q.council = c.code)
            + (select count(*)::integer from waymark.refused_line r where r.council_id = c.council_id) as held
        from waymark.council c where c.code = ${council}`,
      db<{ kind: number; through: string }[]>`
        select t.kind, t.complete_through as through from waymark.complete_through t join waymark.council c using (council_id)
        where c.code = ${council} order by t.kind`,
      db<{ kind: number; from: string; to: string }[]>`
        select g.kind, g.gap_from as "from", g.gap_to as "to" from waymark.declared_gap g join waymark.council c using (council_id)
        where c.code = ${council} order by g.gap_from, g.kind`,
    ]);
    const named = <Row extends { kind: number }>(rows: readonly Row[]) =>
      rows.flatMap((row) => {
        const kind = kindNamed(row.kind);
        return kind ? [{ ...row, kind }] : [];
      });
    return {
      council,
      lastReceived: about?.heard?.toISOString() ?? null,
      completeThrough: named(complete),
      gaps: named(gaps),
      held: about?.held ?? 0,
    };
  };

const held =
  (db: Database): GatewayStore['held'] =>
  async (council, before) => {
    const rows = await db<HeldRow[]>`
      select * from (
        select 'ingest' as by, topic || '/' || partition || '/' || "offset" as place, code, field, reason, received_at as at
        from waymark.quarantine where council = ${council}
        union all
        select 'gateway', 'line ' || r.line || ' of ' || coalesce(nullif(r.delivery, ''), 'an unnamed delivery'),
          r.code, r.field, r.reason, r.refused_at
        from waymark.refused_line r join waymark.council c using (council_id) where c.code = ${council}
      ) h
      where ${before}::timestamptz is null or at < ${before}::timestamptz
      order by at desc, place limit ${PAGE}`;
    return rows.map(({ at, ...row }) => ({ ...row, repair: repairOf(row.code), at: at.toISOString() }));
  };

export const createGatewayStore = (db: Database): GatewayStore => ({
  noteRefused: noteRefused(db),
  hasRefused: hasRefused(db),
  feed: feed(db),
  held: held(db),
});
