// The AsyncAPI and OpenAPI documents against the code they describe: the producer, the topics and the gateway.
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { LightMyRequestResponse } from 'fastify';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { recordKinds } from '../../../schemas/records.ts';
import { generatedFiles } from '../../../services/command/docs/files.ts';
import { prepareTopics } from '../../../services/ingest/topics.ts';
import { loadConfig } from '../../../services/platform/config.ts';
import type { Database } from '../../../services/platform/database.ts';
import type { Kafka } from '../../../services/platform/kafka.ts';
import { gateway, ndjson, referral, statement } from '../gateway/gateway.ts';

type Node = Record<string, never>;
interface Channel {
  address: string;
  description: string;
  messages: Record<string, { $ref: string }>;
  bindings: { kafka: { topic: string; partitions: number } };
}
interface AsyncApi {
  asyncapi: string;
  channels: Record<string, Channel>;
  operations: Record<string, { action: string; channel: { $ref: string }; messages: { $ref: string }[] }>;
  components: {
    messages: Record<
      string,
      { name: string; headers: object; payload: object; bindings: { kafka: { key?: object } } }
    >;
  };
}

const asyncApi = parse(generatedFiles().get('asyncapi.yaml') ?? '') as AsyncApi;
const openApi = parse(generatedFiles().get('openapi.yaml') ?? '');

/** What a `#/…` reference points at. */
const pointed = (document: unknown, ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce((at: unknown, step) => (at as Node)[step.replaceAll('~1', '/')], document);

function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  );
}

test.each([
  ['asyncapi', asyncApi as unknown],
  ['openapi', openApi as unknown],
])('every reference of the %s document leads somewhere', (_name, document) => {
  const refs = references(document);
  expect(refs.length).toBeGreaterThan(5);
  for (const ref of refs) expect(pointed(document, ref), ref).toBeDefined();
});

test('AsyncAPI has the topics that Waymark makes, with their partitions', async () => {
  const made: { topic: string; numPartitions: number }[] = [];
  const admin = {
    connect: async () => {},
    disconnect: async () => {},
    listTopics: async () => [],
    createTopics: async ({ topics }: { topics: typeof made }) => made.push(...topics),
    fetchTopicMetadata: async () => ({ topics: [] }),
  };
  const kafka = { admin: () => admin } as unknown as Kafka;
  await prepareTopics(kafka, loadConfig({}).topics, (async () => []) as unknown as Database);
  const told = Object.values(asyncApi.channels).map(({ address, bindings }) => ({
    topic: address,
    numPartitions: bindings.kafka.partitions,
  }));
  expect(asyncApi.asyncapi).toBe('3.0.0');
  expect(told).toEqual(made);
});

test('AsyncAPI has a message for each record type and the feed statement, and none for outcome changes', () => {
  const { events, outcomeChanges } = loadConfig({}).topics;
  const types = Object.values(asyncApi.channels[events]!.messages).map(
    ({ $ref }) => (pointed(asyncApi, $ref) as { name: string }).name,
  );
  expect(types).toEqual([
    ...recordKinds.map((kind) => `waymark.case.${kind}.v1`),
    'waymark.feed.statement.v1',
  ]);
  expect(asyncApi.channels[outcomeChanges]!.messages).toEqual({});
  expect(asyncApi.channels[outcomeChanges]!.description).toContain('nothing is produced to it');
  const served = Object.values(asyncApi.operations).map(({ channel }) => channel.$ref);
  expect(served.some((ref) => ref.endsWith(outcomeChanges))).toBe(false);
});

test('what the gateway produces is what AsyncAPI says: key, headers and payload', async () => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const { post, messages } = await gateway();
  const purge = referral(2, { data: { recordId: referral(2).data.recordId, purged: true } });
  await post(ndjson(referral(1), purge, statement('2025-02-28')));
  expect(messages()).toHaveLength(5);
  for (const { key, headers, value } of messages()) {
    const payload = JSON.parse(String(value));
    const told = Object.values(asyncApi.components.messages).find(({ name }) => name === payload.type)!;
    expect(ajv.validate(told.payload, payload), ajv.errorsText()).toBe(true);
    expect(ajv.validate(told.headers, headers), ajv.errorsText()).toBe(true);
    const { key: keySchema } = told.bindings.kafka;
    if (keySchema) expect(ajv.validate(keySchema, key), ajv.errorsText()).toBe(true);
    else expect(key).toBeUndefined();
  }
});

/** The answer in the OpenAPI document that this one must be, with its references inside. */
function toldAnswer({ statusCode }: LightMyRequestResponse, path = '/v1/events', method = 'post') {
  const told = openApi.paths[path][method].responses[String(statusCode)];
  expect(told, `${statusCode} is not told of`).toBeDefined();
  return told as { headers?: Record<string, unknown>; content: Record<string, { schema: object }> };
}

function expectTold(answer: LightMyRequestResponse, path?: string, method?: string): void {
  const told = toldAnswer(answer, path, method);
  const ajv = new Ajv2020({ strict: false });
  const { schema } = told.content['application/json']!;
  const whole = { ...schema, components: openApi.components };
  expect(ajv.validate(whole, answer.json()), `${answer.body} ${ajv.errorsText()}`).toBe(true);
  for (const name of Object.keys(told.headers ?? {}))
    expect(answer.headers[name.toLowerCase()]).toBeDefined();
}

test('each answer of the gateway is one that OpenAPI tells of', async () => {
  const { app, post } = await gateway();
  const packed = { 'content-encoding': 'gzip' };
  const answers = [
    await post(ndjson(referral(1))),
    await post(ndjson('x', [], referral(1, { a: 1 }), referral(2, { id: 'x' }), referral(3, { type: 'x' }))),
    await post(ndjson(referral(1, { source: '/councils/E06000001' }), 'x'.repeat(70_000))),
    await post('no gzip', packed),
    await post('', { authorization: undefined }),
    await post('', { authorization: 'Bearer researcher-key' }),
    await post('\n'.repeat(6_000)),
    await post('\n'.repeat(9 * 1024 * 1024)),
    await post('{}', { 'content-type': 'text/csv' }),
    await post('{}', { 'content-encoding': 'br' }),
  ];
  const broken = await gateway({}, async () => {
    throw new Error('no leader');
  });
  const slow = await gateway({ batchesPerMinute: 1 });
  const failing = await gateway({
    holderOf: async () => {
      throw new Error('no database');
    },
  });
  await slow.post('');
  answers.push(
    await broken.post(ndjson(referral(1))),
    await slow.post(''),
    await failing.post(''),
    await (await gateway({ maxInFlight: 0 })).post(''),
  );
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([
    202, 422, 422, 400, 401, 403, 413, 413, 415, 415, 503, 429, 500, 429,
  ]);
  for (const answer of answers) expectTold(answer);
  expectTold(await app.inject('/health'), '/health', 'get');
  const told = Object.keys(openApi.paths['/v1/events'].post.responses).map(Number);
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set(told));
});

test('the example of a line in the OpenAPI document is accepted', async () => {
  const { post } = await gateway();
  const { example } = openApi.paths['/v1/events'].post.requestBody.content['application/x-ndjson'];
  expect((await post(example)).statusCode).toBe(202);
});
