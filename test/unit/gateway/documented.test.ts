// The OpenAPI document and the gateway agree: every documented answer can be had, and has the documented shape.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generatedFiles } from '../../../services/command/docs/files.ts';
import { MAX_BODY_BYTES, MAX_LINE_BYTES, MAX_LINES } from '../../../services/gateway/batch.ts';
import { refusals } from '../../../services/gateway/refusals.ts';
import { type Answer, gateway, ndjson, type Rig, referral, statement } from './gateway.ts';

interface Operation {
  responses: Record<string, { headers?: object; content: { 'application/json': { schema: object } } }>;
}
type Schema = { allOf?: { properties?: { error: { properties: { code: { enum: string[] } } } } }[] };

const document = parse(generatedFiles().get('openapi.yaml') ?? '') as {
  paths: Record<string, Record<string, Operation>>;
  components: object;
};

/** `POST /v1/events 429 busy` and so on: everything that the document says can be answered. */
const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, { responses }]) =>
    Object.entries(responses).flatMap(([status, { content }]) => {
      const { allOf } = content['application/json'].schema as Schema;
      const codes = allOf?.flatMap((part) => part.properties?.error.properties.code.enum ?? []);
      return (codes ?? ['']).map((code) => ({
        method: method.toUpperCase(),
        path,
        status: Number(status),
        code,
      }));
    }),
  ),
);

const never = (): Promise<void> => new Promise(() => {});
const json = (answer: Answer): unknown => answer.json();

/** A request to this path that nothing is wrong with but the key. */
const ask = (rig: Rig, path: string, headers: Record<string, string | undefined> = {}): Promise<Answer> =>
  path === '/v1/events' ? rig.post('', headers) : rig.get(path, headers);

/** How each refusal is brought about, on whichever path documents it. */
const scenes: Record<string, (path: string) => Promise<Answer>> = {
  'unknown-key': async (path) => ask(await gateway(), path, { authorization: 'Bearer nobody' }),
  'not-a-council': async (path) => ask(await gateway(), path, { authorization: 'Bearer researcher-key' }),
  'too-many-requests': async (path) => {
    const rig = await gateway({ requestsPerMinute: 1 });
    await ask(rig, path);
    return ask(rig, path);
  },
  'too-many-tries': async (path) => {
    const rig = await gateway({ triesPerMinute: 1 });
    await ask(rig, path, { authorization: 'Bearer nobody' });
    return ask(rig, path);
  },
  failed: async (path) =>
    ask(
      await gateway({
        holderOf: async () => {
          throw new Error('the database has gone');
        },
      }),
      path,
    ),
  'bad-gzip': async () => (await gateway()).post('no gzip', { 'content-encoding': 'gzip' }),
  'bad-delivery': async () => (await gateway()).post('', { 'waymark-delivery': 'a b' }),
  'too-slow': async () => (await gateway({ bodyPatience: 20 })).trickle(),
  'body-too-large': async () => (await gateway()).post(' '.repeat(MAX_BODY_BYTES + 1)),
  'too-many-lines': async () => (await gateway()).post('{}\n'.repeat(MAX_LINES + 1)),
  'not-ndjson': async () => (await gateway()).post('{}', { 'content-type': 'application/json' }),
  'unknown-encoding': async () => (await gateway()).post('{}', { 'content-encoding': 'br' }),
  busy: async () => (await gateway({ limits: { batches: 0 } })).post(''),
  'kafka-slow': async () => {
    const rig = await gateway({ limits: { slowAfter: 10 } }, never);
    void rig.post(ndjson(referral(1)));
    await new Promise((resolve) => setTimeout(resolve, 60));
    return rig.post('');
  },
  'kafka-unavailable': async () =>
    (
      await gateway({}, async () => {
        throw new Error('no leader');
      })
    ).post(ndjson(referral(1))),
  'bad-query': async () => (await gateway()).get('/v1/quarantine?before=yesterday'),
  'not-ready': async () => (await gateway({ missing: async () => ['kafka'] })).get('/ready'),
};

/** How each answer that is no refusal comes about. */
const answered: Record<string, () => Promise<Answer>> = {
  'POST /v1/events 202': async () => (await gateway()).post(ndjson(referral(1))),
  'POST /v1/events 422': async () => (await gateway()).post(ndjson(referral(1), 'x')),
  'GET /v1/feed 200': async () => (await gateway()).get('/v1/feed'),
  'GET /v1/quarantine 200': async () => {
    const rig = await gateway();
    await rig.post(ndjson('x', referral(1, { time: 'noon' })));
    const answer = await rig.get('/v1/quarantine');
    expect(answer.json().lines).toHaveLength(2);
    return answer;
  },
  'GET /health 200': async () => (await gateway()).get('/health'),
  'GET /ready 200': async () => (await gateway()).get('/ready'),
};

describe('the documented answer', () => {
  test.each(documented)('$method $path $status $code', async ({ method, path, status, code }) => {
    const answer = code ? await scenes[code]!(path) : await answered[`${method} ${path} ${status}`]!();
    expect(answer.statusCode).toBe(status);
    if (code) expect((json(answer) as { error: { code: string } }).error.code).toBe(code);
    const response = document.paths[path]![method.toLowerCase()]!.responses[status]!;
    if (response.headers) expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const { schema } = response.content['application/json'];
    const validate = ajv.compile({ ...schema, components: document.components });
    expect(validate(json(answer)), JSON.stringify(validate.errors)).toBe(true);
  });

  test('stands for each refusal that the gateway knows', () => {
    const known = Object.keys(refusals).filter((code) => code !== 'not-found');
    expect([...new Set(documented.map(({ code }) => code).filter(Boolean))].sort()).toEqual(known.sort());
  });

  test('to a line names each code that a line can be refused with', async () => {
    const { post } = await gateway();
    const answer = await post(
      ndjson(
        'x'.repeat(MAX_LINE_BYTES + 1),
        'x',
        '[]',
        referral(1, { type: 'none' }),
        referral(1, { more: 1 }),
        referral(1, { time: 'noon' }),
        referral(1, { source: '/councils/E06000001' }),
        statement('2025-02-28'),
      ),
    );
    const codes = answer.json().rejected.map(({ code }: { code: string }) => code);
    const { RefusedLine } = (
      document.components as { schemas: Record<string, { properties: { code: { enum: string[] } } }> }
    ).schemas;
    expect(codes).toEqual(RefusedLine!.properties.code.enum);
  });
});
