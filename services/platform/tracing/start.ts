// Traces of one process go to an OTLP collector, where one is named. Without one nothing of the SDK is even loaded.
import { context, propagation, trace } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Config } from '../config.ts';
import { codeVersion } from '../version.ts';
import { allowed } from './allowed.ts';

const LAST_WORDS = 2_000;

/**
 * Starts tracing, where a collector is named. To be called before a connection is made.
 * @param name the process: `service.name` is `waymark-NAME`
 * @returns how it ends: what is left is sent, in two seconds at most
 */
export async function startTracing(name: string, settings: Config['tracing']): Promise<() => Promise<void>> {
  if (!settings) return async () => {};
  const [{ AsyncLocalStorageContextManager }, { W3CTraceContextPropagator }, exporting, resources, sdk] =
    await Promise.all([
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-base'),
    ]);
  const otlp = new exporting.OTLPTraceExporter({ url: settings.url, headers: settings.headers });
  const exporter: SpanExporter = {
    export: (spans, done) => otlp.export(spans.map(allowed), done),
    shutdown: () => otlp.shutdown(),
    forceFlush: () => otlp.forceFlush(),
  };
  const resource = resources.resourceFromAttributes({
    ...settings.resource,
    'service.name': `waymark-${name}`,
    'service.version': codeVersion,
  });
  const provider = new sdk.BasicTracerProvider({
    resource,
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.share) }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return async () => {
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_WORDS).unref());
    await Promise.race([provider.shutdown().catch(() => {}), late]);
    for (const api of [context, propagation, trace]) api.disable();
  };
}
