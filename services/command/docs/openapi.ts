// The gateway as an OpenAPI 3.1 document: one batch in, an answer for each line out.
import { sourceOf } from '../../../schemas/case-event.ts';
import { recordKinds } from '../../../schemas/records.ts';
import { repairs } from '../../../schemas/repair.ts';
import { MAX_BODY_BYTES, MAX_LINE_BYTES, MAX_LINES } from '../../gateway/batch.ts';
import { type RefusalCode, refusals } from '../../gateway/refusals.ts';
import type { Json } from './json-schemas.ts';

/** Why a line is refused, in the order in which a line is looked at. */
const lineCodes: Record<string, string> = {
  'line-too-long': `The line has more than ${MAX_LINE_BYTES} bytes.`,
  'not-json': 'The line is not JSON.',
  'not-an-object': 'The line is JSON but no object.',
  'unknown-type': '`type` is none that Waymark knows.',
  'unknown-field': 'The object at `field` has fields that the schema does not name.',
  'bad-field': 'The value at `field` is missing or not allowed.',
  'not-your-council': '`source` is another council than the one the key belongs to.',
  'lines-refused':
    'The line says that the feed is complete, but lines of the same batch, or earlier ones of the same delivery, were refused.',
};

const words: Record<number, string> = {
  400: 'The request cannot be read',
  401: 'The key is not known',
  403: 'The key is not a council’s',
  408: 'The body came too slowly',
  413: 'The batch is too large',
  415: 'The body is in another form than lines of JSON',
  429: 'Too much at once; send it again after the time in Retry-After',
  500: 'A fault of Waymark; send it again later',
  503: 'Not available; send it again after the time in Retry-After',
};

/** What may refuse any request that needs a key. */
const ofEveryKey: RefusalCode[] = [
  'unknown-key',
  'not-a-council',
  'too-many-requests',
  'too-many-tries',
  'failed',
];
const ofBatches: RefusalCode[] = [
  ...ofEveryKey,
  'bad-gzip',
  'bad-delivery',
  'too-slow',
  'body-too-large',
  'too-many-lines',
  'not-ndjson',
  'unknown-encoding',
  'busy',
  'kafka-slow',
  'kafka-unavailable',
];

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const jsonBody = (schema: Json): Json => ({ 'application/json': { schema } });

const bullets = (meanings: Record<string, string>): string =>
  Object.entries(meanings)
    .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
    .join('\n');

const retryAfter: Json = {
  'Retry-After': {
    description: 'Seconds to wait before the batch is sent again.',
    schema: { type: 'integer', minimum: 0 },
  },
};

/** The answers of these codes, by status. */
function refusing(codes: readonly RefusalCode[]): Json {
  const statuses = [...new Set(codes.map((code) => refusals[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const own = codes.filter((code) => refusals[code].status === status);
      const meanings = Object.fromEntries(own.map((code) => [code, refusals[code].means]));
      return [
        status,
        {
          description: `${words[status]}.\n\n${bullets(meanings)}`,
          ...((status === 429 || status === 503) && { headers: retryAfter }),
          content: jsonBody({
            allOf: [ref('Refusal'), { properties: { error: { properties: { code: { enum: own } } } } }],
          }),
        },
      ];
    }),
  );
}

const post = (): Json => ({
  operationId: 'sendEvents',
  summary: 'Send a batch of case events and feed statements',
  description: `One JSON object a line: a case event (\`case-event.schema.json\`) or a feed statement (\`feed-statement.schema.json\`). Each line is accepted or refused for itself. What is accepted has been stored by every replica of Kafka when the answer comes. Sending the same batch again is harmless, so send it again whenever no answer came. At most ${MAX_LINES} lines, ${MAX_LINE_BYTES} bytes a line and ${MAX_BODY_BYTES} bytes a batch, counted unpacked.`,
  security: [{ councilKey: [] }],
  parameters: [
    {
      name: 'Content-Encoding',
      in: 'header',
      required: false,
      description: 'How the body is packed.',
      schema: { type: 'string', enum: ['gzip', 'identity'] },
    },
    {
      name: 'Waymark-Delivery',
      in: 'header',
      required: false,
      description:
        'The sender’s own name for what the batch is part of, the same for all its batches. A statement of completeness is refused once lines of its delivery were refused.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,64}$' },
    },
  ],
  requestBody: {
    required: true,
    content: {
      'application/x-ndjson': {
        schema: { type: 'string', description: 'Lines of JSON. Empty lines are passed over and counted.' },
        example: `${JSON.stringify(example)}\n`,
      },
    },
  },
  responses: {
    202: { description: 'Every line was accepted.', content: jsonBody(ref('Receipt')) },
    422: {
      description: `Some lines were refused; the others were accepted. Mend the refused lines and send only those, or the whole batch again.\n\n${bullets(lineCodes)}`,
      content: jsonBody(ref('Receipt')),
    },
    ...refusing(ofBatches),
  },
});

