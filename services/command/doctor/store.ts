// PostgreSQL and what waits in it, asked of the server itself.

import { verifyAudit } from '../../audit/verify.ts';
import { evaluations } from '../../evaluations/evaluation.ts';
import { verifyChain } from '../../evaluations/lifecycle/chain.ts';
import type { Database } from '../../platform/database.ts';
import { pendingMigrations } from '../../platform/migrate.ts';
import { type Looks, type Seen, well, wrong } from './finding.ts';
import { gigabytes } from './machine.ts';

const OLDEST_POSTGRES = 18;
const CONNECTIONS_SHARE = 0.85;
const CLOCK_SECONDS = 2;
const OUTBOX_SECONDS = 300;
const LONG_MINUTES = 30;
const QUARANTINE_SHARE = 0.01;
const LISTED = 5;

const number = (count: number): string => count.toLocaleString('en-GB');

/** At most five names, and how many more there are. */
const named = (names: readonly string[]): string =>
  names.length > LISTED
    ? `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more`
    : names.join(', ');

async function one<T extends object>(rows: PromiseLike<readonly T[]>): Promise<T> {
  const [row] = await rows;
  if (!row) throw new Error('the database gave no answer');
  return row;
}

/** The server, seen through the login of DATABASE_URL itself. */
export const serverLooks = (db: Database): Looks => ({
  postgres: async () => {
    const { version, bytes } = await one(db<{ version: string; bytes: number }[]>`
      select current_setting('server_version') as version, pg_database_size(current_database())::float8 as bytes`);
    const told = `PostgreSQL ${version} answers; the database has ${gigabytes(bytes)}.`;
    return Number.parseInt(version, 10) < OLDEST_POSTGRES
      ? wrong(told, `Waymark is written for PostgreSQL ${OLDEST_POSTGRES}: upgrade the server.`)
      : well(told);
  },
  connections: async () => {
    const { used, most } = await one(db<{ used: number; most: number }[]>`
      select count(*)::int as used, (current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int) as most
      from pg_stat_activity where backend_type = 'client backend'`);
    const told = `${used} of ${most} connections are taken.`;
    return used > CONNECTIONS_SHARE * most
      ? wrong(
          told,
          'Look in pg_stat_activity for who holds them; end what is idle, or raise max_connections.',
        )
      : well(told);
  },
  clock: async () => {
    const asked = Date.now();
    const { at } = await one(db<{ at: Date }[]>`select clock_timestamp() as at`);
    const answered = Date.now();
    // The true difference is known to within half of the way there and back.
    const apart =
      Math.max(0, Math.abs(at.getTime() - (asked + answered) / 2) - (answered - asked) / 2) / 1_000;
    const told = `The clocks of PostgreSQL and this machine are ${apart < 0.1 ? 'together' : `${apart.toFixed(1)} s apart`}.`;
    return apart > CLOCK_SECONDS ? wrong(told, 'Have both follow a time server (NTP).') : well(told);
  },
  transactions: async () => {
    const rows = await db<{ who: string; minutes: number }[]>`
      select coalesce(nullif(application_name, ''), usename) as who,
        (extract(epoch from now() - xact_start) / 60)::int as minutes
      from pg_stat_activity
      where datname = current_database() and xact_start < now() - make_interval(mins => ${LONG_MINUTES})
        and backend_type = 'client backend'
      order by xact_start`;
    if (rows.length === 0) return well(`No transaction is older than ${LONG_MINUTES} minutes.`);
    const told = `Open for long: ${named(rows.map(({ who, minutes }) => `${who} (${minutes} min)`))}.`;
    return wrong(
      told,
      'End it (pg_terminate_backend) unless it is a backup: while it is open nothing can be tidied up behind it.',
    );
  },
});

/** The shape of the store. The other looks at it only make sense when this one is well. */
export async function migrationsLook(db: Database): Promise<Seen> {
  const pending = await pendingMigrations(db);
  return pending.length > 0
    ? wrong(`The database lacks ${named(pending)}.`, 'Run waymark migrate.')
    : well('The database has every migration of this release.');
}

