// A trace goes through a workflow as the header it came with: what a run asks for carries the header of the signal heard last, or
// of the run's start. Nothing here awaits, so that no step of a workflow comes earlier or later than without it: a history replays
// whether or not it was traced. (Temporal's own OpenTelemetry interceptors add steps, and kept histories then do not replay.)
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** Temporal's name for it in every SDK: a JSON map that holds `traceparent`. */
export const TRACE_HEADER = '_tracer-data';

type Header = Parameters<
  NonNullable<NonNullable<ReturnType<WorkflowInterceptorsFactory>['inbound']>[number]['execute']>
>[0]['headers'];

export const interceptors: WorkflowInterceptorsFactory = () => {
  let carried: Header = {};
  const heard = (headers: Header): void => {
    const trace = headers[TRACE_HEADER];
    if (trace) carried = { [TRACE_HEADER]: trace };
  };
  const passed = <Input extends { headers: Header }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, ...carried },
  });
  return {
    inbound: [
      {
        execute: (input, next) => {
          heard(input.headers);
          return next(input);
        },
        handleSignal: (input, next) => {
          heard(input.headers);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(passed(input)),
        startChildWorkflowExecution: (input, next) => next(passed(input)),
        signalWorkflow: (input, next) => next(passed(input)),
        continueAsNew: (input, next) => next(passed(input)),
      },
    ],
  };
};
