// Transactions that PostgreSQL refuses because another one stood in the way.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connect, type Database, transact } from '../../../services/platform/database.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';

let database: TestDatabase;
let one: Database;
let other: Database;
beforeAll(async () => {
  database = await testDatabase();
  one = connect(database.databaseUrl, 1, 'test-transact');
  other = connect(database.databaseUrl, 1, 'test-transact-other');
  await one`create table counted (place integer primary key, value integer not null)`;
});
beforeEach(async () => {
  await one`delete from counted`;
  await one`insert into counted values (1, 0), (2, 0)`;
});
afterAll(async () => {
  await Promise.all([one.end(), other.end()]);
  await database.drop();
});

const values = async (): Promise<number[]> =>
  (await one<{ value: number }[]>`select value from counted order by place`).map(({ value }) => value);

it('what was read too early to be written (40001) is read again', async () => {
  const read: number[] = [];
  const answer = await transact(
    one,
    async (tx) => {
      const [row] = await tx<{ value: number }[]>`select value from counted where place = 1`;
      read.push(row!.value);
      if (read.length === 1) await other`update counted set value = 10 where place = 1`;
      await tx`update counted set value = ${row!.value + 1} where place = 1`;
      return row!.value + 1;
    },
    'isolation level repeatable read',
  );
  expect(read).toEqual([0, 10]);
  expect(answer).toBe(11);
  expect(await values()).toEqual([11, 0]);
});

it('a deadlock (40P01) is followed by the whole transaction once more, and the other one goes through', async () => {
  // Whoever waits longer than this looks for a deadlock and gives way: only the one under test does.
  await one`set deadlock_timeout = '10ms'`;
  await other`set deadlock_timeout = '1h'`;
  let tries = 0;
  let others: Promise<unknown> | undefined;
  await transact(one, async (tx) => {
    tries += 1;
    await tx`update counted set value = value + 1 where place = 1`;
    if (tries === 1) {
      const pid = await new Promise<number>((held) => {
        others = other.begin(async (second) => {
          const [row] = await second<{ pid: number }[]>`
            update counted set value = value + 100 where place = 2 returning pg_backend_pid() as pid`;
          held(row!.pid);
          await second`update counted set value = value + 100 where place = 1`;
        });
      });
      for (let waits = false; !waits; )
        waits = (await tx`select from pg_locks where pid = ${pid} and not granted`).length > 0;
    }
    await tx`update counted set value = value + 1 where place = 2`;
  });
  await others;
  expect(tries).toBe(2);
  expect(await values()).toEqual([101, 101]);
});

it('after eight collisions the last of them is thrown', async () => {
  let tries = 0;
  const collided = transact(
    one,
    async (tx) => {
      tries += 1;
      await tx`select value from counted`;
      await other`update counted set value = value + 1 where place = 1`;
      await tx`update counted set value = 0 where place = 1`;
    },
    'isolation level serializable',
  );
  await expect(collided).rejects.toMatchObject({ code: '40001' });
  expect(tries).toBe(8);
  expect(await values()).toEqual([8, 0]);
});

it('any other refusal is thrown at once', async () => {
  let tries = 0;
  const refused = transact(one, async (tx) => {
    tries += 1;
    await tx`insert into counted values (1, 0)`;
  });
  await expect(refused).rejects.toMatchObject({ code: '23505' });
  expect(tries).toBe(1);
});