async function silentLook(db: Database): Promise<Seen> {
  const silent = await db<{ subject: string }[]>`
    select subject from waymark.alert where kind = 'feed-silent' and resolved_at is null order by subject`;
  const never = await db<{ code: string }[]>`
    select distinct c.code from waymark.evaluation_council ec join waymark.council c using (council_id)
    where not exists (select from waymark.feed_heard h where h.council_id = c.council_id) order by c.code`;
  const told = [
    ...(silent.length > 0
      ? [`Silent for longer than their rhythm: ${named(silent.map(({ subject }) => subject))}.`]
      : []),
    ...(never.length > 0 ? [`Never heard: ${named(never.map(({ code }) => code))}.`] : []),
  ].join(' ');
  return told === ''
    ? well('Every council of an evaluation has been heard within its rhythm.')
    : wrong(told, 'Ask the council: docs/runbooks/WaymarkFeedSilent.md.');
}

async function quarantineLook(db: Database): Promise<Seen> {
  const { received, quarantined } = await one(db<{ received: number; quarantined: number }[]>`
    select coalesce(sum(received), 0)::float8 as received, coalesce(sum(quarantined), 0)::float8 as quarantined
    from waymark.intake`);
  const { today } = await one(db<{ today: number }[]>`
    select count(*)::int as today from waymark.quarantine where received_at > now() - interval '1 day'`);
  const told = `${number(quarantined)} of ${number(received)} messages were quarantined, ${number(today)} of them in the last day.`;
  return today > 0 && quarantined > QUARANTINE_SHARE * received
    ? wrong(told, 'waymark quarantine says where and why: have their councils mend them and send them again.')
    : well(told);
}

async function outboxLook(db: Database): Promise<Seen> {
  const { rows, age, changes } = await one(db<{ rows: number; age: number; changes: number }[]>`
    select count(*)::float8 as rows, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as age,
      (select count(*) from waymark.cohort_change)::float8 as changes
    from waymark.outbox`);
  const told = `${number(rows)} batches wait to be relayed, the oldest for ${number(Math.round(age))} s; ${number(changes)} participants wait to be computed.`;
  return age > OUTBOX_SECONDS
    ? wrong(told, 'Start the tracker, or read its log: docs/runbooks/WaymarkOutboxOld.md.')
    : well(told);
}

async function chainLook(db: Database): Promise<Seen> {
  const all = await evaluations(db);
  const broken: string[] = [];
  for (const evaluation of all)
    if ((await verifyChain(db, evaluation)).faults.length > 0) broken.push(evaluation.slug);
  return broken.length > 0
    ? wrong(
        `The record of their life is broken: ${named(broken)}.`,
        'docs/runbooks/WaymarkChainBroken.md, before anything is released.',
      )
    : well(`The record of each of ${all.length} evaluations' life is whole.`);
}

async function auditLook(db: Database): Promise<Seen> {
  const { entries, faults } = await db.begin('isolation level repeatable read read only', (tx) =>
    verifyAudit(tx),
  );
  const [first] = faults;
  return first
    ? wrong(
        `The audit log is not whole: entry ${first.seq} ${first.fault}${faults.length > 1 ? `, and ${faults.length - 1} more` : ''}.`,
        'Run waymark audit verify, and keep a copy of the database as it is before anything else.',
      )
    : well(`The audit log of ${number(entries)} entries is whole.`);
}

async function overdueLook(db: Database): Promise<Seen> {
  const rows = await db<{ subject: string }[]>`
    select subject from waymark.alert where kind = 'milestone-overdue' and resolved_at is null order by subject`;
  return rows.length > 0
    ? wrong(
        `Wait for a council beyond their day: ${named(rows.map(({ subject }) => subject))}.`,
        'docs/runbooks/WaymarkMilestoneOverdue.md.',
      )
    : well('No milestone is overdue.');
}

/** What waits in the store, as its operator sees it. */
export const waitingLooks = (db: Database): Looks => ({
  quarantine: () => quarantineLook(db),
  outbox: () => outboxLook(db),
  councils: () => silentLook(db),
  milestones: () => overdueLook(db),
  chains: () => chainLook(db),
  audit: () => auditLook(db),
});
