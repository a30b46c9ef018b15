// A trace goes with a signal to the workflow and comes back with the activity it leads to; workflows/interceptors.ts carries it
// between. Off, nothing is added to either.

import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { TRACE_HEADER } from '../../workflows/interceptors.ts';
import { causedBy, inSpan, SpanKind, traceparent } from '../platform/tracing/span.ts';

/** With the trace under way, if any. */
function carrying(headers: Headers): Headers {
  const trace = traceparent();
  return trace
    ? { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload({ traceparent: trace }) }
    : headers;
}

function causesIn(headers: Headers): string[] {
  const payload = headers[TRACE_HEADER];
  if (!payload) return [];
  const carried = defaultPayloadConverter.fromPayload<{ traceparent?: string }>(payload);
  return carried.traceparent ? [carried.traceparent] : [];
}

export const tracedSignals: WorkflowClientInterceptor = {
  signalWithStart: (input, next) =>
    inSpan(
      `signal ${input.workflowType}`,
      {
        kind: SpanKind.PRODUCER,
        attributes: { 'messaging.system': 'temporal', 'waymark.workflow': input.options.workflowId },
      },
      () => next({ ...input, headers: carrying(input.headers) }),
    ),
};

export const tracedActivities: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute: (input, next) =>
      causedBy(
        causesIn(input.headers),
        `activity ${info.activityType}`,
        {
          kind: SpanKind.CONSUMER,
          attributes: {
            'messaging.system': 'temporal',
            ...(info.workflowExecution && { 'waymark.workflow': info.workflowExecution.workflowId }),
          },
        },
        () => next(input),
      ),
  },
});
