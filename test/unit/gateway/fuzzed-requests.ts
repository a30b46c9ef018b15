// Requests that nobody would send, made from the OpenAPI document of the gateway and from the portal's API: whatever comes is
// answered with a status that the document names for that operation, in its shape, and every line is accounted for.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { parse } from 'yaml';
import { buildGateway } from '../../../services/gateway/app.ts';
import type { Producer } from '../../../services/platform/kafka.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { buildPortal } from '../../../services/portal/app.ts';
import { fakeStore, keys } from '../../browser/fake-store.ts';
import { COUNCIL, referral, statement } from './gateway.ts';

interface Operation {
  responses: Record<string, { content?: { 'application/json'?: { schema: object } } }>;
}
interface Documented {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}
const document = parse(
  readFileSync(new URL('../../../docs/generated/openapi.yaml', import.meta.url), 'utf8'),
) as Documented;

/** What the document says of an operation's answers, as validators by status. */
function answersOf({ responses }: Operation): Map<string, ValidateFunction | null> {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  return new Map(
    Object.entries(responses).map(([status, { content }]) => {
      const schema = content?.['application/json']?.schema;
      return [status, schema ? ajv.compile({ ...schema, components: document.components }) : null];
    }),
  );
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([method]) => method === 'get' || method === 'post')
    .map(([method, operation]) => ({
      path,
      method: method.toUpperCase() as 'GET' | 'POST',
      answers: answersOf(operation),
    })),
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    '\u0000',
    '\ud800',
    "' or 1=1 --",
    '{{7*7}}',
    '../'.repeat(20),
    '%00',
    '\r\nx: y',
    '1e999',
    '-0',
    'NaN',
  ),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.constantFrom(null, true, 0, -1, 1e308, [], {}, 2 ** 53 + 2),
  fc.jsonValue({ maxDepth: 4 }),
);

/** A good event or statement with one part of it, at any depth, gone, doubled or something else. */
const damaged = fc
  .record({
    good: fc.constantFrom<object>(referral(1), referral(7), statement('2025-02-28')),
    at: fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 }),
    what: fc.constantFrom('drop', 'replace', 'add'),
    name: fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', 'purged', 'state')),
    value,
  })
  .map(({ good, at, what, name, value: new_ }) => {
    const copy = structuredClone(good) as Record<string, unknown>;
    let node = copy;
    for (const index of at.slice(0, -1)) {
      const children = Object.values(node).filter((child) => typeof child === 'object' && child !== null);
      const next = children[index % Math.max(1, children.length)];
      if (next === undefined) break;
      node = next as Record<string, unknown>;
    }
    const names = Object.keys(node);
    const chosen = names[(at.at(-1) ?? 0) % Math.max(1, names.length)] ?? name;
    if (what === 'drop') delete node[chosen];
    else
      Object.defineProperty(node, what === 'add' ? name : chosen, {
        value: new_,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return JSON.stringify(copy);
  });

const line = fc.oneof(
  { weight: 5, arbitrary: damaged },
  { weight: 2, arbitrary: fc.constant(JSON.stringify(referral(3))) },
  text,
  fc.nat({ max: 3_000 }).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
  damaged.map((whole) => whole.slice(0, whole.length / 2)),
  fc.nat({ max: 70_000 }).map((size) => JSON.stringify({ x: 'y'.repeat(size) })),
);

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 80,
});

const batch = fc
  .record({
    lines: fc.array(line, { maxLength: 8 }),
    between: fc.constantFrom('\n', '\r\n', '\n\n', '\r', ''),
    last: fc.constantFrom('', '\n', '\ufeff', '\u0000'),
    packing: fc.constantFrom('plain', 'plain', 'plain', 'gzip', 'broken', 'bytes'),
    bytes: fc.uint8Array({ maxLength: 200 }),
  })
  .map(({ lines, between, last, packing, bytes }) => {
    const whole = Buffer.from(lines.join(between) + last);
    if (packing === 'gzip') return { body: gzipSync(whole), encoding: 'gzip' };
    if (packing === 'broken') return { body: gzipSync(whole).subarray(0, 12), encoding: 'gzip' };
    return { body: packing === 'bytes' ? Buffer.from(bytes) : whole, encoding: undefined };
  });

const query = fc
  .array(fc.tuple(fc.constantFrom('before', 'x', 'outcome', 'horizon', 'next'), text), { maxLength: 3 })
  .map((pairs) =>
    pairs.length === 0
      ? ''
      : `?${pairs.map(([name, given]) => `${name}=${encodeURIComponent(given.replace(/[\ud800-\udfff]/g, '?'))}`).join('&')}`,
  );

const rarely = <T, U>(usual: T, other: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

const gatewayRequest = fc.record({
  operation: fc
    .nat({ max: operations.length - 1 })
    .map((at) => operations[at] as (typeof operations)[number]),
  batch,
  query,
  authorization: rarely('Bearer council-key', fc.oneof(printable, fc.constant('Bearer other-key'))),
  type: rarely(
    'application/x-ndjson',
    fc.oneof(
      fc.constantFrom('application/json', 'text/xml', 'application/x-ndjson; charset=utf-16'),
      printable,
    ),
  ),
  delivery: fc.oneof(fc.constant(undefined), printable),
  encoding: rarely(undefined, fc.constantFrom('br', 'gzip, gzip', 'identity', 'GZIP', 'x')),
});

const portalRequest = fc.record({
  path: fc.constantFrom(
    '/api/v1/evaluations',
    '/api/v1/evaluations/:slug/result',
    '/evaluations/:slug',
    '/api/v1/:slug',
    '/evaluations/:slug/outcomes.csv',
    '/evaluations/:slug/outcomes.parquet',
    '/evaluations/:slug/outcomes.csv-metadata.json',
    '/sign-in',
  ),
  slug: rarely('families-first-demonstration', text),
  query,
  authorization: rarely(`Bearer ${keys.researcher}`, printable),
  cookie: rarely('', printable),
});

/** How often each status was answered. */
export type Tried = Map<string, number>;

const headersOf = (all: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined));

