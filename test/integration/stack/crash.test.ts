// However the owner of a stack ends, nothing of the stack outlives it for long, and the next start finds everything.
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isAlive } from '../../../infra/local/identity.ts';
import { down, up } from '../../../infra/local/index.ts';
import type { StackAddresses } from '../../../services/platform/addresses.ts';
import { silent } from '../../../services/platform/progress.ts';
import { ALL_KEPT, readFacts, writeFacts } from './facts.ts';
import { CACHE, processesOf, startOwner, stillAlive, temporaryHome } from './homes.ts';

/** Seconds alone; more beside other work. */
const TIME_TO_END_MS = 60_000;

// Five starts, one of them after a power cut: half a minute alone, minutes beside other work.
const LIMIT_MS = 900_000;

test('one home through every kind of crash', { timeout: LIMIT_MS }, async () => {
  const home = temporaryHome();

  // The owner is killed: its guardians stop the parts.
  const first = await startOwner(home);
  await writeFacts(first.said as StackAddresses);
  const one = processesOf(home);
  expect(one.parts).toHaveLength(3);
  first.process.kill('SIGKILL');
  expect(await stillAlive([...one.guards, ...one.parts], TIME_TO_END_MS)).toEqual([]);

  // Everything is killed at once: the next start recovers the data from what was on disk.
  const second = await startOwner(home);
  const two = processesOf(home);
  second.process.kill('SIGKILL');
  for (const { pid } of [...two.guards, ...two.parts]) process.kill(pid, 'SIGKILL');

  // `down` from another process ends an owner that handles no signal, and all its parts.
  const third = await startOwner(home);
  expect(await readFacts(third.said as StackAddresses)).toEqual(ALL_KEPT);
  const three = processesOf(home);
  const ended = once(third.process, 'exit');
  expect(await down(home)).toEqual({ stopped: ['kafka', 'postgres', 'temporal'] });
  expect((await ended)[1]).toBe('SIGTERM');
  expect(await stillAlive([...three.guards, ...three.parts], 0)).toEqual([]);
  expect(await down(home)).toEqual({ stopped: [] });

  // Owner and guardians are killed: the parts run on alone until the next start stops them.
  const fourth = await startOwner(home);
  const four = processesOf(home);
  const fourthGone = once(fourth.process, 'exit');
  // Stopped, no guardian sees its owner go before it is killed itself.
  for (const { pid } of four.guards) process.kill(pid, 'SIGSTOP');
  fourth.process.kill('SIGKILL');
  await fourthGone;
  for (const { pid } of four.guards) process.kill(pid, 'SIGKILL');
  expect(await stillAlive(four.guards, TIME_TO_END_MS)).toEqual([]);
  expect(four.parts.every(isAlive)).toBe(true);
  const fifth = await up({ home, cacheDir: CACHE, given: {}, progress: silent });
  expect(four.parts.some(isAlive)).toBe(false);
  expect(await readFacts(fifth.addresses)).toEqual(ALL_KEPT);

  // One guardian is killed: its part is stopped by the owner, which is told.
  process.kill(processesOf(home).guards[0]!.pid, 'SIGKILL');
  expect(await fifth.failed).toMatchObject({ exitCode: 1, code: expect.stringMatching(/-failed$/) });
  await fifth.stop();
  expect(processesOf(home)).toEqual({ guards: [], parts: [] });
});
