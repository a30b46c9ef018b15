// What the ledger held at an instant, cut by when each statement was stored here (ledgeredAt). A statement that the council
// recorded earlier but sent later was not known yet; content that a purge has erased since is gone from every cut.
import { sourceOf } from '../../../schemas/case-event.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { RecordState } from '../../../schemas/records.ts';
import { kindNamed, kindNumber } from '../../outcomes/kinds.ts';
import { note } from '../../outcomes/live-records.ts';
import { groupsOf, type Pseudonym, personsOf } from '../../outcomes/persons.ts';
import type { Queryable } from '../../platform/database.ts';
import {
  type Allotted,
  type DrawnCouncils,
  type ListedArms,
  listKey,
  type OptedOut,
} from '../evaluate/allocation.ts';
import type { Knowledge, KnownFeed } from '../evaluate/known.ts';
import type { Evaluation } from '../evaluation.ts';

const ROWS_AT_ONCE = 20_000;

interface Head {
  council: string;
  child: string;
  kind: number;
  record: string;
  event: string;
  recorded_at: Date;
  state: RecordState | null;
}

/** A head of a record as the case event it was. Erased content reads as a purge: nothing of it is left to count. */
function eventOf({ council, child, kind, record, event, recorded_at, state }: Head) {
  return {
    specversion: '1.0',
    id: event,
    source: sourceOf(council),
    type: `waymark.case.${kindNamed(kind)}.v1`,
    subject: child,
    time: recorded_at.toISOString(),
    data: { recordId: record, ...(state === null ? { purged: true } : { state }) },
  } as Parameters<typeof note>[1];
}

/** Keys of pseudonyms that were one child at `cut`: from each of them to all of its group. */
async function groupsAt(
  db: Queryable,
  councils: readonly string[],
  cut: Date,
): Promise<Map<string, string[]>> {
  const links = await db<{ one: number; other: number }[]>`
    select s.child_key as one, o.child_key as other
    from (
      select distinct on (e.child_key, e.record_id) e.child_key, c.council_id, e.state
      from waymark.case_event e join waymark.child c using (child_key) join waymark.council co using (council_id)
      where e.kind = ${kindNumber['same-child']} and co.code = any(${councils as string[]})
        and e.ledgered_at < ${cut.toISOString()}::timestamptz
      order by e.child_key, e.record_id, e.recorded_at desc, e.event_id desc) s
    join waymark.child o on o.council_id = s.council_id and o.pseudonym = substr(s.state ->> 'other', 2)::uuid
    where (s.state ->> 'same')::boolean`;
  return groupsOf(links.map(({ one, other }) => [String(one), String(other)]));
}

/** These children under every pseudonym they had at `cut`. */
async function everyPseudonym(
  db: Queryable,
  councils: readonly string[],
  cut: Date,
  children: readonly number[],
): Promise<number[]> {
  const groups = await groupsAt(db, councils, cut);
  return [...new Set(children.flatMap((key) => groups.get(String(key))?.map(Number) ?? [key]))];
}

