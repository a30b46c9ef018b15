// Temporal's own interceptors carry a trace from the relay's signals through workflows to their activities, where tracing is on.
// The workflow part of them is in the bundle that bundle.ts makes for a tracing worker.
import type { ClientOptions } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { Tracing } from '../platform/tracing/start.ts';

/** What client and worker take besides; nothing when nothing is traced. */
export async function tracedTemporal(tracing: Tracing | null): Promise<{
  client: Pick<ClientOptions, 'interceptors'>;
  worker: Pick<WorkerOptions, 'interceptors' | 'sinks'>;
}> {
  if (!tracing) return { client: {}, worker: {} };
  const {
    makeWorkflowExporter,
    OpenTelemetryActivityInboundInterceptor,
    OpenTelemetryWorkflowClientInterceptor,
  } = await import('@temporalio/interceptors-opentelemetry');
  return {
    client: { interceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] } },
    worker: {
      interceptors: {
        activity: [(context) => ({ inbound: new OpenTelemetryActivityInboundInterceptor(context) })],
      },
      sinks: { exporter: makeWorkflowExporter(tracing.processor, tracing.resource) },
    },
  };
}
