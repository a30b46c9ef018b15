// docker-compose.yml and the image agree with the code: settings, commands, addresses, ports.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { registerAllocation } from '../../../services/command/allocation.ts';
import { processNames, registerProcesses } from '../../../services/command/processes.ts';
import { registerStack } from '../../../services/command/stack.ts';
import { environmentVariables, loadConfig } from '../../../services/platform/config.ts';

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  read_only?: boolean;
  cap_drop?: string[];
  profiles?: string[];
  secrets?: string[];
}

const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(file(path), 'utf8');

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
  secrets: Record<string, { file: string }>;
};
const services = Object.entries(compose.services);
const waymark = services.filter(([, service]) => service.build !== undefined);
const dockerfile = read('infra/docker/Dockerfile');

/** The environment of a service as Compose would hand it over, with a password given. */
const given = ({ environment }: Service): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      String(value)
        .replace(/\$\{POSTGRES_PASSWORD:\?[^}]*\}/g, 'secret')
        .replace(/\$\{\w+:-([^}]*)\}/g, '$1'),
    ]),
  );

const configOf = (name: string) => loadConfig(given(compose.services[name]!));

describe('Waymark’s services', () => {
  test('are its processes and the migration before them, and with a profile the allocation service', () => {
    const commands = waymark.map(([name, { command }]) => [name, command]);
    const always = ['migrate', ...processNames].map((name) => [name, [name]]);
    expect(commands).toEqual([...always, ['allocation', ['allocation', 'serve']]]);
    for (const [name, { profiles = [] }] of services) {
      const asked: Record<string, string> = {
        allocation: 'allocation',
        prometheus: 'observability',
        grafana: 'observability',
      };
      expect(profiles).toEqual(asked[name] ? [asked[name]] : []);
    }
  });

  test('run commands that exist', () => {
    const program = new Command();
    registerProcesses(program);
    registerStack(program);
    registerAllocation(program);
    const known = program.commands.map((command) => command.name());
    for (const [, { command }] of waymark) expect(known).toContain(command?.[0]);
  });

  test.each(waymark)('%s sets only what Waymark reads, and all three addresses', (_name, service) => {
    expect(environmentVariables).toEqual(expect.arrayContaining(Object.keys(service.environment)));
    const { given: addresses } = loadConfig(given(service));
    expect(addresses).toEqual({
      databaseUrl: 'postgres://waymark:secret@postgres:5432/waymark',
      kafkaBrokers: ['kafka:9092'],
      temporalAddress: 'temporal:7233',
    });
  });

  test.each(waymark)('%s can neither write to its image nor gain a right', (_name, service) => {
    expect([service.read_only, service.cap_drop]).toEqual([true, ['ALL']]);
    expect(loadConfig(given(service)).home).toBe('/tmp/waymark');
  });

  test('are published where their settings say they listen', () => {
    const ports = (name: string) => compose.services[name]?.ports ?? [];
    const { portalPort, gatewayPort, allocationPort } = configOf('portal');
    expect(ports('portal')).toEqual([`127.0.0.1:${portalPort}:${portalPort}`]);
    expect(ports('gateway')).toEqual([`127.0.0.1:${gatewayPort}:${gatewayPort}`]);
    expect(ports('allocation')).toEqual([`127.0.0.1:${allocationPort}:${allocationPort}`]);
  });

  test('are asked whether they are ready where they answer it', () => {
    for (const name of [...processNames, 'allocation']) {
      expect(compose.services[name]?.healthcheck?.test).toEqual([
        'CMD',
        'node',
        'infra/docker/health.mjs',
        `http://127.0.0.1:${configOf(name).metricsPort}/readyz`,
      ]);
    }
  });
});

