// What PostgreSQL lacks: connections, room, quiet.
import { execFile } from 'node:child_process';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import postgres from 'postgres';
import type { Scene } from '../scene.ts';
import { HELD_MS } from './held.ts';

const run = promisify(execFile);

export async function exhausted({ databaseUrl }: Scene): Promise<number> {
  const takers: postgres.Sql[] = [];
  try {
    for (let refused = false; !refused && takers.length < 500; ) {
      const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
      takers.push(sql);
      refused = await sql`select 1`.then(
        () => false,
        () => true,
      );
    }
    await pause(HELD_MS);
  } finally {
    await Promise.all(takers.map((sql) => sql.end({ timeout: 1 })));
  }
  return 0;
}

/** PostgreSQL's data moves to a file system of its own, which is then filled to its last byte. */
export async function diskFull({ servers }: Scene): Promise<number> {
  const { postgres: server } = servers;
  const data = join(server.home.data, 'postgres');
  const aside = `${data}.aside`;
  await server.stop();
  await run('mv', [data, aside]);
  await run('mkdir', [data]);
  const { stdout } = await run('du', ['-sm', aside]);
  const megabytes = Number.parseInt(stdout, 10) + 96;
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', data]);
  try {
    await run('cp', ['-a', `${aside}/.`, data]);
    await run('chown', ['--reference', aside, data]);
    await run('chmod', ['--reference', aside, data]);
    await server.start();
    await pause(1_000);
    const { bavail, bsize } = await statfs(data);
    await writeFile(join(data, 'ballast'), Buffer.alloc(bavail * bsize)).catch(() => {});
    await pause(HELD_MS);
    await rm(join(data, 'ballast'));
    if (await server.ended()) await server.start();
    await pause(2_000);
    await server.stop();
    await rm(aside, { recursive: true });
    await run('cp', ['-a', data, aside]);
  } finally {
    await server.stop();
    await run('umount', [data]);
    await run('rmdir', [data]);
    await run('mv', [aside, data]);
  }
  await server.start();
  return 0;
}

/** What a release may do to the busiest table while messages are settled: a column, an index, and both away again. */
export async function migrated({ db }: Scene): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    await db.begin(async (tx) => {
      await tx.unsafe('alter table waymark.case_event add column of_a_fault_test integer');
      await tx.unsafe('create index of_a_fault_test on waymark.case_event (of_a_fault_test)');
    });
    await pause(300);
    await db.unsafe('alter table waymark.case_event drop column of_a_fault_test');
  }
  return 0;
}
