// The text of `waymark estimate --help`: every method in a line, or one method with its roles, options and an example.
import { CATALOGUE } from './catalogue.ts';
import { type Role, WHAT_A_ROLE_IS } from './entry.ts';

const pad = (words: readonly string[]): number => Math.max(...words.map((word) => word.length)) + 2;

function table(rows: readonly (readonly [string, string])[]): string {
  const width = pad(rows.map(([name]) => name));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`).join('\n');
}

/** All methods, and what every specification may say. */
export function methodsHelp(): string {
  return [
    'Methods:',
    table(Object.entries(CATALOGUE).map(([name, { does }]) => [name, does] as const)),
    '',
    'In every specification:',
    table([
      ['method', 'one of the methods above'],
      ['level', 'of the intervals (default: 0.95)'],
      [
        'missing',
        '"complete-case" leaves out rows with an empty or NA cell; without it such a cell is an error',
      ],
    ]),
    '',
    'waymark estimate --method NAME --help says the roles, options, defaults and an example of one.',
    'What a method does not use is warned of by name, as "cluster-not-used".',
    'Exit codes: 0 done, 2 the data or the specification cannot be answered.',
  ].join('\n');
}

/** One method; null when there is none of that name. */
export function methodHelp(name: string): string | null {
  const entry = CATALOGUE[name];
  if (!entry) return null;
  const roles = entry.roles.map((marked) => {
    const role = marked.replace('!', '') as Role;
    return [role, `${WHAT_A_ROLE_IS[role]}${marked.endsWith('!') ? ' (needed)' : ''}`] as const;
  });
  const options = Object.entries(entry.options).map(
    ([option, { values, byDefault }]) => [option, `${values} (default: ${byDefault})`] as const,
  );
  return [
    `${name}: ${entry.does}`,
    ...(roles.length > 0 ? ['', 'Roles (names of columns):', table(roles)] : []),
    ...(options.length > 0 ? ['', 'Options:', table(options)] : []),
    '',
    `Answers: ${entry.answers}`,
    '',
    'Example:',
    `  ${JSON.stringify(entry.example)}`,
  ].join('\n');
}