/** What is wrong with an answer of the gateway, or null. */
function wrongIn(
  answer: LightMyRequestResponse,
  answers: Map<string, ValidateFunction | null>,
): string | null {
  const status = String(answer.statusCode);
  if (!answers.has(status))
    return `the document does not name the status ${status}: ${answer.body.slice(0, 200)}`;
  if (answer.statusCode >= 500 && answer.statusCode !== 503) return `a fault: ${answer.body.slice(0, 200)}`;
  const valid = answers.get(status);
  if (valid && !valid(answer.json())) return `not in the documented shape: ${answer.body.slice(0, 200)}`;
  return /node_modules|\.ts:\d|postgres|at Object\./.test(answer.body) ? 'tells of the inside' : null;
}

async function gatewayUnderFuzz(): Promise<{ app: FastifyInstance; produced: () => number }> {
  let produced = 0;
  const producer = {
    send: async ({ messages }: { messages: unknown[] }) => {
      produced += messages.length;
      return [];
    },
  } as unknown as Producer;
  const app = await buildGateway({
    producer,
    topic: { name: 'fuzzed', partitions: 1 },
    holderOf: async (key) =>
      key === 'council-key'
        ? { label: 'fuzz', role: 'council', council: COUNCIL }
        : key === 'other-key'
          ? { label: 'fuzz', role: 'researcher', council: null }
          : null,
    store: {
      noteRefused: async () => {},
      hasRefused: async () => false,
      feed: async (council) => ({ council, lastReceived: null, completeThrough: [], gaps: [], held: 0 }),
      held: async () => [],
    },
    log: createLogger('fuzz', 'silent'),
    requestsPerMinute: 1e9,
    triesPerMinute: 1e9,
  });
  return { app, produced: () => produced };
}

const counted = (tried: Tried, name: string) => tried.set(name, (tried.get(name) ?? 0) + 1);

/**
 * Sends requests to a gateway and to a portal.
 * @returns how often each status was answered
 * @throws Error with the request that found a fault, made small by fast-check
 */
export async function fuzz(
  inputs: number,
  seed: number,
  told: (done: number) => void = () => {},
): Promise<Tried> {
  const tried: Tried = new Map();
  const { app, produced } = await gatewayUnderFuzz();
  const portal = buildPortal({ store: fakeStore() });
  let done = 0;
  let address = 0;
  const step = () => {
    done += 1;
    if (done % 1_000 === 0) told(done);
  };
  try {
    await fc.assert(
      fc.asyncProperty(gatewayRequest, async ({ operation, batch: { body, encoding }, ...request }) => {
        const before = produced();
        const options: InjectOptions = {
          method: operation.method,
          url: `${operation.path}${request.query}`,
          headers: headersOf({
            authorization: request.authorization,
            'waymark-delivery': request.delivery,
            ...(operation.method === 'POST' && {
              'content-type': request.type,
              'content-encoding': request.encoding ?? encoding,
            }),
          }),
          ...(operation.method === 'POST' && { payload: body }),
        };
        const answer = await app.inject(options);
        counted(tried, `gateway ${operation.method} ${operation.path} ${answer.statusCode}`);
        step();
        const wrong = wrongIn(answer, operation.answers);
        if (wrong !== null) throw new Error(wrong);
        if (operation.method === 'POST' && [202, 422].includes(answer.statusCode)) {
          const { accepted } = answer.json() as { accepted: number };
          if (accepted !== produced() - before)
            throw new Error(`${accepted} accepted, ${produced() - before} produced`);
        } else if (produced() !== before) throw new Error('a refused batch was produced');
      }),
      { numRuns: Math.ceil(inputs * 0.75), seed },
    );
    await fc.assert(
      fc.asyncProperty(portalRequest, async ({ path, slug, query: asked, authorization, cookie }) => {
        address += 1;
        const answer = await portal.inject({
          url: `${path.replace(':slug', encodeURIComponent(slug.replace(/[\ud800-\udfff]/g, '?')))}${asked}`,
          headers: headersOf({ authorization, cookie: cookie || undefined }),
          remoteAddress: `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`,
        });
        counted(tried, `portal ${path} ${answer.statusCode}`);
        step();
        if (answer.statusCode >= 500) throw new Error(`a fault: ${answer.body.slice(0, 300)}`);
        if (/node_modules|\.ts:\d|at Object\./.test(answer.body)) throw new Error('tells of the inside');
        if (path.startsWith('/api/')) {
          const told_ = answer.json() as { error?: { code?: unknown } };
          if (answer.statusCode >= 400 && typeof told_.error?.code !== 'string') throw new Error('no code');
        }
      }),
      { numRuns: Math.floor(inputs * 0.25), seed },
    );
  } finally {
    await app.close();
    await portal.close();
  }
  return tried;
}
