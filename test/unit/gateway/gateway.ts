// The gateway with a Kafka that only remembers, so that each answer can be set against what was produced.
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { Message, ProducerRecord } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { buildGateway, type GatewayOptions } from '../../../services/gateway/app.ts';
import type { Holder } from '../../../services/platform/access.ts';
import type { Producer } from '../../../services/platform/kafka.ts';
import { createLogger } from '../../../services/platform/log.ts';

export const COUNCIL = 'E09000023';
export const PARTITIONS = 3;

const holders: Record<string, Holder> = {
  'council-key': { label: 'Lewisham', role: 'council', council: COUNCIL },
  'researcher-key': { label: 'A researcher', role: 'researcher', council: null },
};

export interface Rig {
  app: FastifyInstance;
  /** Each call of the producer, in order. */
  sends: ProducerRecord[];
  /** Every message produced. */
  messages: () => Message[];
  post: (
    payload: string | Buffer,
    headers?: Record<string, string | undefined>,
  ) => Promise<LightMyRequestResponse>;
}

/** A gateway that is closed when the test ends. `acknowledge` stands for Kafka. */
export async function gateway(
  options: Partial<GatewayOptions> = {},
  acknowledge: (record: ProducerRecord) => Promise<void> = async () => {},
): Promise<Rig> {
  const sends: ProducerRecord[] = [];
  const producer = {
    send: async (record: ProducerRecord) => {
      sends.push(record);
      await acknowledge(record);
      return [];
    },
  } as unknown as Producer;
  const app = await buildGateway({
    producer,
    topic: { name: 'case-events.v1', partitions: PARTITIONS },
    holderOf: async (key) => holders[key] ?? null,
    log: createLogger('gateway-test', 'silent'),
    ...options,
  });
  onTestFinished(() => app.close());
  const post: Rig['post'] = (payload, headers = {}) => {
    const usual = { authorization: 'Bearer council-key', 'content-type': 'application/x-ndjson' };
    const given = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== undefined);
    return app.inject({
      method: 'POST',
      url: '/v1/events',
      payload,
      headers: Object.fromEntries(given) as Record<string, string>,
    });
  };
  return { app, sends, post, messages: () => sends.flatMap(({ messages }) => messages) };
}

const hex = (number: number): string => number.toString(16).padStart(32, '0');

/** A referral of child `child`, its record and event numbered alike. */
export const referral = (child: number, more: object = {}) => ({
  specversion: '1.0',
  id: `00000000-0000-4000-8000-${String(child).padStart(12, '0')}`,
  source: `/councils/${COUNCIL}`,
  subject: `c${hex(child)}`,
  time: '2025-03-01T09:00:00Z',
  type: 'waymark.case.referral.v1',
  data: { recordId: `r${hex(child)}`, state: { date: '2025-02-27' } },
  ...more,
});

export const statement = (day: string) => ({
  specversion: '1.0',
  id: '00000000-0000-4000-8000-999999999999',
  source: `/councils/${COUNCIL}`,
  type: 'waymark.feed.statement.v1',
  time: '2025-03-01T09:00:00Z',
  data: { kinds: ['referral'], completeThrough: day },
});

export const ndjson = (...lines: (object | string)[]): string =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
