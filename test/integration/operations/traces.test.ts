// One batch is one trace, from the gateway's answer to the row in the ledger and the outcomes that it changed; without a
// collector no message carries one.
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { recordEvent } from '../../../services/council/case-event.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { reReferral } from '../../../services/outcomes/definitions.ts';
import { createKey } from '../../../services/platform/access.ts';
import { connect } from '../../../services/platform/database.ts';
import { connectKafka, consume, type Taken } from '../../../services/platform/kafka.ts';
import { makePayloadKeys } from '../../../services/platform/payload-keys.ts';
import { testDatabase } from '../../harness/database.ts';
import { type RunningProcess, surroundings } from '../../harness/processes.ts';
import { protocolNamed } from '../../harness/protocols.ts';
import { collector, lineage, type SeenSpan } from '../../harness/traces.ts';

const council = 'E09900001';
const names = pseudonymiser(new Uint8Array(32).fill(5));

const protocol = protocolNamed('traced', [council], {
  population: {
    index: { record: 'referral', countNoFurtherAction: true },
    from: '2024-01-01',
    to: '2024-12-31',
  },
  waves: 'quarter',
  outcomes: [reReferral],
  primary: { outcome: reReferral.id, horizon: 6 },
  disclosure: { threshold: 1 },
});

const eventOf = (child: string) =>
  recordEvent(
    {
      council,
      child: names.child(child),
      recordId: names.record(child, 'referral', 'a'),
      recordedAt: '2026-01-05T10:00:00Z',
    },
    'referral',
    { date: '2024-02-11', source: '1A' },
  );
const events = ['one', 'two', 'three'].map(eventOf);
const later = eventOf('four');

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 120_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const post = async ({ url }: RunningProcess, key: string, sent: readonly object[] = events) =>
  fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-ndjson',
      // A sender's own trace is its own affair.
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    },
    body: sent.map((event) => JSON.stringify(event)).join('\n'),
  });

describe('a batch', () => {
  it('is one trace from the gateway to the ledger and to the workflow that recomputes', async () => {
    const database = await testDatabase();
    const db = connect(database.databaseUrl, 2, 'traces-test');
    const seen = await collector();
    const { start, env, home } = await surroundings(database.databaseUrl);
    await registerCouncils(db, [{ code: council, name: 'Traced', dataSource: 'simulated' }]);
    await createEvaluation(db, protocol);
    const key = await createKey(db, { label: 'traced', role: 'council', council });
    await makePayloadKeys(`${home}/keys`);
    const on = {
      WAYMARK_PAYLOAD_KEYS_FILE: `${home}/keys`,
      OTEL_EXPORTER_OTLP_ENDPOINT: seen.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    };
    const [gateway, ingest, tracker, untraced] = (await Promise.all([
      start(['gateway'], on),
      start(['ingest'], on),
      start(['tracker'], on),
      start(['gateway']),
    ])) as [RunningProcess, RunningProcess, RunningProcess, RunningProcess];
    onTestFinished(async () => {
      await Promise.all([gateway, ingest, tracker, untraced].map((one) => one.stop()));
      await db.end();
      await database.drop();
    });

    expect((await post(gateway, key)).status).toBe(202);
    const ofBatch = (which = 0): SeenSpan[] => {
      const root = seen.spans.filter(({ name }) => name === 'POST /v1/events')[which];
      return seen.spans.filter(({ traceId }) => traceId === root?.traceId);
    };
    const named = (name: string) => ofBatch().find((span) => span.name === name);
    await until('the outcomes were recomputed in it', () => named('activity recomputeCohort') !== undefined);
    const ancestry = (name: string) => lineage(seen.spans, named(name) as SeenSpan);
    const topic = `${env.WAYMARK_TOPIC_PREFIX}case-events.v1`;

    expect(named('POST /v1/events')).toMatchObject({
      service: 'waymark-gateway',
      attributes: { 'waymark.council': council, 'waymark.lines.accepted': 3, 'waymark.lines.refused': 0 },
    });
    expect(ancestry(`send ${topic}`)).toEqual([`send ${topic}`, 'POST /v1/events']);
    await until(
      'ingest has sent its spans',
      () =>
        named('insert waymark.outbox') !== undefined &&
        named(`process ${topic}`) !== undefined &&
        named('transaction') !== undefined,
    );
    const stored = ['transaction', `process ${topic}`, `send ${topic}`, 'POST /v1/events'];
    expect(ancestry('insert waymark.case_event')).toEqual([
      'insert waymark.case_event',
      'savepoint',
      ...stored,
    ]);
    expect(ancestry('insert waymark.outbox')).toEqual(['insert waymark.outbox', ...stored]);
    await until(
      'the relay has sent its spans',
      () => named('relay') !== undefined && named('screen') !== undefined,
    );
    expect(ancestry('screen')).toEqual(['screen', ...stored]);
    expect(ancestry('activity recomputeCohort')).toEqual([
      'activity recomputeCohort',
      'signal cohort',
      'relay',
      ...stored,
    ]);
    expect(new Set(ofBatch().map(({ service }) => service))).toEqual(
      new Set(['waymark-gateway', 'waymark-ingest', 'waymark-tracker']),
    );

    // The workflow runs already, and goes on in the trace of the signal that it heard last.
    expect((await post(gateway, key, [later])).status).toBe(202);
    await until('the running workflow recomputed in the second trace', () =>
      ofBatch(1).some(({ name }) => name === 'activity recomputeCohort'),
    );

    expect((await post(untraced, key)).status).toBe(202);
    const taken: Taken[] = [];
    const consumer = await consume(connectKafka(inject('stack').kafkaBrokers, 'traces-test'), {
      topic,
      groupId: `traces-${topic}`,
      chunk: 100,
      settle: async (_partition, messages) => void taken.push(...messages),
      crashed: () => {},
    });
    onTestFinished(() => consumer.stop());
    await until('both batches are read from Kafka', () => taken.length === 2 * events.length + 1);
    const carried = taken.map(({ headers }) =>
      Object.keys(headers ?? {})
        .sort()
        .join(),
    );
    expect(carried.toSorted()).toEqual([
      ...Array(3).fill('content-type'),
      ...Array(4).fill('content-type,traceparent'),
    ]);

    // What councils sent, and what they sent it with, is in no span.
    const told = seen.bodies.join('\n');
    for (const { id, subject, data } of [...events, later])
      for (const secret of [id, subject, data.recordId, key, '2024-02-11'])
        expect(told).not.toContain(secret);
  });
});
