// Each statement made while a span is under way becomes a span of its own, named by what it does to which table. Neither its text
// nor its values are told; without a span under way (the rounds of an idle relay) there is none.
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

interface Summary {
  name: string;
  attributes: Record<string, string>;
}

/** By the template, of which there is one a place in the code. */
const summaries = new WeakMap<readonly string[], Summary>();

const VERB = /\b(insert|update|delete|select)\b/i;
const TABLE = /\b(?:from|into|update|join)\s+waymark\.(\w+)/i;
/** What a statement with a `with` does in the end is what it changes, if anything. */
const CHANGE = /\b(insert\s+into|update|delete\s+from)\s+waymark\.(\w+)/i;

/** The operation and the table of a statement; a statement of neither is called by its first word. */
export function summaryOf(strings: readonly string[]): Summary {
  const known = summaries.get(strings);
  if (known) return known;
  const text = strings.join('?');
  const [, change, changed] = CHANGE.exec(text) ?? [];
  const operation = (change ?? VERB.exec(text)?.[1] ?? /\w+/.exec(text)?.[0] ?? 'statement')
    .split(/\s/)[0]
    ?.toLowerCase() as string;
  const table = changed ?? TABLE.exec(text)?.[1];
  const attributes = {
    'db.system.name': 'postgresql',
    'db.operation.name': operation,
    ...(table && { 'db.collection.name': `waymark.${table}` }),
  };
  const summary = { name: table ? `${operation} waymark.${table}` : operation, attributes };
  summaries.set(strings, summary);
  return summary;
}

function startSpan(name: string, attributes: Record<string, string>): Span | undefined {
  if (!trace.getActiveSpan()?.isRecording()) return undefined;
  return trace.getTracer('waymark').startSpan(name, { kind: SpanKind.CLIENT, attributes }, context.active());
}

function finish(span: Span, error?: { code?: string; name?: string }): void {
  if (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute('error.type', error.code ?? error.name ?? 'Error');
  }
  span.end();
}

type Settled = Parameters<Promise<unknown>['then']>;

/** A statement is sent when it is first awaited: its span begins there, in the trace in which it was written. */
function tracedQuery(query: Promise<unknown>, strings: readonly string[]): Promise<unknown> {
  const asWritten = context.active();
  const then = query.then.bind(query);
  let begun = false;
  const observed = (...callbacks: Settled): Promise<unknown> => {
    if (!begun) {
      begun = true;
      const { name, attributes } = summaryOf(strings);
      const span = context.with(asWritten, () => startSpan(name, attributes));
      if (span)
        void then(
          () => finish(span),
          (error) => finish(span, error),
        );
    }
    return then(...callbacks);
  };
  return Object.defineProperty(query, 'then', { value: observed });
}

type Call = (...args: unknown[]) => unknown;

const isTemplate = (value: unknown): value is readonly string[] => Array.isArray(value) && 'raw' in value;

/** A transaction as a span around its statements, its beginning and its commit. */
function tracedBegin(begin: Call, name: string): Call {
  return async (...args) => {
    const work = args.at(-1) as Call;
    const span = startSpan(name, { 'db.system.name': 'postgresql' });
    const inside = span ? trace.setSpan(context.active(), span) : context.active();
    try {
      const answer = await context.with(inside, () =>
        begin(...args.slice(0, -1), (tx: object) => context.with(inside, () => work(traced(tx)))),
      );
      if (span) finish(span);
      return answer;
    } catch (error) {
      if (span) finish(span, error as Error);
      throw error;
    }
  };
}

/** The same connections, with spans. */
export function traced<Sql extends object>(sql: Sql): Sql {
  return new Proxy(sql, {
    apply: (target, _self, args: unknown[]) => {
      const made = (target as unknown as Call)(...args);
      return isTemplate(args[0]) ? tracedQuery(made as Promise<unknown>, args[0]) : made;
    },
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (key === 'begin') return tracedBegin((value as Call).bind(target), 'transaction');
      if (key === 'savepoint') return tracedBegin((value as Call).bind(target), 'savepoint');
      return value;
    },
  });
}
