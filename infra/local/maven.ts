// A set of jars is in the cache whole and checked, or not at all: it is fetched aside and renamed into place.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../services/platform/errors.ts';
import type { Progress } from '../../services/platform/progress.ts';
import type { JarSet } from './artifacts.ts';
import { downloadFailed, execute } from './execute.ts';
import type { Home } from './home.ts';
import { ensureJava } from './prerequisites.ts';

// Two Mavens writing one local repository at a time can corrupt it.
let turn: Promise<unknown> = Promise.resolve();

/**
 * The folder that holds exactly the jars of a set, fetched when it is not in the cache.
 * @throws UserError `java-missing`, `maven-missing`, `download-failed`, `download-corrupt`, `disk-full`.
 */
export async function jars(
  home: Home,
  set: JarSet,
  progress: Progress,
  signal?: AbortSignal,
): Promise<string> {
  const folder = join(home.cache, `${set.name}-${set.version}`);
  if (existsSync(folder)) {
    await ensureJava(home, { maven: false }, progress, signal);
    return folder;
  }
  await ensureJava(home, { maven: true }, progress, signal);
  const fetched = turn.then(() => fetchSet(home, set, folder, progress, signal));
  turn = fetched.catch(() => {});
  await fetched;
  return folder;
}

async function fetchSet(
  home: Home,
  set: JarSet,
  folder: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  if (existsSync(folder)) return;
  const aside = `${folder}.${process.pid}`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  try {
    await writeFile(join(aside, 'pom.xml'), pom(set));
    await copyDependencies(home, set, aside, progress, signal);
    const digest = await digestOf(join(aside, 'libs'));
    if (digest !== set.sha256) {
      throw new UserError(
        'download-corrupt',
        `${set.title}'s jars are not the pinned ones (SHA-256 ${digest}); run the command again, and report it if it persists.`,
        {},
        1,
      );
    }
    await rename(join(aside, 'libs'), folder);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function copyDependencies(
  home: Home,
  set: JarSet,
  aside: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  let files = 0;
  const step = () =>
    progress({
      stage: set.name,
      message: `downloading ${set.title} ${set.version}`,
      done: files,
      unit: 'files',
    });
  step();
  const run = await execute(
    home,
    {
      name: `maven-${set.name}`,
      command: 'mvn',
      args: [
        '--batch-mode',
        '--strict-checksums',
        `-Dmaven.repo.local=${join(home.cache, 'maven')}`,
        '-Dmaven.wagon.http.connectionTimeout=20000',
        '-Daether.connector.connectTimeout=20000',
        '-Daether.connector.requestTimeout=60000',
        // Failed look-ups are cached by default, which would outlive the outage.
        '-U',
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${join(aside, 'libs')}`,
      ],
      cwd: aside,
      onLine: (line) => {
        if (!line.includes('Downloaded from')) return;
        files += 1;
        step();
      },
    },
    signal,
  );
  if (run.code !== 0) throw downloadFailed(`${set.title} ${set.version}`, run.lines);
}

const pom = (set: JarSet): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>waymark</groupId><artifactId>${set.name}</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${set.dependencies
    .map(
      ([group, artifact, version]) =>
        `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${exclusions(set)}</dependency>`,
    )
    .join('')}</dependencies>
</project>
`;

const exclusions = ({ without = [] }: JarSet): string =>
  `<exclusions>${without
    .map(
      ([group, artifact]) =>
        `<exclusion><groupId>${group}</groupId><artifactId>${artifact}</artifactId></exclusion>`,
    )
    .join('')}</exclusions>`;

async function digestOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const all = createHash('sha256');
  for (const name of names) {
    const one = createHash('sha256').update(await readFile(join(folder, name)));
    all.update(`${name} ${one.digest('hex')}\n`);
  }
  return all.digest('hex');
}
