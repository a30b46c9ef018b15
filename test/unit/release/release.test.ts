// A release is one version everywhere, or nothing has happened.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const SCRIPT = join(root, 'infra/release/release.mjs');
const FILES = ['CHANGELOG.md', 'package.json', 'package-lock.json', 'docker-compose.yml', 'infra/kubernetes'];
const { version: now } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

let copy: string;
const git = (...words: string[]): string =>
  execFileSync('git', ['-c', 'user.name=anna', '-c', 'user.email=anna@example.org', ...words], {
    cwd: copy,
    encoding: 'utf8',
  }).trim();
const release = (...words: string[]) =>
  spawnSync(process.execPath, [SCRIPT, ...words], {
    cwd: copy,
    encoding: 'utf8',
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: 'anna',
      GIT_AUTHOR_EMAIL: 'anna@example.org',
      GIT_COMMITTER_NAME: 'anna',
      GIT_COMMITTER_EMAIL: 'anna@example.org',
    },
  });

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'waymark-release-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  for (const file of FILES) cpSync(join(root, file), join(copy, file), { recursive: true });
  writeFileSync(
    join(copy, 'CHANGELOG.md'),
    readFileSync(join(copy, 'CHANGELOG.md'), 'utf8').replace(
      '## Next\n',
      '## Next\n\n- Something is better.\n',
    ),
  );
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'As it is');
});

it('sets the version wherever the former one stood, moves the changes under it, commits and tags', () => {
  expect(release('9.8.7')).toMatchObject({ status: 0, stderr: '' });
  expect(git('status', '--porcelain')).toBe('');
  expect(git('tag', '--list', '--points-at', 'HEAD')).toBe('v9.8.7');
  expect(git('log', '-1', '--format=%s')).toBe('Release 9.8.7');
  const read = (path: string) => readFileSync(join(copy, path), 'utf8');
  expect(JSON.parse(read('package.json')).version).toBe('9.8.7');
  const lock = JSON.parse(read('package-lock.json'));
  expect([lock.version, lock.packages[''].version]).toEqual(['9.8.7', '9.8.7']);
  expect(read('CHANGELOG.md')).toMatch(/## Next\n\n## 9\.8\.7, \d{4}-\d\d-\d\d\n\n- Something is better\./);
  const named = git(
    'grep',
    '--only-matching',
    '-h',
    '--extended-regexp',
    'image: waymark:[0-9.]+|newTag: [0-9.]+',
  ).split('\n');
  expect(new Set(named)).toEqual(new Set(['image: waymark:9.8.7', 'newTag: 9.8.7']));
});

it('refuses a version that is none or not later, what is not committed, another branch and an empty list of changes', () => {
  const head = git('rev-parse', 'HEAD');
  const refused = (words: string[], why: string) => {
    const { status, stderr } = release(...words);
    expect([status, stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(git('rev-parse', 'HEAD')).toBe(head);
    expect(git('tag', '--list')).toBe('');
  };
  refused([], 'is no version');
  refused(['one'], 'is no version');
  refused([now], 'is not later');
  writeFileSync(join(copy, 'README.md'), 'x');
  refused(['9.8.7'], 'not committed');
  rmSync(join(copy, 'README.md'));
  git('switch', '--quiet', '--create', 'other');
  refused(['9.8.7'], 'not on other');
  git('switch', '--quiet', 'main');
  writeFileSync(join(copy, 'CHANGELOG.md'), '# Changes\n\n## Next\n\n## 0.0.1, 2020-01-01\n\n- x\n');
  git('commit', '--quiet', '--all', '--message', 'Nothing to tell');
  expect(release('9.8.7')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('says nothing under'),
  });
});
