// Spans of batches as an OpenTelemetry collector receives them: who led to what, and nothing told that is not listed.
import { context, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../services/platform/config.ts';
import type { UserError } from '../../../services/platform/errors.ts';
import { tracesOf } from '../../../services/platform/kafka.ts';
import { causedBy, inSpan, note, traceparent, tracingIsOn } from '../../../services/platform/tracing/span.ts';
import { startTracing } from '../../../services/platform/tracing/start.ts';
import { summaryOf } from '../../../services/platform/tracing/traced-database.ts';
import { collector, lineage } from '../../harness/traces.ts';

/** Ends tracing, so that everything is sent. */
let ended = async (): Promise<void> => {};
afterEach(() => ended());

async function traced(env: Record<string, string> = {}) {
  const seen = await collector();
  const { tracing: settings } = loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: seen.endpoint, ...env });
  ended = await startTracing('test', settings);
  return seen;
}

const messageOf = (carried: string | undefined) => ({
  offset: '0',
  value: null,
  headers: carried ? { traceparent: Buffer.from(carried) } : {},
});

describe('without a collector', () => {
  it('only the work is done', async () => {
    expect(loadConfig({}).tracing).toBeNull();
    await startTracing('test', loadConfig({}).tracing);
    expect(tracingIsOn()).toBe(false);
    expect(await inSpan('a', {}, async () => traceparent())).toBeNull();
    expect(await causedBy(['00-1-1-01'], 'a', {}, async () => trace.getActiveSpan())).toBeUndefined();
    expect(tracesOf([messageOf(`00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`)])).toEqual(new Set());
  });
});

describe('with a collector', () => {
  it('work that one batch led to goes on in its trace', async () => {
    const seen = await traced({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=live',
    });
    const carried = await inSpan('received', {}, async () => traceparent() ?? '');
    expect(carried).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(tracesOf([messageOf(carried), messageOf(carried), messageOf(undefined)])).toEqual(
      new Set([carried]),
    );
    await causedBy([carried, carried, 'no traceparent'], 'stored', {}, async () =>
      note({ 'waymark.events': 2 }),
    );
    await ended();
    expect(seen.spans).toHaveLength(2);
    const stored = seen.spans.find(({ name }) => name === 'stored');
    expect(stored).toMatchObject({ service: 'waymark-test', attributes: { 'waymark.events': 2 } });
    expect(lineage(seen.spans, stored!)).toEqual(['stored', 'received']);
    expect(seen.headers[0]).toMatchObject({ authorization: 'Bearer abc' });
    expect(seen.bodies.join()).toContain('"deployment.environment.name"');
  });

  it('work that several led to is found from each of them', async () => {
    const seen = await traced();
    const carried = await Promise.all(
      [1, 2, 3].map(() => inSpan('received', {}, async () => traceparent() ?? '')),
    );
    const failing = causedBy(carried, 'stored', {}, () =>
      inSpan('insert', {}, async () => Promise.reject(new Error('x'))),
    );
    await expect(failing).rejects.toThrow('x');
    await ended();
    const stored = seen.spans.filter(({ name }) => name === 'stored');
    const traces = seen.spans.filter(({ name }) => name === 'received').map(({ traceId }) => traceId);
    expect(new Set(traces).size).toBe(3);
    expect(stored.map(({ traceId }) => traceId).toSorted()).toEqual(traces.toSorted());
    for (const one of stored) expect(lineage(seen.spans, one)).toEqual(['stored', 'received']);
    const insert = seen.spans.find(({ name }) => name === 'insert');
    const done = stored.find(({ spanId }) => spanId === insert?.parentSpanId);
    for (const one of stored.filter((each) => each !== done))
      expect(one.links).toMatchObject([{ traceId: done?.traceId, spanId: done?.spanId }]);
    for (const one of [insert, ...stored]) expect(one?.status).toEqual({ code: 2 });
  });

  it('a trace is kept whole or not at all', async () => {
    const seen = await traced({ OTEL_TRACES_SAMPLER_ARG: '0.5' });
    for (let batch = 0; batch < 60; batch += 1) {
      const carried = await inSpan('received', {}, async () => traceparent() ?? '');
      await causedBy([carried], 'stored', {}, async () => {});
    }
    await ended();
    const tracesWith = (wanted: string) =>
      seen.spans
        .filter(({ name }) => name === wanted)
        .map(({ traceId }) => traceId)
        .toSorted();
    expect(tracesWith('stored')).toEqual(tracesWith('received'));
    expect(tracesWith('received').length).toBeGreaterThan(5);
    expect(tracesWith('received').length).toBeLessThan(55);
  });

  it('nothing leaves that is not listed: no messages of errors, no stacks, no values of libraries', async () => {
    const seen = await traced();
    await inSpan('received', {}, async () => {
      const span = trace.getActiveSpan();
      span?.setAttributes({ 'waymark.events': 1, 'http.url': 'secret-1', 'waymark.council': ['secret-2'] });
      span?.recordException(new Error('secret-3'));
      span?.setStatus({ code: 2, message: 'secret-4' });
      span?.addLink({ context: span.spanContext(), attributes: { of: 'secret-5' } });
    });
    await ended();
    expect(seen.spans).toMatchObject([{ attributes: { 'waymark.events': 1 }, status: { code: 2 } }]);
    expect(seen.spans[0]?.attributes).toEqual({ 'waymark.events': 1 });
    expect(seen.spans[0]?.events).toMatchObject([{ name: 'exception', attributes: [] }]);
    expect(seen.bodies.join()).not.toMatch(/secret/);
  });

  it('is off again for what follows its end', async () => {
    await traced();
    await ended();
    expect(tracingIsOn()).toBe(false);
    expect(context.active()).toBeDefined();
  });
});

it.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'no pair'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz'],
])('%s is refused when it is %s', (name, value) => {
  expect(() => loadConfig({ [name]: value })).toThrow(
    expect.objectContaining({
      code: 'bad-configuration',
      message: expect.stringContaining(name),
    }) as UserError,
  );
});

it.each([
  [['select 1'], 'select'],
  [['select a from waymark.council where b = ', ''], 'select waymark.council'],
  [
    ['with x as (select 1 from waymark.child) insert into waymark.case_event select ', ''],
    'insert waymark.case_event',
  ],
  [['\n  update waymark.outbox set x = ', ''], 'update waymark.outbox'],
  [['delete from waymark.outbox'], 'delete waymark.outbox'],
  [['set local lock_timeout = 1'], 'set'],
])('the statement %j is called %s', (strings, name) => {
  expect(summaryOf(strings).name).toBe(name);
});
