// Every code set a case event may carry: its codes, the fields that hold it, and what `schemas/codes.ts` says they mean.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import * as codes from '../../../schemas/codes.ts';
import { recordStates } from '../../../schemas/records.ts';

const source = readFileSync(new URL('../../../schemas/codes.ts', import.meta.url), 'utf8');

/** The sentence that stands above a code set in its source file; empty when there is none. */
function meaningOf(name: string): string {
  const comment = new RegExp(`/\\*\\*([^*]*)\\*/\\nexport const ${name}\\b`).exec(source)?.[1];
  return comment?.replaceAll(/\s+/g, ' ').trim() ?? '';
}

interface Field {
  /** record.field */
  path: string;
  schema: unknown;
}

/** What a field holds, without `optional` and without the array around it. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional) return bare(schema.unwrap());
  if (schema instanceof z.ZodArray) return bare(schema.element);
  return schema;
}

const fields: readonly Field[] = Object.entries(recordStates).flatMap(([record, state]) =>
  Object.entries(state.shape).map(([field, schema]) => ({
    path: `${record}.${field}`,
    schema: bare(schema),
  })),
);

const fieldsWith = (schema: unknown): string[] =>
  fields.filter((field) => field.schema === schema).map(({ path }) => path);

interface CodeSet {
  name: string;
  meaning: string;
  codes: string;
  usedBy: string[];
}

/** Codes that begin with digits, in the guide's order; zod lists those of digits alone before the others. */
function inOrder(options: readonly (string | number)[]): (string | number)[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  const numbered = options.some((option) => /^\d/.test(String(option)));
  return numbered ? [...options].sort((a, b) => compare(String(a), String(b))) : [...options];
}

const quoted = (words: readonly (string | number)[]): string => words.map((word) => `\`${word}\``).join(' ');

function named([name, schema]: [string, unknown]): CodeSet[] {
  const listed =
    schema instanceof z.ZodEnum
      ? quoted(inOrder(schema.options))
      : schema instanceof z.ZodString
        ? `Open: text that matches \`${jsonPattern(schema)}\`.`
        : undefined;
  return listed === undefined
    ? []
    : [{ name, meaning: meaningOf(name), codes: listed, usedBy: fieldsWith(schema) }];
}

const jsonPattern = (schema: z.ZodString): string => z.toJSONSchema(schema).pattern ?? '';

/** Fields whose words stand beside them in `schemas/records.ts`; they need no key, being words. */
function inline({ path, schema }: Field): CodeSet[] {
  const known = new Set<unknown>(Object.values(codes));
  if (!(schema instanceof z.ZodEnum) || known.has(schema)) return [];
  return [{ name: path, meaning: '', codes: quoted(schema.options), usedBy: [path] }];
}

const byName = (a: CodeSet, b: CodeSet): number => (a.name < b.name ? -1 : 1);

/** Every code set, those of the guides first; by name, since a module's exports have no order of their own. */
export const codeSets = (): CodeSet[] => [
  ...Object.entries(codes).flatMap(named).sort(byName),
  ...fields.flatMap(inline),
];

const section = ({ name, meaning, codes: listed, usedBy }: CodeSet): string =>
  [`## ${name}`, meaning, listed, `Held by ${quoted(usedBy).replaceAll('` `', '`, `')}.`]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');

export const codeSetsPage = (): string =>
  [
    '# Code sets',
    'The codes that the records of a case event may hold, after the guides to the children in need census and to SSDA903 of the Department for Education. A record with any other code is refused.',
    `Care episodes whose legal status is ${quoted(codes.SHORT_BREAK_STATUSES).replace('` `', '` or `')} are short breaks: they are no care entry.`,
    ...codeSets().map(section),
  ].join('\n\n');
