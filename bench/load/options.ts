// The words after a benchmark's name, the same for all in this folder: --help, --json, and numbers with their defaults.
import { parseArgs } from 'node:util';

/** A number that may be given, or several with commas: what it is, and what holds when it is not. */
export type Asked = Record<string, { words: string; otherwise: number | number[] }>;

type Given<A extends Asked> = { [Name in keyof A]: A[Name]['otherwise'] extends number ? number : number[] };

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}: see --help\n`);
  process.exit(2);
}

/** The numbers, by name. Answers --help, and ends with code 2 and a sentence on anything but whole numbers of 1 or more. */
export function options<A extends Asked>(about: string, asked: A): Given<A> {
  const strings = Object.keys(asked).map((name) => [name, { type: 'string' as const }]);
  let given: Record<string, unknown>;
  try {
    given = parseArgs({
      options: { ...Object.fromEntries(strings), help: { type: 'boolean' }, json: { type: 'boolean' } },
    }).values;
  } catch (error) {
    refuse((error as Error).message);
  }
  if (given.help) {
    const lines = Object.entries(asked).map(
      ([name, { words, otherwise }]) =>
        `  ${`--${name} ${Array.isArray(otherwise) ? 'N,N' : 'N'}`.padEnd(22)}${words} (${otherwise})`,
    );
    process.stdout.write(`${about}\n\n${lines.join('\n')}\n  --json                one line of JSON\n`);
    process.exit(0);
  }
  const numbers = Object.entries(asked).map(([name, { otherwise }]) => {
    const several = Array.isArray(otherwise);
    const all = String(given[name] ?? otherwise)
      .split(',')
      .map(Number);
    if (all.some((number) => !Number.isInteger(number) || number < 1) || (!several && all.length > 1))
      refuse(`--${name} takes ${several ? 'whole numbers' : 'a whole number'} of 1 or more`);
    return [name, several ? all : all[0]];
  });
  return Object.fromEntries(numbers);
}

/** Prints a report as --json asks, or for people. */
export function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report, null, process.argv.includes('--json') ? 0 : 2)}\n`);
}
