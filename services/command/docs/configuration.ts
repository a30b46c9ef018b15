// The reference of settings, from the schema that reads them.
import { z } from 'zod';
import { Environment } from '../../platform/config.ts';

interface Property {
  description?: string;
  default?: string | number;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  format?: string;
}

const code = (text: string | number): string => `\`${String(text).replaceAll('|', '\\|')}\``;

function accepted({ enum: words, pattern, minimum, maximum, format }: Property): string {
  if (words) return words.map(code).join(', ');
  if (pattern) return `matches ${code(pattern)}`;
  if (minimum !== undefined) return `whole number, ${minimum} to ${maximum}`;
  return format === 'uri' ? 'URL' : 'text';
}

/** One row a variable, in the order of the schema. */
export function configurationPage(): string {
  const schema = z.toJSONSchema(Environment, { io: 'input' });
  const rows = Object.entries(schema.properties as Record<string, Property>).map(([name, property]) => {
    const fallback = property.default === undefined || property.default === '' ? '' : code(property.default);
    return `| ${code(name)} | ${fallback} | ${accepted(property)} | ${property.description} |`;
  });
  return [
    '# Settings',
    '',
    'Every setting is an environment variable. All are optional; one that is empty counts as not set. A value that cannot be used',
    'stops the process with exit code 2 and a sentence that names the variable and does not quote the value.',
    '',
    '| variable | default | value | |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}
