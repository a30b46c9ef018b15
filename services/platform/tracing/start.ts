// Traces of one process go to an OTLP collector, where one is named. Without one nothing of the SDK is even loaded.
import { context, propagation, SamplingDecision, trace } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Config } from '../config.ts';
import { codeVersion } from '../version.ts';
import { allowed } from './allowed.ts';

/** What Temporal's interceptors need besides the API, and the end. */
export interface Tracing {
  processor: SpanProcessor;
  resource: Resource;
  /** Sends what is left, for two seconds at most. */
  stop(): Promise<void>;
}

const LAST_WORDS = 2_000;

/**
 * Starts tracing; null when no collector is named. To be called before a connection is made.
 * @param name the process: `service.name` is `waymark-NAME`
 */
export async function startTracing(name: string, settings: Config['tracing']): Promise<Tracing | null> {
  if (!settings) return null;
  const [{ AsyncLocalStorageContextManager }, { W3CTraceContextPropagator }, exporting, resources, sdk] =
    await Promise.all([
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-base'),
    ]);
  const share = new sdk.TraceIdRatioBasedSampler(settings.share);
  // A workflow that no trace led to begins one of its own, inside its sandbox, which knows no share: it is kept or not here.
  const isKept = (span: ReadableSpan): boolean =>
    share.shouldSample(context.active(), span.spanContext().traceId).decision ===
    SamplingDecision.RECORD_AND_SAMPLED;
  const otlp = new exporting.OTLPTraceExporter({ url: settings.url, headers: settings.headers });
  const exporter: SpanExporter = {
    export: (spans, done) => otlp.export(spans.filter(isKept).map(allowed), done),
    shutdown: () => otlp.shutdown(),
    forceFlush: () => otlp.forceFlush(),
  };
  const processor = new sdk.BatchSpanProcessor(exporter);
  const resource = new resources.Resource({
    ...settings.resource,
    'service.name': `waymark-${name}`,
    'service.version': codeVersion,
  });
  const provider = new sdk.BasicTracerProvider({
    resource,
    sampler: new sdk.ParentBasedSampler({ root: share }),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const stop = async (): Promise<void> => {
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_WORDS).unref());
    await Promise.race([provider.shutdown().catch(() => {}), late]);
    for (const api of [context, propagation, trace]) api.disable();
  };
  return { processor, resource, stop };
}
