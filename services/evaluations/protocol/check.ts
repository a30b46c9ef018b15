// A protocol file is right, or every fault of it is told at its line and column, with what was probably meant.
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import { Protocol } from '../../../schemas/protocol.ts';
import { nearest } from './nearest.ts';
import { tooDeepAt } from './nesting.ts';
import { usableOutcomes, withOutcomes } from './outcome-use.ts';

export interface ProtocolFault {
  /** From 1. */
  line: number;
  column: number;
  /** A path such as `population.index.record`; empty for the document. */
  field: string;
  message: string;
  /** What to write instead, where it can be told. */
  suggestion: string | null;
}

export interface Checked {
  /** Null when there is a fault. */
  protocol: Protocol | null;
  faults: ProtocolFault[];
}

type Path = readonly (string | number)[];
type JsonSchema = { [key: string]: unknown };

const schema = z.toJSONSchema(Protocol, { io: 'input', unrepresentable: 'any' }) as JsonSchema;

/** The schemas that a place of the document may have; of a union all of them. */
function schemasAt(path: Path): JsonSchema[] {
  const open = (one: JsonSchema): JsonSchema[] => {
    const parts = [...((one.anyOf ?? []) as JsonSchema[]), ...((one.oneOf ?? []) as JsonSchema[])];
    return parts.length > 0 ? parts.flatMap(open) : [one];
  };
  return path.reduce<JsonSchema[]>(
    (schemas, step) =>
      schemas.flatMap((one) => {
        const next =
          typeof step === 'number' ? one.items : (one.properties as JsonSchema | undefined)?.[step];
        return next ? open(next as JsonSchema) : [];
      }),
    open(schema),
  );
}

const keysAt = (path: Path): string[] => [
  ...new Set(schemasAt(path).flatMap((one) => Object.keys((one.properties as JsonSchema | undefined) ?? {}))),
];

const valuesAt = (path: Path): string[] => [
  ...new Set(
    schemasAt(path)
      .flatMap((one) => [...((one.enum ?? []) as unknown[]), ...('const' in one ? [one.const] : [])])
      .map(String),
  ),
];

function suggestionFor(value: unknown, options: readonly string[]): string | null {
  if (options.length === 0) return null;
  const meant = typeof value === 'string' ? nearest(value, options) : null;
  if (meant !== null) return `did you mean ${meant}?`;
  return options.length <= 12 ? `one of ${options.join(', ')}` : null;
}

const unreadable = (line: number, why: string): Checked => {
  const message = `is neither YAML nor JSON that can be read: ${why}`;
  return { protocol: null, faults: [{ line, column: 1, field: '', message, suggestion: null }] };
};

/** Checks the text of a protocol file, YAML or JSON. */
export function checkProtocol(text: string): Checked {
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== null) return unreadable(tooDeep, 'it is nested too deeply');
  try {
    return checkDocument(text);
  } catch (error) {
    // What the library says of a document whose aliases would make it grow without end.
    if (!(error instanceof ReferenceError)) throw error;
    return unreadable(1, 'it repeats itself too often');
  }
}

function checkDocument(text: string): Checked {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    return {
      protocol: null,
      faults: document.errors.map((error) => ({
        ...place(error.pos[0]),
        field: '',
        message: `is neither YAML nor JSON: ${error.message.split(/ at line|\n/)[0]}`,
        suggestion: null,
      })),
    };
  }
  const candidate: unknown = document.toJS();
  const parsed = Protocol.safeParse(withOutcomes(candidate));
  if (parsed.success) return { protocol: parsed.data, faults: [] };

  /** The node at a path, or the nearest one above it. */
  const nodeAt = (path: Path): Node | null => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (node && typeof node === 'object' && 'range' in node) return node as Node;
    }
    return null;
  };
  const placeOf = (path: Path) => place(nodeAt(path)?.range?.[0] ?? 0);
  const placeOfKey = (path: Path, key: string) => {
    const map = path.length === 0 ? document.contents : document.getIn(path, true);
    const pair = isMap(map) ? map.items.find((one) => isScalar(one.key) && one.key.value === key) : undefined;
    return isScalar(pair?.key) ? place(pair.key.range?.[0] ?? 0) : placeOf(path);
  };
  const faults = parsed.error.issues.flatMap((issue): ProtocolFault[] => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    const field = path.join('.');
    const named =
      path.length === 2 && path[0] === 'outcomes' ? (document.getIn([...path, 'use']) as unknown) : undefined;
    if (named !== undefined) {
      return [
        {
          ...placeOf([...path, 'use']),
          field: `${field}.use`,
          message: `names no built-in outcome of that version`,
          suggestion: `one of ${usableOutcomes().join(', ')}`,
        },
      ];
    }
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        ...placeOfKey(path, key),
        field: [...path, key].join('.'),
        message: 'is not a field of a protocol here',
        suggestion: suggestionFor(key, keysAt(path)),
      }));
    }
    const value = document.getIn(path) as unknown;
    const isMissing = issue.code !== 'custom' && value === undefined;
    return [
      {
        ...placeOf(path),
        field,
        message: isMissing
          ? 'is missing'
          : issue.message.replace(/^Invalid (input|option): /, 'is not right: '),
        suggestion: issue.code === 'custom' ? null : suggestionFor(value, valuesAt(path)),
      },
    ];
  });
  // Of several faults at one place the first is told: an outcome that is used has one fault, not one a field.
  const once = new Map(faults.map((fault) => [`${fault.field} ${fault.message}`, fault]));
  return {
    protocol: null,
    faults: [...once.values()].sort((a, b) => a.line - b.line || a.column - b.column),
  };
}
