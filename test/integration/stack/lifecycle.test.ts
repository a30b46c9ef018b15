// A stack starts, answers, stops without a trace, and finds everything again at its next start.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readAddresses, status, up } from '../../../infra/local/index.ts';
import { silent } from '../../../services/platform/progress.ts';
import { ALL_KEPT, readFacts, writeFacts } from './facts.ts';
import { CACHE, processesOf, stillAlive, temporaryHome } from './homes.ts';

const SERVICE = fileURLToPath(new URL('./service.ts', import.meta.url));
const service = (name: string, how = '') => ({ name, args: ['--import', 'tsx', SERVICE, how] });

test('what is written before a stop is there after the next start, at the same addresses', async () => {
  const home = temporaryHome();
  const first = await up({ home, cacheDir: CACHE, given: {}, progress: silent });
  await writeFacts(first.addresses);
  const { guards, parts } = processesOf(home);
  expect(parts).toHaveLength(3);
  await first.stop();
  expect(await stillAlive([...guards, ...parts], 0)).toEqual([]);
  await expect(readAddresses(home, {})).rejects.toMatchObject({ code: 'stack-not-running' });

  const second = await up({ home, cacheDir: CACHE, given: {}, progress: silent });
  expect(second.addresses).toEqual(first.addresses);
  expect(await readAddresses(home, {})).toEqual(first.addresses);
  expect(await readFacts(second.addresses)).toEqual(ALL_KEPT);

  const told = await status(home);
  expect(told).toMatchObject({ running: true, ownerPid: process.pid });
  expect(told.parts.map(({ name, state, healthy }) => [name, state, healthy])).toEqual([
    ['postgres', 'running', true],
    ['kafka', 'running', true],
    ['temporal', 'running', true],
  ]);
  expect(told.parts.every((part) => part.pid && part.dataBytes && part.version)).toBe(true);
  expect(JSON.stringify(told)).not.toContain(new URL(first.addresses.databaseUrl).password);

  // A second `up` in this home is refused; elsewhere, these addresses replace the parts.
  await expect(up({ home, cacheDir: CACHE, given: {}, progress: silent })).rejects.toMatchObject({
    code: 'stack-running',
  });
  const elsewhere = temporaryHome();
  const { temporalUi: _, ...given } = second.addresses;
  const borrowed = await up({ home: elsewhere, cacheDir: CACHE, given, progress: silent });
  expect(borrowed.addresses).toMatchObject(given);
  expect(processesOf(elsewhere).parts).toEqual([]);
  expect((await status(elsewhere)).parts.map((part) => part.state)).toEqual(Array(3).fill('provided'));

  // Services run beside the parts, are told with their log when they cannot start, and end with the stack.
  const gateway = await borrowed.service(service('gateway'));
  expect(gateway.payload).toEqual({ url: 'http://127.0.0.1:1' });
  await expect(borrowed.service(service('portal', 'never-ready'))).rejects.toMatchObject({
    code: 'service-failed',
    message: expect.stringContaining('the settings are wrong'),
  });
  expect((await status(elsewhere)).services.map(({ name }) => name)).toEqual(['gateway']);
  const services = processesOf(elsewhere);
  await borrowed.service(service('ingest', 'fail'));
  expect(await borrowed.failed).toMatchObject({
    code: 'service-failed',
    message: expect.stringMatching(/^ingest stopped/),
  });
  await borrowed.stop();
  expect(await stillAlive([...services.guards, ...services.parts], 0)).toEqual([]);
  await second.stop();
});
