// Looking back: figures as known at the end of an earlier day, or what changed from one day to a later one. Each is asked for
// once, made by a process of its own, kept as it was made, and shown to those who work on the evaluation.
import type { Panel } from '../disclosure/panel.ts';
import type { Reason } from '../evaluations/as-of/figures.ts';
import type { Evaluation } from '../evaluations/evaluation.ts';
import type { Queryable } from '../platform/database.ts';

/** London days, YYYY-MM-DD. `until` null: the figures of `day` alone. */
export interface Days {
  day: string;
  until: string | null;
}

/** One outcome as it was known; `panel` null where too few children could be told apart. */
export interface ThenPanel {
  outcome: string;
  panel: Panel | null;
}

/** A reason that may be shown: `about` is its number of children, rounded to the threshold. */
export interface ShownReason extends Omit<Reason, 'children'> {
  about: number;
}

/** How many times it is tried to make one. */
export const ATTEMPTS = 3;

interface Asked extends Days {
  /** When it was asked for (RFC 3339). */
  askedAt: string;
}

export type LookBack = Asked &
  (
    | { state: 'waiting'; ahead: number; councilsDone: number; councils: number }
    | { state: 'failed' }
    /** `madeAt`: RFC 3339. `panels` of figures; of a comparison `reasons`. */
    | { state: 'made'; madeAt: string; codeVersion: string; panels: ThenPanel[]; reasons: ShownReason[] }
  );

export type AskAnswer = 'asked' | 'known' | 'future' | 'before' | 'busy' | 'enough' | 'refused';

interface Row {
  day: string;
  until: string | null;
  asked_at: Date;
  attempts: number;
  councils_done: number;
  ahead: number;
  made_at: Date | null;
  code_version: string | null;
  panels: ThenPanel[] | null;
  reasons: ShownReason[] | null;
}

const rows = (db: Queryable, { id, protocolHash }: Evaluation, days: Days | null) => db<Row[]>`
  select l.day, l.until, l.asked_at, l.attempts, l.councils_done, l.made_at, l.code_version,
    case when ${days !== null} then l.panels end as panels, case when ${days !== null} then l.reasons end as reasons,
    (select count(*)::integer from waymark.look_back w
      where w.made_at is null and w.attempts < ${ATTEMPTS} and w.asked_at < l.asked_at) as ahead
  from waymark.look_back l
  where l.evaluation_id = ${id} and l.protocol_hash = ${protocolHash}
    and (${days === null} or (l.day = ${days?.day ?? null}::date and l.until is not distinct from ${days?.until ?? null}::date))
  order by l.day desc, l.until desc nulls first`;

function lookBackOf({ protocol }: Evaluation, row: Row): LookBack {
  const { day, until, made_at, code_version } = row;
  const asked = { day, until, askedAt: row.asked_at.toISOString() };
  if (made_at !== null)
    return {
      ...asked,
      state: 'made',
      madeAt: made_at.toISOString(),
      codeVersion: code_version ?? '',
      panels: row.panels ?? [],
      reasons: row.reasons ?? [],
    };
  if (row.attempts >= ATTEMPTS) return { ...asked, state: 'failed' };
  const { ahead, councils_done: councilsDone } = row;
  return { ...asked, state: 'waiting', ahead, councilsDone, councils: protocol.councils.length };
}

/** Null when nobody has asked for it. */
export async function lookBackAt(
  db: Queryable,
  evaluation: Evaluation,
  days: Days,
): Promise<LookBack | null> {
  const [row] = await rows(db, evaluation, days);
  return row ? lookBackOf(evaluation, row) : null;
}

/** Everything that was asked for, newest day first, without its figures. */
export async function lookBacks(db: Queryable, evaluation: Evaluation): Promise<LookBack[]> {
  return (await rows(db, evaluation, null)).map((row) => lookBackOf(evaluation, row));
}

/** Asks for it in the reader's name, unless it is known, impossible, or too much is asked for. */
export async function askLookBack(
  db: Queryable,
  { id }: Evaluation,
  { day, until }: Days,
): Promise<AskAnswer> {
  const [row] = await db<{ answer: AskAnswer }[]>`
    select waymark.ask_look_back(${id}::smallint, ${day}::date, ${until}::date) as answer`;
  return row?.answer ?? 'refused';
}

/** The first day that can be looked back on: the evaluation's first one here. */
export async function firstDay(db: Queryable, { id }: Evaluation): Promise<string | null> {
  const [row] = await db<{ day: string }[]>`
    select (created_at at time zone 'Europe/London')::date as day from waymark.evaluation where evaluation_id = ${id}`;
  return row?.day ?? null;
}
