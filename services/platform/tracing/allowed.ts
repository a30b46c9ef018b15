// What leaves in a span is listed here: names of ours, counts and identifiers of our machinery. Libraries put more into spans
// (messages of errors, their stacks); whatever is not listed stays, so nothing of a child can leave.
import type { Attributes, HrTime, Link } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

const attributes = new Set([
  'error.type',
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'messaging.system',
  'messaging.destination.name',
  'messaging.destination.partition.id',
  'messaging.batch.message_count',
  'db.system.name',
  'db.operation.name',
  'db.collection.name',
  'waymark.council',
  'waymark.lines.accepted',
  'waymark.lines.refused',
  'waymark.events',
  'waymark.statements',
  'waymark.quarantined',
  'waymark.outbox.rows',
  'waymark.cohorts',
  'waymark.feeds',
  // Ids of workflows name an evaluation and a wave, or a council.
  'waymark.workflow',
]);

const listed = (of: Attributes): Attributes =>
  Object.fromEntries(
    Object.entries(of).filter(
      ([name, value]) => attributes.has(name) && ['string', 'number', 'boolean'].includes(typeof value),
    ),
  );

const bare = ({ context }: Link): Link => ({ context });

/** The names of the instants of a span at which errors were recorded, without what the errors say. */
const told = ({ name, time }: { name: string; time: HrTime }) => ({ name, time, attributes: {} });

export const allowed = (span: ReadableSpan): ReadableSpan => ({
  name: span.name,
  kind: span.kind,
  spanContext: () => span.spanContext(),
  ...(span.parentSpanContext && { parentSpanContext: span.parentSpanContext }),
  startTime: span.startTime,
  endTime: span.endTime,
  duration: span.duration,
  ended: span.ended,
  status: { code: span.status.code },
  attributes: listed(span.attributes),
  links: span.links.map(bare),
  events: span.events.map(told),
  resource: span.resource,
  instrumentationScope: span.instrumentationScope,
  droppedAttributesCount: span.droppedAttributesCount,
  droppedEventsCount: span.droppedEventsCount,
  droppedLinksCount: span.droppedLinksCount,
});
