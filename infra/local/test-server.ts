// Temporal's time-skipping test server, as one executable path that @temporalio/testing can start.
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../services/platform/progress.ts';
import { TEST_SERVER } from './artifacts.ts';
import { homeAt, makeHome } from './home.ts';
import { jars } from './maven.ts';

/**
 * The path for `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 * `home` is a stack's home; jars go to its cache. Time skipping starts locked on purpose: the library unlocks it while a result is
 * awaited, whereas `--enable-time-skipping` would run the clock before a worker polls.
 * @throws UserError `java-missing`, `maven-missing`, `download-failed`, `download-corrupt`, `disk-full`.
 */
export async function testServerPath(root: string, progress: Progress, cacheDir?: string): Promise<string> {
  const home = homeAt(root, cacheDir === undefined ? {} : { cacheDir });
  await makeHome(home);
  const classes = await jars(home, TEST_SERVER, progress);
  const path = join(home.cache, `${TEST_SERVER.name}-${TEST_SERVER.version}.sh`);
  const aside = `${path}.${process.pid}`;
  const quoted = `'${classes.replaceAll("'", `'\\''`)}/*'`;
  const java = `java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp ${quoted}`;
  await writeFile(aside, `#!/bin/sh\nexec ${java} io.temporal.testserver.TestServer "$@"\n`);
  await chmod(aside, 0o755);
  await rename(aside, path);
  return path;
}
