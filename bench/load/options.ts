// The words after a benchmark's name, the same for all in this folder: --help, --json, and numbers with their defaults.
import { parseArgs } from 'node:util';
import { UserError } from '../../services/platform/errors.ts';

/** A number that may be given: what it is, and what holds when it is not. */
export type Asked = Record<string, { words: string; otherwise: number }>;

/** Answers --help by itself. @throws UserError `bad-option` when a number is not a whole one of 1 or more */
export function options<A extends Asked>(about: string, asked: A): Record<keyof A, number> {
  const strings = Object.keys(asked).map((name) => [name, { type: 'string' as const }]);
  const { values: given } = parseArgs({
    options: { ...Object.fromEntries(strings), help: { type: 'boolean' }, json: { type: 'boolean' } },
  }) as { values: Record<string, string | boolean | undefined> };
  if (given.help) {
    const lines = Object.entries(asked).map(
      ([name, { words, otherwise }]) => `  ${`--${name} N`.padEnd(16)}${words} (${otherwise})`,
    );
    process.stdout.write(`${about}\n\n${lines.join('\n')}\n  --json          one line of JSON\n`);
    process.exit(0);
  }
  const numbers = Object.entries(asked).map(([name, { otherwise }]) => {
    const number = Number(given[name] ?? otherwise);
    if (!Number.isInteger(number) || number < 1)
      throw new UserError('bad-option', `--${name} takes a whole number of 1 or more.`, { field: name });
    return [name, number];
  });
  return Object.fromEntries(numbers);
}

/** Prints a report as --json asks, or for people. */
export function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report, null, process.argv.includes('--json') ? 0 : 2)}\n`);
}
