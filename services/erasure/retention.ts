// Until when the records of an evaluation are kept: set by one person, confirmed by another, and carried out on its day.
import type { Queryable } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';

export interface Retention {
  evaluation: string;
  /** YYYY-MM-DD, in London; null while nobody has set a day, or once somebody has said that none holds. */
  destroyOn: string | null;
  /** Who set the day and who confirmed it, and the login each gave the command under. */
  set: { by: string; login: string; reason: string } | null;
  confirmed: { by: string; login: string } | null;
  stage: string;
  /** The erasure that destroyed it, once ordered. */
  erasure: number | null;
  due: boolean;
  /** What stands in the way of a destruction that is due; null when nothing does, or none is due. */
  missing: 'confirmation' | 'closing' | null;
}

interface Row {
  evaluation: string;
  stage: string;
  erasure: number | null;
  destroy_on: string | null;
  due: boolean;
  by: string | null;
  login: string | null;
  reason: string | null;
  confirmed_by: string | null;
  confirmed_login: string | null;
}

/** Every evaluation with what holds for it. */
export async function retentions(db: Queryable): Promise<Retention[]> {
  const rows = await db<Row[]>`
    select e.slug as evaluation, e.stage, d.erasure_id as erasure, r.destroy_on, r.by, r.login, r.reason,
      c.by as confirmed_by, c.login as confirmed_login,
      d.erasure_id is null and coalesce(r.destroy_on <= (now() at time zone 'Europe/London')::date, false) as due
    from waymark.evaluation e
    left join lateral (
      select * from waymark.retention r where r.evaluation_id = e.evaluation_id order by r.retention_id desc limit 1) r on true
    left join waymark.retention_confirmation c using (retention_id)
    left join waymark.erasure d on d.evaluation_id = e.evaluation_id
    order by e.evaluation_id`;
  return rows.map(({ evaluation, stage, erasure, destroy_on: destroyOn, due, ...said }) => ({
    evaluation,
    stage,
    erasure,
    destroyOn,
    due,
    set: said.by === null ? null : { by: said.by, login: said.login ?? '', reason: said.reason ?? '' },
    confirmed:
      said.confirmed_by === null ? null : { by: said.confirmed_by, login: said.confirmed_login ?? '' },
    missing: !due
      ? null
      : said.confirmed_by === null
        ? 'confirmation'
        : stage !== 'closed'
          ? 'closing'
          : null,
  }));
}

const unknown = (evaluation: string): UserError =>
  new UserError('unknown-evaluation', `There is no evaluation ${evaluation}.`, { field: 'evaluation' });

/**
 * Sets the day, or with null says that none holds. What was confirmed before has to be confirmed again.
 * @throws UserError `unknown-evaluation`, `bad-reason`, `destroyed`
 */
export async function setRetention(
  db: Queryable,
  said: { evaluation: string; destroyOn: string | null; reason: string; by: string },
): Promise<void> {
  if (said.reason.length < 5 || said.reason.length > 500)
    throw new UserError('bad-reason', 'Give the reason in 5 to 500 characters.', { field: 'reason' });
  const standing = (await retentions(db)).find(({ evaluation }) => evaluation === said.evaluation);
  if (!standing) throw unknown(said.evaluation);
  if (standing.erasure !== null)
    throw new UserError('destroyed', `${said.evaluation} was destroyed: erasure ${standing.erasure}.`, {
      field: 'evaluation',
    });
  await db`insert into waymark.retention (evaluation_id, destroy_on, reason, by)
    select evaluation_id, ${said.destroyOn}, ${said.reason}, ${said.by} from waymark.evaluation where slug = ${said.evaluation}`;
}

/** Confirms the day that holds. @throws UserError `unknown-evaluation`, `no-day`, `same-person` */
export async function confirmRetention(
  db: Queryable,
  { evaluation, by }: { evaluation: string; by: string },
): Promise<void> {
  const standing = (await retentions(db)).find((one) => one.evaluation === evaluation);
  if (!standing) throw unknown(evaluation);
  if (standing.destroyOn === null)
    throw new UserError('no-day', `No day is set for ${evaluation}: waymark retention set.`, {
      field: 'evaluation',
    });
  try {
    await db`insert into waymark.retention_confirmation (retention_id, by)
      select max(r.retention_id), ${by} from waymark.retention r join waymark.evaluation e using (evaluation_id)
      where e.slug = ${evaluation} on conflict do nothing`;
  } catch (error) {
    if ((error as { constraint_name?: string }).constraint_name !== 'second_person') throw error;
    throw new UserError('same-person', `${by} set this day: another person confirms it.`, { field: 'by' });
  }
}

/** What a destruction would remove, by table; and the children whose records would go with their councils'. */
export async function wouldGo(
  db: Queryable,
  evaluation: string,
): Promise<{ rows: Record<string, number>; children: number; councils: string[] }> {
  const rows = await db<{ store: string; rows: bigint }[]>`
    select store, rows from waymark.evaluation e, waymark.would_go(e.evaluation_id) where e.slug = ${evaluation}`;
  const councils = await db<{ code: string; children: number }[]>`
    select c.code, (select count(*)::integer from waymark.child k where k.council_id = c.council_id) as children
    from waymark.evaluation e, waymark.councils_without_purpose(e.evaluation_id) as without(council_id)
    join waymark.council c using (council_id) where e.slug = ${evaluation} order by c.code`;
  return {
    rows: Object.fromEntries(rows.map(({ store, rows: many }) => [store, Number(many)])),
    children: councils.reduce((sum, { children }) => sum + children, 0),
    councils: councils.map(({ code }) => code),
  };
}

/**
 * Orders every destruction that is due, confirmed and of a closed evaluation.
 * @returns the erasures that have no certificate yet, whatever ordered them
 */
export async function orderDue(db: Queryable): Promise<number[]> {
  const rows = await db<{ id: number }[]>`select waymark.order_due() as id`;
  return rows.map(({ id }) => id);
}