/** Heads of records at `cut` by pseudonym, of these councils' children. `children` narrows it to these keys. */
export async function saidUntil(
  db: Queryable,
  councils: readonly string[],
  cut: Date,
  children: readonly number[] | null,
): Promise<{ said: Pseudonym[]; records: number }> {
  const found = new Map<string, Pseudonym>();
  let records = 0;
  const rows = db<Head[]>`
    select distinct on (e.child_key, e.kind, e.record_id)
      co.code as council, 'c' || replace(c.pseudonym::text, '-', '') as child, e.kind,
      'r' || replace(e.record_id::text, '-', '') as record, e.event_id as event, e.recorded_at, e.state
    from waymark.council co join waymark.child c using (council_id) join waymark.case_event e using (child_key)
    where co.code = any(${councils as string[]}) and e.ledgered_at < ${cut.toISOString()}::timestamptz
      and (${children === null} or c.child_key = any(${(children ?? []) as number[]}::integer[]))
    order by e.child_key, e.kind, e.record_id, e.recorded_at desc, e.event_id desc`.cursor(ROWS_AT_ONCE);
  for await (const chunk of rows) {
    for (const head of chunk) {
      const key = `${head.council} ${head.child}`;
      const known = found.get(key) ?? { council: head.council, child: head.child, newest: new Map() };
      found.set(key, known);
      note(known.newest, eventOf(head));
      records += 1;
    }
  }
  const inOrder = [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return { said: inOrder.map(([, child]) => child), records };
}

/** How far each feed was complete at `cut`, once every partition had shown the statement, and its declared gaps. */
export async function feedsAt(db: Queryable, councils: readonly string[], cut: Date) {
  const until = cut.toISOString();
  const feeds = new Map<string, KnownFeed>(
    councils.map((council) => [council, { completeThrough: new Map(), gaps: [] }]),
  );
  const marks = await db<{ council: string; kind: number; through: string }[]>`
    with mark as (
      select distinct on (council_id, kind, partition) council_id, kind, complete_through
      from waymark.feed_statement where complete_through is not null and ledgered_at < ${until}::timestamptz
      order by council_id, kind, partition, stated_at desc, statement_id desc
    )
    select co.code as council, m.kind, min(m.complete_through) as through
    from mark m join waymark.council co using (council_id) where co.code = any(${councils as string[]})
    group by co.code, m.kind
    having count(*) >= (select coalesce(max(partitions), 1) from waymark.stream)`;
  for (const { council, kind, through } of marks) {
    const name = kindNamed(kind);
    if (name) feeds.get(council)?.completeThrough.set(name, through);
  }
  const gaps = await db<{ council: string; kind: number; from: string; to: string }[]>`
    select distinct co.code as council, s.kind, s.statement_id, s.gap_from as from, s.gap_to as to
    from waymark.feed_statement s join waymark.council co using (council_id)
    where co.code = any(${councils as string[]}) and s.gap_from is not null and s.ledgered_at < ${until}::timestamptz
    order by 1, 2, 4, 5`;
  for (const { council, kind: number, from, to } of gaps) {
    const kind = kindNamed(number);
    if (kind) feeds.get(council)?.gaps.push({ kind, from, to });
  }
  return { feeds, statements: marks.length + gaps.length };
}

/**
 * What was known of a protocol's councils before the instant `cut`.
 * @param children only the children with a pseudonym of these keys; null for all
 */
export async function knownAsOf(
  db: Queryable,
  { councils }: Pick<Protocol, 'councils'>,
  cut: Date,
  children: readonly number[] | null = null,
): Promise<Knowledge> {
  const keys = children && (await everyPseudonym(db, councils, cut, children));
  const at = await saidUntil(db, councils, cut, keys);
  const { feeds, statements } = await feedsAt(db, councils, cut);
  const silent: KnownFeed = { completeThrough: new Map(), gaps: [] };
  const none = { blank: 0, refused: 0, otherCouncils: 0, afterAsOf: 0, duplicates: 0 };
  return {
    // Each record once, as its newest statement, and each feed's marks: the store keeps no lines.
    taken: { ...none, lines: at.records + statements, statements, caseEvents: at.records },
    refusals: [],
    refusedFor: [],
    councilsLeftOut: [],
    children: () => personsOf(at.said),
    pseudonyms: () => at.said,
    feedOf: (council) => feeds.get(council) ?? silent,
  };
}

/** The arms that a list or the service had given by `cut`. */
async function armsAsOf(
  db: Queryable,
  { id }: Evaluation,
  cut: Date,
  council: string | null,
): Promise<ListedArms> {
  const rows = await db<{ council: string; unit: string; arm: number }[]>`
    select co.code as council, 'u' || replace(a.unit::text, '-', '') as unit, a.arm
    from waymark.allocation a join waymark.council co using (council_id)
    where a.evaluation_id = ${id} and a.allocated_at < ${cut.toISOString()}::timestamptz
      and (${council}::text is null or co.code = ${council})
    order by a.allocated_at, a.unit`;
  return new Map(
    rows.map(({ council, unit, arm }) => [listKey(council, unit), arm === 1 ? 'trial' : 'comparison']),
  );
}

/** Councils are drawn at the moment in which the trial is opened. */
async function drawnAsOf(db: Queryable, { id }: Evaluation, cut: Date): Promise<DrawnCouncils> {
  const rows = await db<{ council: string; from: string | null }[]>`
    select c.code as council, a.trial_from as from
    from waymark.allocated_council a join waymark.council c using (council_id)
    join waymark.allocation_trial t using (evaluation_id)
    where a.evaluation_id = ${id} and t.opened_at < ${cut.toISOString()}::timestamptz`;
  return new Map(rows.map(({ council, from }) => [council, from]));
}

/**
 * What had been given to units by `cut`.
 * @param council the ONS code of the one council whose units are wanted; null for all
 */
export async function allottedAsOf(
  db: Queryable,
  evaluation: Evaluation,
  cut: Date,
  council: string | null = null,
): Promise<Allotted> {
  return {
    arms: await armsAsOf(db, evaluation, cut, council),
    councils: await drawnAsOf(db, evaluation, cut),
  };
}

/** Who has opted out by now, whatever day is asked about: nothing is worked out of them any more. */
export async function optedOutOf(db: Queryable, { id }: Evaluation): Promise<OptedOut> {
  const rows = await db<{ council: string; unit: string }[]>`
    select c.code as council, 'u' || replace(o.unit::text, '-', '') as unit
    from waymark.opt_out o join waymark.council c using (council_id) where o.evaluation_id = ${id}`;
  return new Set(rows.map(({ council, unit }) => listKey(council, unit)));
}
