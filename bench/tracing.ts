// What tracing costs: the same load with traces of every batch sent to a collector on this machine, and without any. Each is
// measured twice in the order off, on, on, off, so that what grows meanwhile weighs on both alike.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { prepareTopics } from '../services/ingest/topics.ts';
import { loadConfig } from '../services/platform/config.ts';
import { collector } from './load/collector.ts';
import { deliver, spread } from './load/deliver.ts';
import { councilCodes, fill } from './load/events.ts';
import { options, print } from './load/options.ts';
import { parts, type Taking } from './load/parts.ts';
import { type Rig, settled, withRig } from './load/rig.ts';

const { events, rate, seconds } = options(
  `node --import tsx bench/tracing.ts: ingest of a topic, and the way from the gateway to the visible outcome, with OpenTelemetry
tracing of every batch to a collector on this machine, and without: events a second, milliseconds, processor seconds.`,
  {
    events: { words: 'in the topic that ingest takes', otherwise: 200_000 },
    rate: { words: 'events a second to the gateway', otherwise: 1_000 },
    seconds: { words: 'of them', otherwise: 20 },
  },
);
const ORDER = ['off', 'on', 'on', 'off'] as const;
const WARM_SECONDS = 5;
const CHILDREN_A_TURN = 1_000_000;
/** Events that came as one batch, and so carry one trace. */
const BATCH = 500;
const councils = councilCodes(1);
const WAYMARKS = ['gateway', 'ingest', 'tracker'];

type Env = Record<string, string>;
type Spent = Record<string, number>;

const spent = (before: Record<string, Taking>, after: Record<string, Taking>): Spent =>
  Object.fromEntries(
    WAYMARKS.flatMap((name) =>
      after[name] ? [[name, after[name].cpuSeconds - (before[name]?.cpuSeconds ?? 0)]] : [],
    ),
  );

const traceparent = () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

interface Taken {
  eventsASecond: number;
  cpuSeconds: Spent;
}

/** One ingest process through a topic of its own, from the first event stored to the last one settled. */
async function taken({ db, kafka, run }: Rig, turn: number, env: Env): Promise<Taken> {
  const ours = { ...env, WAYMARK_TOPIC_PREFIX: `turn-${turn}.` };
  const { topics } = loadConfig({ WAYMARK_TOPIC_PREFIX: ours.WAYMARK_TOPIC_PREFIX });
  await prepareTopics(kafka, topics, db);
  await db`truncate waymark.case_event, waymark.occurrence, waymark.child_fact, waymark.outbox`;
  let trace = '';
  await fill(kafka, topics.events, events, councils, (at) => {
    if (at % BATCH === 0) trace = traceparent();
    return { traceparent: trace };
  });
  const stored = async (): Promise<number> => {
    const [row] = await db<{ events: number }[]>`select count(*)::integer as events from waymark.case_event`;
    return row?.events ?? 0;
  };
  await db`checkpoint`;
  const running = run('ingest', ours);
  let before = 0;
  while (before === 0) {
    await pause(20);
    before = await stored();
  }
  const began = performance.now();
  await settled(kafka, topics.events);
  const took = (performance.now() - began) / 1_000;
  const cpuSeconds = spent({}, await parts());
  if ((await stored()) !== events) throw new Error(`${await stored()} of ${events} events are stored`);
  await (await running).stop();
  return { eventsASecond: (events - before) / took, cpuSeconds };
}

interface Delivering {
  visible: number[];
  cpuSeconds: Spent;
}

/** Gateway, ingest and tracker under a steady load. */
async function delivering({ db, key, run }: Rig, turn: number, env: Env): Promise<Delivering> {
  const gateway = await run('gateway', env);
  const others = [await run('ingest', env), await run('tracker', env)];
  const to = { url: gateway.payload.url, key, council: councils[0] as string };
  const first = (2 * turn + 20) * CHILDREN_A_TURN;
  await deliver(db, to, { rate, seconds: WARM_SECONDS }, first);
  const before = await parts();
  const all = await deliver(db, to, { rate, seconds }, first + CHILDREN_A_TURN);
  const cpuSeconds = spent(before, await parts());
  if (all.refused + all.unseen > 0) throw new Error(`${all.refused} refused, ${all.unseen} not seen`);
  for (const one of [gateway, ...others]) await one.stop();
  return { visible: all.visible, cpuSeconds };
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Of the turns with tracing as it is named, the mean of each process's processor seconds. */
const cpuOf = (turns: readonly { cpuSeconds: Spent }[]): Spent =>
  Object.fromEntries(
    Object.keys(turns[0]?.cpuSeconds ?? {}).map((name) => [
      name,
      round(mean(turns.map(({ cpuSeconds }) => cpuSeconds[name] ?? 0))),
    ]),
  );

const total = (cpu: Spent): number => Object.values(cpu).reduce((sum, one) => sum + one, 0);

const report = await withRig(councils, async (rig) => {
  const seen = await collector();
  const envs: Record<(typeof ORDER)[number], Env> = {
    off: {},
    on: { OTEL_EXPORTER_OTLP_ENDPOINT: seen.endpoint },
  };
  await prepareTopics(rig.kafka, loadConfig({}).topics, rig.db);
  const inTurn = async <T>(work: (turn: number, env: Env) => Promise<T>) => {
    const gave: { off: T[]; on: T[] } = { off: [], on: [] };
    const before = seen.spans();
    for (const [turn, tracing] of ORDER.entries()) gave[tracing].push(await work(turn, envs[tracing]));
    return { ...gave, spans: seen.spans() - before };
  };
  const paced = await inTurn((turn, env) => delivering(rig, turn, env));
  const bulk = await inTurn((turn, env) => taken(rig, turn, env));
  await seen.close();
  if (paced.spans === 0 || bulk.spans === 0) throw new Error('no spans came');
  const rates = (turns: readonly Taken[]) => mean(turns.map(({ eventsASecond }) => eventsASecond));
  const visible = (turns: readonly Delivering[]) => spread(turns.flatMap((one) => one.visible));
  const cpu = {
    bulk: { off: cpuOf(bulk.off), on: cpuOf(bulk.on) },
    paced: { off: cpuOf(paced.off), on: cpuOf(paced.on) },
  };
  return {
    ingest: {
      events,
      'spans of the two turns': bulk.spans,
      'events a second': { off: Math.round(rates(bulk.off)), on: Math.round(rates(bulk.on)) },
      'processor seconds, start included': cpu.bulk,
    },
    'gateway to visible outcome': {
      'events a second': rate,
      seconds,
      'spans of the two turns': paced.spans,
      'outcome visible, ms': { off: visible(paced.off), on: visible(paced.on) },
      'processor seconds': cpu.paced,
    },
    ratio: {
      'ingest, events a second, on / off': round(rates(bulk.on) / rates(bulk.off)),
      'ingest, processor seconds, on / off': round(total(cpu.bulk.on) / total(cpu.bulk.off)),
      'gateway to visible outcome, processor seconds, on / off': round(
        total(cpu.paced.on) / total(cpu.paced.off),
      ),
    },
  };
});
print(report);
