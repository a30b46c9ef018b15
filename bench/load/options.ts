// The words after a benchmark's name, the same for all in this folder: --help, --json, numbers with their defaults, and flags.
import { parseArgs } from 'node:util';

/** A number that may be given, or several with commas, or a flag: what it is, and what holds when it is not. */
export type Asked = Record<string, { words: string; otherwise: number | number[] | false }>;

type Given<A extends Asked> = {
  [Name in keyof A]: A[Name]['otherwise'] extends false
    ? boolean
    : A[Name]['otherwise'] extends number
      ? number
      : number[];
};

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}: see --help\n`);
  process.exit(2);
}

/** The numbers and flags, by name. Answers --help, and ends with code 2 and a sentence on anything but whole numbers of 1 or more. */
export function options<A extends Asked>(about: string, asked: A): Given<A> {
  const strings = Object.entries(asked).map(([name, { otherwise }]) => [
    name,
    { type: otherwise === false ? ('boolean' as const) : ('string' as const) },
  ]);
  let given: Record<string, unknown>;
  try {
    given = parseArgs({
      options: { ...Object.fromEntries(strings), help: { type: 'boolean' }, json: { type: 'boolean' } },
    }).values;
  } catch (error) {
    refuse((error as Error).message);
  }
  if (given.help) {
    const lines = Object.entries(asked).map(([name, { words, otherwise }]) =>
      otherwise === false
        ? `  ${`--${name}`.padEnd(22)}${words}`
        : `  ${`--${name} ${Array.isArray(otherwise) ? 'N,N' : 'N'}`.padEnd(22)}${words} (${otherwise})`,
    );
    process.stdout.write(`${about}\n\n${lines.join('\n')}\n  --json                one line of JSON\n`);
    process.exit(0);
  }
  const values = Object.entries(asked).map(([name, { otherwise }]) => {
    if (otherwise === false) return [name, given[name] === true];
    const several = Array.isArray(otherwise);
    const all = String(given[name] ?? otherwise)
      .split(',')
      .map(Number);
    if (all.some((number) => !Number.isInteger(number) || number < 1) || (!several && all.length > 1))
      refuse(`--${name} takes ${several ? 'whole numbers' : 'a whole number'} of 1 or more`);
    return [name, several ? all : all[0]];
  });
  return Object.fromEntries(values);
}

/** Prints a report as --json asks, or for people. */
export function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report, null, process.argv.includes('--json') ? 0 : 2)}\n`);
}
