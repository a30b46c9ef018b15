// However the owner of a stack ends, nothing of the stack outlives it for long, and the next start finds everything.
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isAlive } from '../../../infra/local/identity.ts';
import { down, up } from '../../../infra/local/index.ts';
import type { StackAddresses } from '../../../services/platform/addresses.ts';
import { silent } from '../../../services/platform/progress.ts';
import { ALL_KEPT, readFacts, writeFacts } from './facts.ts';
import { CACHE, processesOf, startOwner, stillAlive, temporaryHome } from './homes.ts';

const FEW_SECONDS = 5_000;

test('kill -9 of the owner, then of a guardian, then of owner and guardians together', async () => {
  const home = temporaryHome();

  const first = await startOwner(home);
  await writeFacts(first.said as StackAddresses);
  const before = processesOf(home);
  expect(before.parts).toHaveLength(3);
  first.process.kill('SIGKILL');
  expect(await stillAlive([...before.guards, ...before.parts], FEW_SECONDS)).toEqual([]);

  const second = await startOwner(home);
  const meanwhile = processesOf(home);
  second.process.kill('SIGKILL');
  for (const { pid } of meanwhile.guards) process.kill(pid, 'SIGKILL');
  expect(await stillAlive(meanwhile.guards, FEW_SECONDS)).toEqual([]);
  expect(meanwhile.parts.every(isAlive)).toBe(true);

  const third = await up({ home, cacheDir: CACHE, given: {}, progress: silent });
  expect(meanwhile.parts.some(isAlive)).toBe(false);
  expect(await readFacts(third.addresses)).toEqual(ALL_KEPT);

  const [guard] = processesOf(home).guards;
  process.kill(guard!.pid, 'SIGKILL');
  expect(await third.failed).toMatchObject({ exitCode: 1 });
  await third.stop();
  expect(processesOf(home)).toEqual({ guards: [], parts: [] });
});

test('SIGTERM of the owner, and `down` from another process, leave nothing', async () => {
  const home = temporaryHome();
  const first = await startOwner(home);
  const before = processesOf(home);
  first.process.kill('SIGTERM');
  expect(await stillAlive([...before.guards, ...before.parts], FEW_SECONDS)).toEqual([]);

  const second = await startOwner(home);
  const after = processesOf(home);
  const ended = once(second.process, 'exit');
  expect(await down(home)).toEqual({ stopped: ['kafka', 'postgres', 'temporal'] });
  await ended;
  expect(await stillAlive([...after.guards, ...after.parts], 0)).toEqual([]);
  expect(await down(home)).toEqual({ stopped: [] });
});

test('parts that were themselves killed with everything else start again on their data', async () => {
  const home = temporaryHome();
  const first = await startOwner(home);
  await writeFacts(first.said as StackAddresses);
  const { guards, parts } = processesOf(home);
  first.process.kill('SIGKILL');
  for (const { pid } of [...guards, ...parts]) process.kill(pid, 'SIGKILL');
  const second = await up({ home, cacheDir: CACHE, given: {}, progress: silent });
  expect(await readFacts(second.addresses)).toEqual(ALL_KEPT);
  await second.stop();
});
