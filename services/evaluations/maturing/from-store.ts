// The maturity ledger of a stored evaluation. While it is blinded no state is read: a council or a wave can be an arm, and the
// only figure of outcomes that blinding allows is the one pooled over the whole evaluation (`waymark evaluation status`).
import { londonDay } from '../../../schemas/calendar.ts';
import type { DataSource } from '../../../schemas/protocol.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import { clockWithinMonths } from '../../outcomes/feeds.ts';
import { kindNamed } from '../../outcomes/kinds.ts';
import { stateNumber } from '../../outcomes/set-engine.ts';
import { plainColumn } from '../../platform/columns.ts';
import type { Queryable } from '../../platform/database.ts';
import type { Evaluation } from '../evaluation.ts';
import { milestones } from '../maturity.ts';
import { type Expectation, expectationOf, isSilent } from './expected.ts';
import { dueOn, inLedgerOrder, type MaturityRow, throughOf } from './row.ts';

export type LedgerRow = MaturityRow &
  Expectation & { /** RFC 3339; null while it is not frozen. */ frozenAt: string | null };

export interface CouncilFeed {
  /** ONS code. */
  council: string;
  name: string;
  /** It says something at least this often. */
  rhythmDays: number;
  /** When its last feed statement arrived, RFC 3339; null: none ever did. */
  lastHeard: string | null;
  silent: boolean;
}

/** What `waymark maturity` prints of one evaluation. */
export interface MaturityLedger {
  evaluation: string;
  title: string;
  dataSource: DataSource;
  protocolHash: string;
  /** The Europe/London day on which it is told. */
  today: string;
  participants: number;
  /** Why `states` is null; null where it is not. */
  statesHidden: 'blinded' | null;
  feeds: CouncilFeed[];
  rows: LedgerRow[];
}

interface StoredFeed {
  id: number;
  council: string;
  name: string;
  rhythmDays: number;
  lastHeard: Date | null;
  completeThrough: Map<RecordKind, string>;
}

async function feedsOf(db: Queryable, { id }: Evaluation): Promise<Map<string, StoredFeed>> {
  const rows = await db<
    (Omit<StoredFeed, 'completeThrough'> & { kinds: number[]; through: (string | null)[] })[]
  >`
    select c.council_id as id, c.code as council, c.name, c.rhythm_days as "rhythmDays",
      (select max(s.ledgered_at) from waymark.feed_statement s where s.council_id = c.council_id) as "lastHeard",
      array(select t.kind from waymark.complete_through t where t.council_id = c.council_id order by t.kind) as kinds,
      array(select t.complete_through::text from waymark.complete_through t where t.council_id = c.council_id order by t.kind) as through
    from waymark.evaluation_council e join waymark.council c using (council_id)
    where e.evaluation_id = ${id} order by c.code`;
  return new Map(
    rows.map(({ kinds, through, ...row }) => {
      const completeThrough = new Map<RecordKind, string>();
      for (const [at, number] of kinds.entries()) {
        const [kind, day] = [kindNamed(number), through[at]];
        if (kind && day) completeThrough.set(kind as RecordKind, day);
      }
      return [row.council, { ...row, completeThrough }];
    }),
  );
}

interface Counted {
  outcome: number;
  horizon: number;
  wave: string;
  council: string;
  participants: number;
  last_index: string;
  matured: number;
  event: number;
  no_event: number;
  censored: number;
  not_at_risk: number;
  event_so_far: number;
  no_event_so_far: number;
  censored_so_far: number;
  not_at_risk_so_far: number;
}

/**
 * Counts by outcome, horizon, wave and council. Unblinded, a participant has matured as `waymark outcomes` has it: by the day
 * its own clock leads to. Blinded, when a clock started is not to be seen either, so the last day it could lead to is awaited.
 */
