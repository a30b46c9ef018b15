// What `npm test` checks, in order; the first failure ends it. The commands are the package's own scripts.

/** One step: its name and the command (from the checkout's root) that must exit 0. */
export interface Step {
  name: string;
  command: string;
  args: string[];
}

const script = (name: string): Step => ({ name, command: 'npm', args: ['run', '--silent', name] });

export const checks: Step[] = [script('lint'), script('types'), script('arrows')];

/** The tests themselves; totals are read from `report`. `args` are the user's own, for vitest. */
export const tests = (report: string, args: string[]): Step => ({
  name: 'tests',
  command: process.execPath,
  args: [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ],
});
