// The Kafka topics as an AsyncAPI 3.0 document: what travels on each, under which key, and what does not travel yet.
import { sourceOf } from '../../../schemas/case-event.ts';
import { FEED_STATEMENT_TYPE, FeedStatement } from '../../../schemas/feed.ts';
import { loadConfig } from '../../platform/config.ts';
import { EVENT_PARTITIONS } from '../../platform/kafka.ts';
import { caseEventsByRecord, type Json, jsonSchemaOf } from './json-schemas.ts';

const BINDING = '0.5.0';
const CLOUD_EVENT = 'application/cloudevents+json; charset=UTF-8';
const EXAMPLE_CHILD = `c${'0'.repeat(32)}`;

const ref = (path: string): Json => ({ $ref: `#/${path}` });
const messageName = (record: string): string => `case-${record}`;

const text = (description: string, more: Json = {}): Json => ({ type: 'string', description, ...more });

const eventHeaders: Json = {
  type: 'object',
  required: ['content-type'],
  properties: {
    'content-type': text('CloudEvents in structured mode: the whole event stands in the value.', {
      const: CLOUD_EVENT,
    }),
    traceparent: text('W3C Trace Context of the batch it was sent in, where the gateway traces.', {
      pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$',
    }),
  },
};

const rejectedHeaders: Json = {
  type: 'object',
  required: ['topic', 'partition', 'offset', 'code', 'field'],
  properties: {
    topic: text('The topic the message came from.'),
    partition: text('Its partition there, in digits.', { pattern: '^\\d+$' }),
    offset: text('Its offset there, in digits.', { pattern: '^\\d+$' }),
    code: text('Why it was refused.', {
      enum: ['not-json', 'not-an-object', 'unknown-type', 'bad-field', 'unknown-field'],
    }),
    field: text('The path of the field that was refused; empty when it was the message as a whole.'),
  },
};

function caseMessages(): [string, Json][] {
  return caseEventsByRecord('draft-7').map(([record, type, payload]) => [
    messageName(record),
    {
      name: type,
      title: `Case event: ${record}`,
      summary: `The full state of one ${record} record of one child, or the record’s purge.`,
      contentType: CLOUD_EVENT,
      headers: eventHeaders,
      payload,
      bindings: {
        kafka: {
          key: text('Council and child, so that one child’s events stay in one partition and in order.', {
            pattern: '^/councils/E(06|08|09|10)\\d{6}/c[0-9a-f]{32}$',
            examples: [`${sourceOf('E09000023')}/${EXAMPLE_CHILD}`],
          }),
          bindingVersion: BINDING,
        },
      },
    },
  ]);
}

const statementMessage = (): Json => ({
  name: FEED_STATEMENT_TYPE,
  title: 'Feed statement',
  summary: 'What a council’s feed is complete through, or a gap that it declares.',
  description:
    'Has no key. One copy goes to every partition, after Kafka has acknowledged the events sent in the same batch, so that in each partition the statement stands behind the events it covers. It holds once its copies have been read from every partition.',
  contentType: CLOUD_EVENT,
  headers: eventHeaders,
  payload: jsonSchemaOf(FeedStatement, 'draft-7'),
  bindings: { kafka: { bindingVersion: BINDING } },
});

const rejectedMessage = (): Json => ({
  name: 'rejected-message',
  title: 'Rejected message',
  summary:
    'A message that could not be understood, byte for byte, with its origin and the reason as headers.',
  description: 'Has no key. The value is what was found, so it need not be JSON.',
  contentType: 'application/octet-stream',
  headers: rejectedHeaders,
  payload: {},
  bindings: { kafka: { bindingVersion: BINDING } },
});

const channel = (address: string, partitions: number, description: string, messages: string[]): Json => ({
  address,
  title: address,
  description,
  messages: Object.fromEntries(messages.map((name) => [name, ref(`components/messages/${name}`)])),
  bindings: { kafka: { topic: address, partitions, bindingVersion: BINDING } },
});

const operation = (action: 'send' | 'receive', on: string, summary: string, messages: string[]): Json => ({
  action,
  channel: ref(`channels/${on}`),
  summary,
  messages: messages.map((name) => ref(`channels/${on}/messages/${name}`)),
});

/** The document as plain data. */
export function asyncApi(version: string): Json {
  const { events, rejected, outcomeChanges } = loadConfig({}).topics;
  const cases = caseMessages();
  const onEvents = [...cases.map(([name]) => name), 'feed-statement'];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Waymark event stream',
      version,
      description: `What Waymark puts on Kafka and takes from it. \`WAYMARK_TOPIC_PREFIX\` stands before each topic’s name when it is set. Sources are \`/councils/\` and the ONS code of a council; children and records are pseudonyms, and no field can hold a name, an address or a number that other registers use.`,
    },
    defaultContentType: CLOUD_EVENT,
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'Kafka 4.1. Producers wait for all in-sync replicas.',
        variables: { brokers: { description: 'host:port of each broker, as in KAFKA_BROKERS.' } },
      },
    },
    channels: {
      [events]: channel(
        events,
        EVENT_PARTITIONS,
        'Every case event and feed statement that a council sent and the gateway accepted. Delivered at least once: `source` and `id` together say whether a message is a repeat.',
        onEvents,
      ),
      [rejected]: channel(
        rejected,
        1,
        'Messages of the event topic that Waymark set aside, each with its reason. A message may come twice when ingest was interrupted.',
        ['rejected-message'],
      ),
      [outcomeChanges]: channel(
        outcomeChanges,
        1,
        'Meant for changes of outcomes, to be told to other systems. The topic is made today, but nothing is produced to it and nothing reads it; no message is defined yet. Do not build on it.',
        [],
      ),
    },
    operations: {
      produceEvents: operation(
        'send',
        events,
        'The gateway passes on each accepted line, and answers the council once all replicas have it.',
        onEvents,
      ),
      ingestEvents: operation(
        'receive',
        events,
        'Ingest stores messages in the ledger and commits their offsets after the transaction.',
        onEvents,
      ),
      rejectMessage: operation('send', rejected, 'Ingest sets aside what it cannot understand.', [
        'rejected-message',
      ]),
    },
    components: {
      messages: {
        ...Object.fromEntries(cases),
        'feed-statement': statementMessage(),
        'rejected-message': rejectedMessage(),
      },
    },
  };
}
