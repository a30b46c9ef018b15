// Transactions that stand in each other's way.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import type { Scene } from '../scene.ts';
import { HELD_MS } from './held.ts';

/** Whoever connects from now on works in transactions of this isolation. */
async function isolate({ db }: Scene, as: string): Promise<void> {
  await db.unsafe(`alter database waymark set default_transaction_isolation = '${as}'`);
  await db`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
}

/** How often PostgreSQL has said so in its log. */
async function said({ servers }: Scene, words: RegExp): Promise<number> {
  const log = await readFile(join(servers.postgres.home.logs, 'postgres.log'), 'utf8');
  return log.match(words)?.length ?? 0;
}

/** Takes the newest heads of records, the last child first: against the order in which they are written. */
async function collide({ databaseUrl }: Scene, until: () => boolean): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    while (!until()) {
      await sql
        .begin(async (tx) => {
          const heads = await tx`select child_key from waymark.occurrence order by recorded_at desc limit 20`;
          const children = [...new Set(heads.map(({ child_key }) => child_key as number))];
          for (const child of children.sort((a, b) => b - a)) {
            await tx`update waymark.occurrence set purged = purged where child_key = ${child}`;
            await pause(5);
          }
        })
        .catch(() => {});
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Every transaction is serialisable, and others write the same rows in the opposite order. */
export async function collided(scene: Scene): Promise<number> {
  const words = /could not serialize|deadlock detected/g;
  const before = await said(scene, words);
  await isolate(scene, 'serializable');
  const end = Date.now() + HELD_MS;
  await Promise.all([1, 2].map(() => collide(scene, () => Date.now() > end)));
  await isolate(scene, 'read committed');
  if ((await said(scene, words)) === before) throw new Error('no transaction collided');
  return 0;
}
