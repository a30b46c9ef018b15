// What a batch does becomes spans of one trace, where tracing is on (./start.ts). Off, every function here only does the work.
// A span is one batch's, never one event's, and carries counts and names of ours: ./allowed.ts lets nothing else out.
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

export { SpanKind };

const tracer = () => trace.getTracer('waymark');

/** Whether this process traces: only then something carries traces from one process to the next. */
export const tracingIsOn = (): boolean => propagation.fields().length > 0;

export interface Described {
  kind?: SpanKind;
  attributes?: Attributes;
}

const fail = (span: Span, error: unknown): void => {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
};

function within<T>(name: string, options: SpanOptions, parent: Context, work: () => Promise<T>): Promise<T> {
  return tracer().startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Does the work in a span of the trace under way, or of a new one. */
export const inSpan = <T>(name: string, described: Described, work: () => Promise<T>): Promise<T> =>
  tracingIsOn() ? within(name, described, context.active(), work) : work();

/** Adds what became known meanwhile to the span under way. */
export const note = (attributes: Attributes): void => void trace.getActiveSpan()?.setAttributes(attributes);

/** The trace under way as W3C `traceparent`, to be carried on with what it leads to; null when there is none. */
export function traceparent(): string | null {
  const carried: { traceparent?: string } = {};
  propagation.inject(context.active(), carried);
  return carried.traceparent ?? null;
}

const contextOf = (carried: string): SpanContext[] => {
  const found = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent: carried }));
  return found ? [found] : [];
};

const isSampled = ({ traceFlags }: SpanContext): boolean => (traceFlags & TraceFlags.SAMPLED) !== 0;

/** Further causes of one piece of work that are pointed at; a transaction of 5,000 events may have as many. */
const MOST_POINTERS = 100;

/**
 * Does work that several batches led to. It goes on in the trace of the first; each other trace gets a span of the same name and
 * time that links to it, so that whoever follows any of the batches finds where it was done.
 * @param causes `traceparent` of each; repeated ones count once, unreadable ones not at all
 */
export function causedBy<T>(
  causes: Iterable<string>,
  name: string,
  described: Described,
  work: () => Promise<T>,
): Promise<T> {
  if (!tracingIsOn()) return work();
  const all = [...new Set(causes)].flatMap(contextOf);
  const [first = all[0], ...others] = all.filter(isSampled);
  const parent = first ? trace.setSpanContext(ROOT_CONTEXT, first) : ROOT_CONTEXT;
  return within(name, { ...described, root: !first }, parent, async () => {
    const done = trace.getActiveSpan()?.spanContext();
    const pointers = (done ? others.slice(0, MOST_POINTERS) : []).map((cause) =>
      tracer().startSpan(
        name,
        { ...described, links: done ? [{ context: done }] : [] },
        trace.setSpanContext(ROOT_CONTEXT, cause),
      ),
    );
    try {
      return await work();
    } catch (error) {
      for (const pointer of pointers) fail(pointer, error);
      throw error;
    } finally {
      for (const pointer of pointers) pointer.end();
    }
  });
}
