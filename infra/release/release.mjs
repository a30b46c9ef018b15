// `npm run release -- VERSION`: one version everywhere, the changes under it, one commit and one tag. Pushes nothing.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SEMVER = /^(\d+)\.(\d+)\.(\d+)$/;

class Refused extends Error {}

const git = (root, ...words) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();

function later(version, than) {
  const [a, b] = [version, than].map((text) => SEMVER.exec(text)?.slice(1).map(Number));
  if (!a) throw new Refused(`"${version}" is no version: give three numbers, as in 0.2.0.`);
  for (let at = 0; at < 3; at += 1) if (a[at] !== b[at]) return a[at] > b[at];
  return false;
}

/** @throws Refused when the tree, the branch, the version or the list of changes is not fit for a release */
function check(root, version, now) {
  if (!later(version, now)) throw new Refused(`${version} is not later than ${now}.`);
  if (git(root, 'status', '--porcelain') !== '')
    throw new Refused('There are changes that are not committed.');
  const branch = git(root, 'branch', '--show-current');
  if (branch !== 'main') throw new Refused(`Releases are made on main, not on ${branch || 'no branch'}.`);
  if (git(root, 'tag', '--list', `v${version}`) !== '') throw new Refused(`The tag v${version} exists.`);
}

function change(root, path, edit) {
  const text = readFileSync(join(root, path), 'utf8');
  const edited = edit(text);
  if (edited === text) throw new Refused(`${path} names no version to change.`);
  writeFileSync(join(root, path), edited);
}

/** @param day YYYY-MM-DD */
function underVersion(text, version, day) {
  const [, changes = ''] = /\n## Next\n([\s\S]*?)(?=\n## |$)/.exec(text) ?? [];
  if (changes.trim() === '') throw new Refused('CHANGELOG.md says nothing under "Next".');
  return text.replace('\n## Next\n', `\n## Next\n\n## ${version}, ${day}\n`);
}

export function release(root, version, day) {
  const { version: now } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  check(root, version, now);
  change(root, 'CHANGELOG.md', (text) => underVersion(text, version, day));
  const own = (text) => text.replace(`"version": "${now}"`, `"version": "${version}"`);
  change(root, 'package.json', own);
  // Twice: the lock names the package at its head and in its list.
  change(root, 'package-lock.json', (text) => own(own(text)));
  const image = (text) => text.replaceAll(`waymark:${now}`, `waymark:${version}`);
  change(root, 'docker-compose.yml', image);
  for (const name of readdirSync(join(root, 'infra/kubernetes')).filter((file) => file.endsWith('.yaml'))) {
    const path = `infra/kubernetes/${name}`;
    if (readFileSync(join(root, path), 'utf8').includes(`waymark:${now}`)) change(root, path, image);
  }
  change(root, 'infra/kubernetes/kustomization.yaml', (text) =>
    text.replace(`newTag: ${now}`, `newTag: ${version}`),
  );
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', `Release ${version}`);
  git(root, 'tag', '--annotate', `v${version}`, '--message', `Waymark ${version}`);
}

if (process.argv[1] === import.meta.filename) {
  const [version = ''] = process.argv.slice(2);
  try {
    if (version === '--help') {
      process.stdout.write(
        'npm run release -- VERSION: sets it everywhere, commits and tags. Pushes nothing.\n',
      );
    } else {
      release(process.cwd(), version, new Date().toISOString().slice(0, 10));
      process.stdout.write(`Committed and tagged v${version}. To publish: git push --follow-tags\n`);
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    process.stderr.write(`release: ${error.message}\n`);
    process.exitCode = 2;
  }
}
