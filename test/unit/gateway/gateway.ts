// The gateway with a Kafka and a store that only remember, so that each answer can be set against what was produced. With
// the real ones it is tested in test/integration/pipeline.
import { Readable } from 'node:stream';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { Message, ProducerRecord } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { buildGateway, type GatewayOptions } from '../../../services/gateway/app.ts';
import type { GatewayStore, HeldLine } from '../../../services/gateway/store.ts';
import type { Holder } from '../../../services/platform/access.ts';
import type { Producer } from '../../../services/platform/kafka.ts';
import { createLogger } from '../../../services/platform/log.ts';

export const COUNCIL = 'E09000023';
export const PARTITIONS = 3;

const holders: Record<string, Holder> = {
  'council-key': { label: 'Lewisham', role: 'council', council: COUNCIL },
  'second-key': { label: 'Lewisham, new', role: 'council', council: COUNCIL },
  'other-key': { label: 'Greenwich', role: 'council', council: 'E09000011' },
  'researcher-key': { label: 'A researcher', role: 'researcher', council: null },
};

export type Answer = LightMyRequestResponse;

/** Refused lines in memory, by council. */
function rememberingStore(): GatewayStore {
  const refused: { council: string; delivery: string; held: HeldLine }[] = [];
  const of = (council: string) => refused.filter((one) => one.council === council);
  return {
    noteRefused: async (council, delivery, lines) => {
      for (const { line, code, field, reason } of lines) {
        const place = `line ${line} of ${delivery}`;
        const held = {
          by: 'gateway' as const,
          place,
          code,
          field,
          reason,
          repair: 'Mend it.',
          at: '2025-03-01T00:00:00Z',
        };
        refused.push({ council, delivery, held });
      }
    },
    hasRefused: async (council, delivery) => of(council).some((one) => one.delivery === delivery),
    feed: async (council) => ({
      council,
      lastReceived: '2025-03-01T00:00:00Z',
      completeThrough: [{ kind: 'referral', through: '2025-02-28' }],
      gaps: [{ kind: 'referral', from: '2024-01-01', to: '2024-01-31' }],
      held: of(council).length,
    }),
    held: async (council) => of(council).map(({ held }) => held),
  };
}

export interface Rig {
  app: FastifyInstance;
  /** Each call of the producer, in order. */
  sends: ProducerRecord[];
  /** Every message produced. */
  messages: () => Message[];
  post: (payload: string | Buffer, headers?: Record<string, string | undefined>) => Promise<Answer>;
  get: (url: string, headers?: Record<string, string | undefined>) => Promise<Answer>;
  /** A post whose body never ends. */
  trickle: () => Promise<Answer>;
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
    store: rememberingStore(),
    log: createLogger('gateway-test', 'silent'),
    ...options,
  });
  onTestFinished(() => app.close());
  const usual = { authorization: 'Bearer council-key', 'content-type': 'application/x-ndjson' };
  const headed = (headers: Record<string, string | undefined>): Record<string, string> =>
    Object.fromEntries(
      Object.entries({ ...usual, ...headers }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
  const url = '/v1/events';
  return {
    app,
    sends,
    messages: () => sends.flatMap(({ messages }) => messages),
    post: (payload, headers = {}) => app.inject({ method: 'POST', url, payload, headers: headed(headers) }),
    get: (address, headers = {}) => app.inject({ method: 'GET', url: address, headers: headed(headers) }),
    trickle: () =>
      app.inject({ method: 'POST', url, payload: new Readable({ read: () => {} }), headers: headed({}) }),
  };
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
