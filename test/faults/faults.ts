// The faults, by name. Each begins when it is called and is over when it resolves.
import { leaderKilled, majorityKilled } from './kinds/brokers.ts';
import { clock, clocksOf, HOUR_S, summerBegins, summerEnds } from './kinds/clocks.ts';
import { collided } from './kinds/collisions.ts';
import { corrupted, oversized, produced } from './kinds/messages.ts';
import { halfOpen, slow } from './kinds/network.ts';
import { killProcess, rebalanced, trackerFrozen } from './kinds/processes.ts';
import { eachKilledInTurn, everythingKilled, freezeServer, killServer } from './kinds/servers.ts';
import { diskFull, exhausted, migrated } from './kinds/store.ts';
import { activitiesStuck, historiesFull } from './kinds/workflows.ts';
import type { Played } from './scene.ts';

export const faults: Record<string, Played> = {
  none: { words: 'nothing goes wrong', fault: async () => 0 },
  'gateway-killed': { words: 'kill -9 of the gateway', fault: killProcess('gateway') },
  'ingest-killed': { words: 'kill -9 of ingest', fault: killProcess('ingest') },
  'tracker-killed': { words: 'kill -9 of the tracker (relay and workers)', fault: killProcess('tracker') },
  'processes-killed': {
    words: 'kill -9 of gateway, ingest and tracker together',
    fault: killProcess('gateway', 'ingest', 'tracker'),
  },
  'kafka-killed': { words: 'kill -9 of Kafka', fault: killServer('kafka') },
  'postgres-killed': { words: 'kill -9 of PostgreSQL', fault: killServer('postgres') },
  'temporal-killed': { words: 'kill -9 of Temporal', fault: killServer('temporal') },
  'everything-killed': {
    words: 'kill -9 of all three servers and all three processes together',
    fault: everythingKilled,
  },
  'each-killed-in-turn': {
    words:
      'kill -9 of gateway, ingest, tracker, Kafka, PostgreSQL and Temporal in turn, each once all goes on, then of all together',
    fault: eachKilledInTurn,
    events: 500_000,
  },
  'gateway-restarted': {
    words: 'gateway stopped (SIGTERM) with a batch in hand, and started',
    fault: async ({ processes }) => {
      processes.gateway.signal('SIGTERM');
      return 0;
    },
  },
  'postgres-restarted': {
    words: 'PostgreSQL stopped (fast shutdown) and started',
    fault: async ({ servers }) => {
      await servers.postgres.stop();
      await servers.postgres.start();
      return 0;
    },
  },
  'connections-exhausted': { words: 'every connection of PostgreSQL taken for 8 s', fault: exhausted },
  'disk-full': { words: 'PostgreSQL’s disk full to the last byte for 8 s (tmpfs)', fault: diskFull },
  'kafka-frozen': {
    words: 'Kafka half-open for 8 s: connections stay, nothing answers',
    fault: freezeServer('kafka'),
  },
  'temporal-frozen': { words: 'Temporal half-open for 8 s', fault: freezeServer('temporal') },
  'network-half-open': {
    words: 'network to PostgreSQL half-open for 8 s, then cut',
    fault: halfOpen('toPostgres'),
  },
  'temporal-half-open': {
    words: 'network to Temporal half-open for 8 s, then cut',
    fault: halfOpen('toTemporal'),
  },
  'network-slow': {
    words: 'network to PostgreSQL 100 ms slower each way for 8 s',
    fault: slow('toPostgres', 100),
  },
  'kafka-duplicates': {
    words: 'the first 500 messages in Kafka once more, in other partitions',
    fault: async (scene) => {
      await produced(scene, scene.lines.slice(0, 500));
      return 0;
    },
  },
  'corrupt-messages': {
    words: 'seven messages nobody understands, one of 900 kB, straight into Kafka',
    fault: corrupted,
  },
  'oversized-messages': {
    words: 'two messages of 3 and 24 MB, compressed to fit, straight into Kafka',
    fault: oversized,
  },
  collisions: {
    words: 'every transaction serialisable for 8 s, while others write the same rows in the opposite order',
    fault: collided,
    events: 60_000,
  },
  'activities-stuck': {
    words: 'outcomes locked for 30 s: every activity that writes them hangs',
    fault: activitiesStuck,
  },
  'tracker-frozen': {
    words: 'the tracker frozen for 30 s with activities in hand, longer than they may be silent',
    fault: trackerFrozen,
  },
  'histories-full': {
    words: 'Temporal asks for a new run from 60 events of history on, and ends one at 240',
    fault: historiesFull,
    setting: { shortHistories: true },
  },
  rebalance: { words: 'two more ingests come, one is killed, both go', fault: rebalanced },
  migration: {
    words: 'a column and an index added to the ledger and taken away, three times',
    fault: migrated,
  },
  'leader-killed': {
    words:
      'three brokers (acks=all, min.insync.replicas=2): kill -9 of the leader of most partitions, which stays away',
    fault: leaderKilled,
    setting: { brokers: 3 },
  },
  'majority-killed': {
    words: 'three brokers: kill -9 of two of them, back after 8 s',
    fault: majorityKilled,
    setting: { brokers: 3 },
  },
  ...clocksOf('processes', 'the processes’ clock'),
  'clock-day-ahead': clock(
    'processes',
    'the processes’ clock jumps a day ahead and stays there',
    24 * HOUR_S,
  ),
  'summer-begins': {
    words: 'the processes’ clock goes through 29 March 2026, 01:00 in London, where summer time begins',
    fault: summerBegins,
    setting: { clocks: ['processes'] },
  },
  'summer-ends': {
    words: 'the processes’ clock goes through 25 October 2026, 02:00 in London, where summer time ends',
    fault: summerEnds,
    setting: { clocks: ['processes'] },
  },
  ...clocksOf('postgres', 'PostgreSQL’s clock'),
  ...clocksOf('kafka', 'Kafka’s clock'),
  ...clocksOf('temporal', 'Temporal’s clock'),
};
