// The gateway as an OpenAPI 3.1 document: one batch in, an answer for each line out.
import { sourceOf } from '../../../schemas/case-event.ts';
import { MAX_BODY_BYTES, MAX_LINE_BYTES, MAX_LINES } from '../../gateway/batch.ts';
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
};

/** Answers to a batch as a whole: status, then code, then what it means. Nothing of the batch was stored. */
const refusals: Record<string, Record<string, string>> = {
  400: { 'bad-gzip': 'The body says it is gzip and cannot be unpacked.' },
  401: { 'unknown-key': 'There is no key, or nobody holds it, or it was revoked.' },
  403: { 'not-a-council': 'The key is not a council’s.' },
  413: {
    'body-too-large': `The body, unpacked, has more than ${MAX_BODY_BYTES} bytes.`,
    'too-many-lines': `The body has more than ${MAX_LINES} lines.`,
  },
  415: {
    'not-ndjson': 'The content type is not application/x-ndjson.',
    'unknown-encoding': 'The content encoding is neither gzip nor identity.',
  },
  429: {
    busy: 'Too many batches are in hand.',
    'too-many-batches': 'This key has sent too many batches in this minute.',
  },
  500: { failed: 'Waymark failed in a way it did not foresee.' },
  503: { 'kafka-unavailable': 'Kafka did not acknowledge the batch; part of it may have been stored.' },
};

const words: Record<string, string> = {
  400: 'The body cannot be read',
  401: 'The key is not known',
  403: 'The key may not send events',
  413: 'The batch is too large',
  415: 'The body is in another form than lines of JSON',
  429: 'Too many batches; send it again after the time in Retry-After',
  500: 'A fault of Waymark; send the batch again later',
  503: 'Kafka is not available; send the batch again after the time in Retry-After',
};

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

const refusal = ([status, meanings]: [string, Record<string, string>]): [string, Json] => [
  status,
  {
    description: `${words[status]}.\n\n${bullets(meanings)}`,
    ...((status === '429' || status === '503') && { headers: retryAfter }),
    content: jsonBody({
      allOf: [
        ref('Refusal'),
        { properties: { error: { properties: { code: { enum: Object.keys(meanings) } } } } },
      ],
    }),
  },
];

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
    ...Object.fromEntries(
      Object.entries(refusals)
        .filter(([status]) => Number(status) < 422)
        .map(refusal),
    ),
    422: {
      description: `Some lines were refused; the others were accepted. Mend the refused lines and send only those, or the whole batch again.\n\n${bullets(lineCodes)}`,
      content: jsonBody(ref('Receipt')),
    },
    ...Object.fromEntries(
      Object.entries(refusals)
        .filter(([status]) => Number(status) > 422)
        .map(refusal),
    ),
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
  paths: {
    '/v1/events': { post: post() },
    '/health': {
      get: {
        operationId: 'health',
        summary: 'Whether the gateway answers',
        security: [],
        responses: {
          200: {
            description: 'It does.',
            content: jsonBody({
              type: 'object',
              required: ['status'],
              properties: { status: { const: 'ok' } },
            }),
          },
        },
      },
    },
  },
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