const example = {
  specversion: '1.0',
  id: '5f0c3c52-2c2f-4f5e-9d7b-6a0c0f5b1d11',
  source: sourceOf('E09000023'),
  type: 'waymark.case.referral.v1',
  subject: 'c0123456789abcdef0123456789abcdef',
  time: '2025-09-01T09:30:00+01:00',
  data: {
    recordId: 'r0123456789abcdef0123456789abcdef',
    state: { date: '2025-08-29', source: '1A', primaryNeed: 'N1', noFurtherAction: false },
  },
};

const text = (description: string, more: Json = {}): Json => ({ type: 'string', description, ...more });

const day = text('A day.', { format: 'date' });
const kindName = text('A kind of record.', { enum: recordKinds });
const instantOrNull = (description: string): Json => ({
  type: ['string', 'null'],
  format: 'date-time',
  description,
});
const row = (properties: Json): Json => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
});

const schemas: Json = {
  Receipt: {
    type: 'object',
    required: ['accepted', 'rejected'],
    additionalProperties: false,
    properties: {
      accepted: { type: 'integer', minimum: 0, description: 'Lines that are stored.' },
      rejected: { type: 'array', items: ref('RefusedLine'), description: 'Lines that are not.' },
    },
  },
  RefusedLine: {
    type: 'object',
    required: ['line', 'code', 'field', 'reason'],
    additionalProperties: false,
    properties: {
      line: { type: 'integer', minimum: 1, description: 'The line of the body, from 1.' },
      code: text('Why, for machines.', { enum: Object.keys(lineCodes) }),
      field: text('The path of the field, such as `data.state.date`; empty for the whole line.'),
      reason: text('Why, for people. Never quotes what was sent.'),
    },
  },
  Feed: {
    type: 'object',
    required: ['council', 'lastReceived', 'completeThrough', 'gaps', 'held'],
    additionalProperties: false,
    properties: {
      council: text('The ONS code of the key’s council.'),
      lastReceived: instantOrNull('When messages of the council last reached the store.'),
      completeThrough: {
        type: 'array',
        description:
          'What each kind of record is complete through. A kind that is missing is unknown, never zero.',
        items: row({ kind: kindName, through: day }),
      },
      gaps: { type: 'array', items: row({ kind: kindName, from: day, to: day }) },
      held: { type: 'integer', minimum: 0, description: 'Lines that could not be used.' },
    },
  },
  Held: {
    type: 'object',
    required: ['lines'],
    additionalProperties: false,
    properties: {
      lines: {
        type: 'array',
        description: 'The newest 500, newest first; for older ones give the last `at` as `before`.',
        items: row({
          by: text('Who held it: the gateway on arrival, or ingest on the way into the ledger.', {
            enum: ['gateway', 'ingest'],
          }),
          place: text('A line of a delivery, or a place in Kafka that the operator can look up.'),
          code: text('Why, for machines.'),
          field: text('The path of the field; empty for the whole line.'),
          reason: text('Why, for people. Never quotes what was sent.'),
          repair: text('What to do about it.', { examples: [repairs['bad-field']] }),
          at: text('When.', { format: 'date-time' }),
        }),
      },
    },
  },
  Refusal: {
    type: 'object',
    required: ['error'],
    additionalProperties: false,
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message'],
        additionalProperties: false,
        properties: {
          code: text('Stable, for machines.'),
          message: text('A sentence that says what to do.'),
        },
      },
    },
  },
};

const status = (word: string): Json => jsonBody(row({ status: { const: word } }));

const paths = (): Json => ({
  '/v1/events': { post: post() },
  '/v1/feed': {
    get: {
      operationId: 'feed',
      summary: 'What the key’s council is complete through',
      security: [{ councilKey: [] }],
      responses: {
        200: { description: 'The council’s own feed.', content: jsonBody(ref('Feed')) },
        ...refusing(ofEveryKey),
      },
    },
  },
  '/v1/quarantine': {
    get: {
      operationId: 'quarantine',
      summary: 'Lines of the key’s council that could not be used: where, why and what to do',
      security: [{ councilKey: [] }],
      parameters: [
        {
          name: 'before',
          in: 'query',
          required: false,
          description: 'Only lines held before this instant.',
          schema: { type: 'string', format: 'date-time' },
        },
      ],
      responses: {
        200: { description: 'The council’s own held lines.', content: jsonBody(ref('Held')) },
        ...refusing([...ofEveryKey, 'bad-query']),
      },
    },
  },
  '/health': {
    get: {
      operationId: 'health',
      summary: 'Whether the gateway runs',
      security: [],
      responses: { 200: { description: 'It does.', content: status('ok') } },
    },
  },
  '/ready': {
    get: {
      operationId: 'ready',
      summary: 'Whether the gateway can take batches: PostgreSQL and Kafka answer',
      security: [],
      responses: { 200: { description: 'It can.', content: status('ready') }, ...refusing(['not-ready']) },
    },
  },
});

/** The document as plain data. */
export const openApi = (version: string): Json => ({
  openapi: '3.1.0',
  info: {
    title: 'Waymark gateway',
    version,
    description:
      'Where councils send pseudonymised case events and say what their feeds are complete through.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'The gateway’s own address.' }],
  paths: paths(),
  components: {
    securitySchemes: {
      councilKey: {
        type: 'http',
        scheme: 'bearer',
        description: 'The council’s key, made with `waymark key --role council --council CODE`.',
      },
    },
    schemas,
  },
});