async function counted(
  db: Queryable,
  { id, protocol, unblinded }: Evaluation,
  feeds: ReadonlyMap<string, StoredFeed>,
): Promise<Counted[]> {
  const { outcomes, horizons } = protocol;
  const known = outcomes.flatMap((definition, outcome) =>
    [...feeds.values()].flatMap((feed) => {
      const through = throughOf(definition, feed.completeThrough);
      return through === null ? [] : [{ outcome, council: feed.id, through }];
    }),
  );
  const day = unblinded
    ? db`o.horizon_day`
    : db`(p.index_day + make_interval(months => h.clock + h.horizon))::date`;
  const state = unblinded ? db`o.state` : db`null::smallint`;
  const stored = unblinded
    ? db`left join waymark.outcome o on o.participant_key = p.participant_key and o.outcome = h.outcome and o.horizon = h.horizon`
    : db``;
  const having = (name: keyof typeof stateNumber, matured: boolean) =>
    db`count(*) filter (where matured = ${matured} and state = ${stateNumber[name]})::integer`;
  return db<Counted[]>`
    with asked as (
      select outcome, clock, horizon from unnest(${outcomes.map((_, at) => at)}::smallint[], ${outcomes.map(clockWithinMonths)}::integer[])
        as d(outcome, clock) cross join unnest(${horizons}::integer[]) as h(horizon)
    ),
    known as (
      select * from unnest(${plainColumn(known.map((one) => one.outcome))}::smallint[], ${plainColumn(known.map((one) => one.council))}::smallint[],
        ${plainColumn(known.map((one) => one.through))}::date[]) as k(outcome, council_id, through)
    ),
    judged as (
      select h.outcome, h.horizon, p.wave, p.council_id, p.index_day, ${state} as state,
        coalesce(k.through >= ${day}, false) as matured
      from waymark.participant p cross join asked h ${stored}
      left join known k on k.outcome = h.outcome and k.council_id = p.council_id
      where p.evaluation_id = ${id}
    )
    select j.outcome, j.horizon, j.wave, c.code as council, count(*)::integer as participants, max(j.index_day) as last_index,
      count(*) filter (where matured)::integer as matured,
      ${having('event', true)} as event, ${having('no-event', true)} as no_event,
      ${having('censored', true)} as censored, ${having('not-at-risk', true)} as not_at_risk,
      ${having('event', false)} as event_so_far, ${having('no-event', false)} as no_event_so_far,
      ${having('censored', false)} as censored_so_far, ${having('not-at-risk', false)} as not_at_risk_so_far
    from judged j join waymark.council c using (council_id)
    group by j.outcome, j.horizon, j.wave, c.code`;
}

function statesOf(row: Counted, isUnknown: boolean): NonNullable<MaturityRow['states']> {
  const soFar = {
    event: row.event_so_far,
    noEvent: row.no_event_so_far,
    censored: row.censored_so_far,
    notAtRisk: row.not_at_risk_so_far,
  };
  const computed = Object.values(soFar).reduce((sum, count) => sum + count, 0);
  return {
    matured: {
      event: row.event,
      noEvent: row.no_event,
      censored: row.censored,
      notAtRisk: row.not_at_risk,
    },
    pending: isUnknown
      ? { event: 0, noEvent: 0, censored: 0, notAtRisk: 0, notComputed: 0 }
      : { ...soFar, notComputed: row.participants - row.matured - computed },
  };
}

function rowOf(
  { protocol, unblinded }: Evaluation,
  feeds: ReadonlyMap<string, StoredFeed>,
  row: Counted,
  now: Date,
): MaturityRow & Expectation {
  const definition = protocol.outcomes[row.outcome];
  const feed = feeds.get(row.council);
  if (!definition) throw new Error(`the evaluation has no outcome ${row.outcome}`);
  const open = row.participants - row.matured;
  const completeThrough = feed ? throughOf(definition, feed.completeThrough) : null;
  const due = dueOn(definition, row.last_index, row.horizon);
  const { lastHeard = null, rhythmDays = 1 } = feed ?? {};
  const expectation: Expectation =
    open === 0
      ? { standing: 'matured', expectedOn: null }
      : expectationOf({ completeThrough, lastHeard, rhythmDays }, due, now);
  const isUnknown = expectation.standing === 'unknown';
  return {
    outcome: definition.id,
    horizon: row.horizon,
    wave: row.wave,
    council: row.council,
    participants: row.participants,
    dueOn: due,
    completeThrough,
    matured: row.matured,
    pending: isUnknown ? 0 : open,
    unknown: isUnknown ? open : 0,
    states: unblinded ? statesOf(row, isUnknown) : null,
    ...expectation,
  };
}

/** @param now by the clock on the wall: silence is judged by it, and no day before it is expected */
export async function maturityLedger(
  db: Queryable,
  evaluation: Evaluation,
  now: Date,
): Promise<MaturityLedger> {
  const { slug, protocol, protocolHash, unblinded } = evaluation;
  const feeds = await feedsOf(db, evaluation);
  const all = await milestones(db, evaluation);
  const frozen = new Map(all.map((one) => [`${one.wave} ${one.horizon}`, one.frozenAt]));
  const rows = (await counted(db, evaluation, feeds))
    .map((row) => ({
      ...rowOf(evaluation, feeds, row, now),
      frozenAt: frozen.get(`${row.wave} ${row.horizon}`)?.toISOString() ?? null,
    }))
    .sort(inLedgerOrder(protocol.outcomes));
  const [first] = protocol.horizons;
  return {
    evaluation: slug,
    title: protocol.title,
    dataSource: protocol.dataSource,
    protocolHash,
    today: londonDay(now),
    participants: all
      .filter(({ horizon }) => horizon === first)
      .reduce((sum, one) => sum + one.participants, 0),
    statesHidden: unblinded ? null : 'blinded',
    feeds: [...feeds.values()].map(({ council, name, rhythmDays, lastHeard }) => ({
      council,
      name,
      rhythmDays,
      lastHeard: lastHeard?.toISOString() ?? null,
      silent: isSilent({ lastHeard, rhythmDays }, now),
    })),
    rows,
  };
}
