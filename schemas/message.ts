// What may stand on one line of a batch: a case event or a feed statement. The one place where a line is parsed.
import type { z } from 'zod';
import { acceptsOf } from './accepts.ts';
import { type CaseEvent, caseEventSchemas } from './case-event.ts';
import { FEED_STATEMENT_TYPE, FeedStatement } from './feed.ts';

/** A longer line is none of ours: the fields of a record end long before. */
export const MAX_LINE_BYTES = 64 * 1024;

export type FeedMessage = CaseEvent | FeedStatement;

/** Why a line was refused: a stable code, the field's path (empty for the whole line) and a sentence. */
export interface Refusal {
  code: 'not-json' | 'not-an-object' | 'unknown-type' | 'bad-field' | 'unknown-field';
  field: string;
  reason: string;
}

export type ParsedMessage = { ok: true; message: FeedMessage } | { ok: false; refusal: Refusal };

const refuse = (code: Refusal['code'], field: string, reason: string): ParsedMessage => ({
  ok: false,
  refusal: { code, field, reason },
});

/** The deepest issue of a failed parse: inside a union, that of the alternative that got furthest. */
function deepest(
  issues: readonly z.core.$ZodIssue[],
  prefix: PropertyKey[] = [],
): [z.core.$ZodIssue, PropertyKey[]] {
  const found = issues.map((issue): [z.core.$ZodIssue, PropertyKey[]] => {
    const path = [...prefix, ...issue.path];
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue, path];
    return issue.errors
      .filter((branch) => branch.length > 0)
      .map((branch) => deepest(branch, path))
      .reduce((best, next) => (next[1].length > best[1].length ? next : best));
  });
  return found.reduce((best, next) => (next[1].length > best[1].length ? next : best));
}

/** Whether there is nothing at `path`: the field was left out. */
function isMissing(value: unknown, path: readonly PropertyKey[]): boolean {
  let at = value;
  for (const step of path) at = (at as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return at === undefined;
}

/** Values are never quoted in a reason: a refused line may hold what should not have left the council. */
function describe(value: unknown, error: z.ZodError): ParsedMessage {
  const [issue, path] = deepest(error.issues);
  const field = path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return refuse(
      'unknown-field',
      field,
      `has fields that are not allowed: ${issue.keys.length}; send only the fields of the schema`,
    );
  }
  return refuse('bad-field', field, isMissing(value, path) ? 'is missing' : issue.message);
}

const schemas: ReadonlyMap<string, z.ZodType<FeedMessage>> = new Map<string, z.ZodType<FeedMessage>>([
  ...caseEventSchemas,
  [FEED_STATEMENT_TYPE, FeedStatement],
]);
const accepts = new Map([...schemas].map(([type, schema]) => [type, acceptsOf(schema)]));

/** Parses one line (without its newline). Never throws. */
export function parseMessage(line: string): ParsedMessage {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refuse('not-json', '', 'is not JSON: each line must be one complete JSON object');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('not-an-object', '', 'is not a JSON object');
  }
  const type = (value as { type?: unknown }).type;
  const known = typeof type === 'string' ? type : '';
  if (accepts.get(known)?.(value)) return { ok: true, message: value as FeedMessage };
  const schema = schemas.get(known);
  if (!schema)
    return refuse('unknown-type', 'type', 'is not a type Waymark knows, such as waymark.case.referral.v1');
  const parsed = schema.safeParse(value);
  return parsed.success ? { ok: true, message: parsed.data } : describe(value, parsed.error);
}

export const isFeedStatement = (message: FeedMessage): message is FeedStatement =>
  message.type === FEED_STATEMENT_TYPE;