describe('the parts', () => {
  test('are reached at the names and ports they are given', () => {
    const { KAFKA_ADVERTISED_LISTENERS: advertised } = compose.services.kafka!.environment;
    expect(advertised).toBe(`BROKER://${configOf('ingest').given.kafkaBrokers?.[0]}`);
    const database = new URL(configOf('ingest').given.databaseUrl ?? '');
    const { POSTGRES_USER, POSTGRES_DB } = compose.services.postgres!.environment;
    expect([database.hostname, database.username, database.pathname]).toEqual([
      'postgres',
      POSTGRES_USER,
      `/${POSTGRES_DB}`,
    ]);
    expect(compose.services.temporal!.command).toContain(
      `--namespace=${configOf('tracker').temporalNamespace}`,
    );
  });

  test('keep what they know in a volume', () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')));
    const kept = mounted.flatMap(([from = '']) => (from.startsWith('.') ? [] : [from]));
    expect(kept).toEqual(['prometheus', 'grafana', 'postgres', 'kafka', 'temporal']);
    expect(Object.keys(compose.volumes)).toEqual(kept);
    for (const [from = '', , mode] of mounted.filter(([name = '']) => name.startsWith('.'))) {
      expect(existsSync(file(from)), from).toBe(true);
      expect(mode).toBe('ro');
    }
  });

  test('are given secrets as files, only those they use', () => {
    const used = services.flatMap(([, { secrets = [] }]) => secrets);
    expect(used.toSorted()).toEqual(Object.keys(compose.secrets).toSorted());
    expect(configOf('allocation').allocationKeyFile).toBe(
      `/run/secrets/${compose.services.allocation!.secrets![0]}`,
    );
  });
});

describe('every service', () => {
  test.each(services)('%s has an image pinned by an exact version', (_name, { image, build }) => {
    expect(image).toMatch(/^[a-z/]+:v?\d+\.\d+(\.\d+)?(-bookworm)?$/);
    const { version } = JSON.parse(read('package.json')) as { version: string };
    if (build) expect(image).toBe(`waymark:${version}`);
  });

  test.each(services)('%s is published on this machine alone', (_name, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test.each(services)(
    '%s waits only for services that say when they are ready',
    (_name, { depends_on = {} }) => {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe(other === 'migrate' ? 'service_completed_successfully' : 'service_healthy');
        if (other !== 'migrate') expect(compose.services[other]?.healthcheck?.test[0]).toBe('CMD');
      }
    },
  );

  test('gets the password from outside', () => {
    const lines = read('docker-compose.yml')
      .split('\n')
      .filter((line) => /PASSWORD|SECRET|TOKEN|:\/\/.*@/.test(line) && !/^\s*#/.test(line));
    expect(lines).toHaveLength(3);
    expect(lines.filter((line) => /_FILE: \/run\/secrets\/[a-z-]+$/.test(line))).toHaveLength(1);
    for (const line of lines.filter((one) => !one.includes('_FILE:')))
      expect(line).toMatch(/(: |:\/\/waymark:)\$\{POSTGRES_PASSWORD:\?[^}]+\}(@|$)/);
  });
});

describe('the image', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  );

  test('starts from one pinned Node that Waymark runs on, and not as root', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(new Set(bases).size).toBe(1);
    const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-bookworm-slim$/.exec(bases[0] ?? '') ?? [];
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(engines.node).toBe('>=20.12');
    expect(Number(major) * 1_000 + Number(minor)).toBeGreaterThanOrEqual(20_012);
    expect(dockerfile).toMatch(/\nUSER node\nENTRYPOINT \["node", "infra\/waymark\.mjs"\]/);
  });

  test('is built from files that exist and that .dockerignore lets in', () => {
    const letIn = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(new Set(copied)).toEqual(new Set(letIn));
    for (const path of letIn) expect(existsSync(file(path)), path).toBe(true);
    for (const [, { build }] of waymark) expect(existsSync(file(build?.dockerfile ?? ''))).toBe(true);
  });
});

describe('the health check', () => {
  const check = (url: string) =>
    new Promise<number | null>((resolve) => {
      spawn(process.execPath, [file('infra/docker/health.mjs'), url]).on('exit', resolve);
    });

  async function answering(status: number): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(status).end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
  }

  test('passes on success alone', async () => {
    expect(await check(await answering(200))).toBe(0);
    expect(await check(await answering(503))).toBe(1);
    expect(await check('http://127.0.0.1:1/health')).toBe(1);
  });
});
