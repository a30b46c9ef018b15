// The AsyncAPI and OpenAPI documents against the code they describe: the producer, the topics and the gateway.
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
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
  ['portal-openapi', parse(generatedFiles().get('portal-openapi.yaml') ?? '')],
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
    createTopics: async ({ topics }: { topics: typeof made }) =>
      made.push(...topics.map(({ topic, numPartitions }) => ({ topic, numPartitions }))),
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

test('the example of a line in the OpenAPI document is accepted', async () => {
  const { post } = await gateway();
  const { example } = openApi.paths['/v1/events'].post.requestBody.content['application/x-ndjson'];
  expect((await post(example)).statusCode).toBe(202);
});
