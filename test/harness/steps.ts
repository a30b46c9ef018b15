// What `npm test` checks, in order; the first failure ends it. The commands are the package's own scripts.
import { join } from 'node:path';

/** One step: its name and the command (from the checkout's root) that must exit 0. A test run leaves its counts in `report`. */
export interface Step {
  name: string;
  command: string;
  args: string[];
  report?: string;
}

const script = (name: string): Step => ({ name, command: 'npm', args: ['run', '--silent', name] });

export const checks: Step[] = [script('lint'), script('types'), script('arrows')];

/**
 * The tests: lanes that run beside each other, each one step after the other. Integration and workflows mostly wait,
 * for servers of their own, so two cores serve both; workflows come after the unit tests because by then the other
 * lane has fetched what both need. With arguments of the user's, for vitest, there is one lane, which has them.
 * @param folder where the reports go
 */
export function tests(folder: string, args: string[]): Step[][] {
  if (args.length > 0) return [[vitest('tests', folder, args)]];
  const projects = (...names: string[]) =>
    vitest(
      names.join('+'),
      folder,
      names.map((name) => `--project=${name}`),
    );
  return [[projects('integration')], [projects('unit', 'browser'), projects('workflows')]];
}

function vitest(name: string, folder: string, args: string[]): Step {
  const report = join(folder, `${name}.json`);
  return {
    name,
    command: process.execPath,
    args: [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ],
    report,
  };
}
