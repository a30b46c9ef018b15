// Six years of England's councils through Kafka, one ingest process and one tracker, until the outcomes of every child are current.
import { loadavg } from 'node:os';
import { prepareTopics } from '../services/ingest/topics.ts';
import { loadConfig } from '../services/platform/config.ts';
import { councilCodes, EVENTS_A_CHILD, fill } from './load/events.ts';
import { options, print } from './load/options.ts';
import { parts, type Taking } from './load/parts.ts';
import { current, settled, withRig } from './load/rig.ts';

const ENGLAND = 20_000_000;
const SAMPLE_MS = 2_000;
const { events, councils } = options(
  `node --import tsx bench/england.ts: time, memory, processor time and disk of a load through Kafka with outcomes current
for all. England's six years are --events ${ENGLAND}; a smaller number is measured as it is and extrapolated in proportion, named so.`,
  {
    events: { words: 'in the topic', otherwise: ENGLAND },
    councils: { words: 'that send them', otherwise: 153 },
  },
);

const report = await withRig(councilCodes(councils), async ({ db, kafka, run }) => {
  const { topics } = loadConfig({});
  await prepareTopics(kafka, topics, db);
  const bytes = await fill(kafka, topics.events, events, councilCodes(councils));
  const most: Record<string, number> = {};
  const before = await parts();
  const note = async (): Promise<Record<string, Taking>> => {
    const now = await parts();
    for (const [name, { megabytes }] of Object.entries(now))
      most[name] = Math.max(most[name] ?? 0, Math.round(megabytes));
    return now;
  };
  const sampling = setInterval(() => void note(), SAMPLE_MS);
  const began = performance.now();
  await run('ingest');
  await run('tracker');
  await settled(kafka, topics.events);
  const loaded = (performance.now() - began) / 1_000;
  await current(db);
  const all = (performance.now() - began) / 1_000;
  clearInterval(sampling);
  const after = await note();
  const cpu = Object.entries(after).map(([name, { cpuSeconds }]) => {
    const spent = cpuSeconds - (before[name]?.cpuSeconds ?? 0);
    return [name, Math.round((spent * 1e6) / events)];
  });
  const [stored] = await db<{ events: number; children: number; outcomes: number; disk: number }[]>`
    select (select count(*)::integer from waymark.case_event) as events,
      (select count(*)::integer from waymark.participant) as children,
      (select count(*)::integer from waymark.outcome) as outcomes, pg_database_size(current_database())::float8 as disk`;
  // A child takes part by its second event, a referral.
  const children = Math.ceil((events - 1) / EVENTS_A_CHILD);
  if (stored?.events !== events || stored.children !== children)
    throw new Error(`stored ${JSON.stringify(stored)} of ${events} events about ${children} children`);
  return {
    events,
    councils,
    participants: children,
    outcomes: stored.outcomes,
    'seconds until all is in the ledger': Math.round(loaded),
    'seconds until outcomes are current': Math.round(all),
    eventsASecond: { ledger: Math.round(events / loaded), 'ledger and outcomes': Math.round(events / all) },
    bytesAnEvent: {
      Kafka: Math.round(bytes / events),
      PostgreSQL: Math.round(stored.disk / events),
    },
    'most memory, MB': most,
    'processor seconds a million events': Object.fromEntries(cpu),
    ...(events < ENGLAND && {
      'extrapolated in proportion to 20 million, not measured': {
        minutes: Math.round((all * ENGLAND) / events / 60),
        'PostgreSQL, GB': Math.round((stored.disk * ENGLAND) / events / 1e9),
      },
    }),
    'load of the machine': loadavg()[0],
  };
});
print(report);
