// Whether a schema takes a JSON value as it stands, told several times faster than by the schema itself. It is made of the
// schema's own parts, and answers yes only where the schema would and would change nothing: everything else the schema decides.
import type { z } from 'zod';

type Accepts = (value: unknown) => boolean;

interface Check {
  _zod: { def: Definition };
}

interface Definition {
  type?: string;
  check?: string;
  pattern?: RegExp;
  fn?: (value: unknown) => unknown;
  value?: number;
  inclusive?: boolean;
  minimum?: number;
  maximum?: number;
  format?: string;
  values?: unknown[];
  entries?: Record<string, unknown>;
  shape?: Record<string, Schema>;
  catchall?: Schema;
  options?: Schema[];
  element?: Schema;
  innerType?: Schema;
  checks?: Check[];
}

interface Schema {
  _zod: { def: Definition };
}

const never: Accepts = () => false;

/** Formats whose pattern is all that they ask for. */
const BY_PATTERN = ['regex', 'guid', 'datetime'];

function matches({ format, pattern }: Definition): Accepts {
  if (!pattern || pattern.global || pattern.sticky || !BY_PATTERN.includes(format ?? '')) return never;
  return (value) => pattern.test(value as string);
}

function accepted(check: Definition): Accepts {
  const { check: name, fn, value: bound = 0, inclusive, minimum = 0, maximum = 0 } = check;
  if (name === 'string_format') return matches(check);
  if (name === 'custom' && fn) return (value) => Boolean(fn(value));
  if (name === 'greater_than' && inclusive) return (value) => (value as number) >= bound;
  if (name === 'less_than' && inclusive) return (value) => (value as number) <= bound;
  if (name === 'min_length') return (value) => (value as unknown[]).length >= minimum;
  if (name === 'max_length') return (value) => (value as unknown[]).length <= maximum;
  return never;
}

/** An object of exactly these fields. */
function object({ shape = {}, catchall }: Definition): Accepts {
  if (catchall?._zod.def.type !== 'never') return never;
  const fields: Record<string, { accepts: Accepts; counts: number }> = Object.create(null);
  let required = 0;
  for (const [name, schema] of Object.entries(shape)) {
    const { type, innerType } = schema._zod.def;
    const optional = type === 'optional' && innerType !== undefined;
    fields[name] = { accepts: compiled(optional ? innerType : schema), counts: optional ? 0 : 1 };
    required += optional ? 0 : 1;
  }
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    let found = 0;
    for (const name in value) {
      const field = fields[name];
      if (field === undefined || !field.accepts((value as Record<string, unknown>)[name])) return false;
      found += field.counts;
    }
    return found === required;
  };
}

function array({ element }: Definition): Accepts {
  const accepts = element ? compiled(element) : never;
  return (value) => Array.isArray(value) && value.every(accepts);
}

function string(definition: Definition): Accepts {
  const has = definition.format === undefined ? () => true : matches(definition);
  return (value) => typeof value === 'string' && has(value);
}

function ofType(definition: Definition): Accepts {
  const { type, values = [], entries = {}, options = [], format } = definition;
  if (type === 'object') return object(definition);
  if (type === 'array') return array(definition);
  if (type === 'string') return string(definition);
  if (type === 'boolean') return (value) => typeof value === 'boolean';
  if (type === 'number' && format === 'safeint') return (value) => Number.isSafeInteger(value);
  if (type === 'literal') return (value) => values.includes(value);
  if (type === 'enum') {
    const known = new Set(Object.values(entries));
    return (value) => known.has(value);
  }
  if (type === 'union') {
    const alternatives = options.map(compiled);
    return (value) => alternatives.some((accepts) => accepts(value));
  }
  return never;
}

function compiled({ _zod: { def } }: Schema): Accepts {
  const accepts = ofType(def);
  return (def.checks ?? []).reduce<Accepts>((before, { _zod }) => {
    const check = accepted(_zod.def);
    return (value) => before(value) && check(value);
  }, accepts);
}

/**
 * @returns a test of values made by JSON.parse: true says that the schema accepts the value and gives it back equal. False says
 * nothing: a value may be refused, or be of a part of the schema that is not known here.
 */
export const acceptsOf = (schema: z.ZodType): Accepts => compiled(schema as unknown as Schema);
