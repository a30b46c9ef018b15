// Every answer that refuses a whole request: its status, its code, what it means and what the sender is told.
// docs/generated/openapi.yaml is made of this table, and a test drives each of its rows.
import { MAX_BODY_BYTES, MAX_LINES } from './batch.ts';

interface Row {
  status: number;
  /** For whoever reads the documentation. */
  means: string;
  /** For whoever sent it. */
  message: string;
}

export const refusals = {
  'bad-gzip': {
    status: 400,
    means: 'The body says it is gzip and cannot be unpacked.',
    message: 'The body is not whole gzip: pack it and send it again.',
  },
  'bad-delivery': {
    status: 400,
    means: 'Waymark-Delivery is not 1 to 64 letters, digits, dots, dashes or underscores.',
    message:
      'Name the delivery in Waymark-Delivery with at most 64 letters, digits, dots, dashes or underscores.',
  },
  'bad-query': {
    status: 400,
    means: 'A parameter of the address is not usable.',
    message: 'Give `before` as the `at` of the last row you have, or leave it out.',
  },
  'unknown-key': {
    status: 401,
    means: 'There is no key, or nobody holds it, or it was revoked.',
    message: 'Send your council’s API key as Authorization: Bearer KEY.',
  },
  'not-a-council': {
    status: 403,
    means: 'The key is not a council’s.',
    message: 'Only a council’s key may be used here.',
  },
  'too-slow': {
    status: 408,
    means: 'The body did not arrive in time.',
    message: 'The body did not arrive in time: send smaller batches, or over a faster line.',
  },
  'body-too-large': {
    status: 413,
    means: `The body, unpacked, has more than ${MAX_BODY_BYTES} bytes.`,
    message: `Send at most ${MAX_BODY_BYTES} bytes in a batch, unpacked.`,
  },
  'too-many-lines': {
    status: 413,
    means: `The body has more than ${MAX_LINES} lines.`,
    message: `Send at most ${MAX_LINES} lines in a batch.`,
  },
  'not-ndjson': {
    status: 415,
    means: 'The content type is not application/x-ndjson.',
    message: 'Send lines of JSON with Content-Type: application/x-ndjson.',
  },
  'unknown-encoding': {
    status: 415,
    means: 'The content encoding is neither gzip nor identity.',
    message: 'Send the body as it is or with Content-Encoding: gzip.',
  },
  busy: {
    status: 429,
    means: 'Too many batches or bytes are in hand, of this council or of all.',
    message: 'Too much is in hand: send it again after the time in Retry-After.',
  },
  'kafka-slow': {
    status: 429,
    means: 'Kafka is slow to acknowledge what is in hand already.',
    message: 'The store is slow at present: send it again after the time in Retry-After.',
  },
  'too-many-requests': {
    status: 429,
    means: 'This council has sent too many requests in this minute.',
    message: 'This council sends too often: send it again after the time in Retry-After.',
  },
  'too-many-tries': {
    status: 429,
    means: 'Too many requests with unknown keys came from this address in this minute.',
    message:
      'Too many unknown keys were tried from this address: check the key and come back after the time in Retry-After.',
  },
  failed: {
    status: 500,
    means: 'Waymark failed in a way it did not foresee.',
    message: 'Waymark could not take the request: send it again later.',
  },
  'kafka-unavailable': {
    status: 503,
    means: 'Kafka did not acknowledge the batch in time; part of it may have been stored.',
    message: 'The batch was not acknowledged: send it again after the time in Retry-After.',
  },
  'not-ready': {
    status: 503,
    means: 'A part that the gateway needs does not answer.',
    message: 'The gateway cannot take batches at present.',
  },
  'not-found': {
    status: 404,
    means: 'There is nothing at this address.',
    message: 'There are only POST /v1/events, GET /v1/feed, GET /v1/quarantine, GET /health and GET /ready.',
  },
} as const satisfies Record<string, Row>;

export type RefusalCode = keyof typeof refusals;

/** Thrown wherever a request is refused. */
export class Refused extends Error {
  readonly statusCode: number;
  readonly code: RefusalCode;
  /** Seconds after which to come again. */
  readonly retryAfter: number | undefined;

  constructor(code: RefusalCode, retryAfter?: number) {
    super(refusals[code].message);
    this.statusCode = refusals[code].status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
