// The tracker process: the Temporal worker and the relay that wakes it.
import type { Client } from '@temporalio/client';
import { register } from 'prom-client';
import { resultOf } from '../../analysis/result.ts';
import { createErasureActivities } from '../../erasure/activities.ts';
import type { Retentions } from '../../erasure/carry-out.ts';
import { orderDue } from '../../erasure/retention.ts';
import { followingGauges } from '../../evaluations/following.ts';
import { createTrackerStore } from '../../evaluations/tracker-store.ts';
import { makeLookBacks } from '../../look-back/make.ts';
import type { StackAddresses } from '../../platform/addresses.ts';
import type { Config } from '../../platform/config.ts';
import { connect } from '../../platform/database.ts';
import { connectKafka, keptAtMost } from '../../platform/kafka.ts';
import type { Logger } from '../../platform/log.ts';
import { askedGauges } from '../../platform/metrics.ts';
import { createReleaseActivities } from '../../releases/activities.ts';
import { createTrackerMetrics } from '../../tracker/metrics.ts';
import { workflowFigures, workflowGauges } from '../../tracker/standings.ts';
import { runTracker } from '../../tracker/worker.ts';
import type { Start } from '../process.ts';

/** How long Kafka keeps the topics that events of children stand in. */
const retentionsOf =
  ({ topics, kafkaSecurity }: Config, { kafkaBrokers }: StackAddresses, log: Logger) =>
  async (): Promise<Retentions> => {
    const kafka = connectKafka(kafkaBrokers, 'waymark-erasure', log, kafkaSecurity);
    return [
      { topic: topics.events, retention: await keptAtMost(kafka, topics.events) },
      { topic: topics.rejected, retention: await keptAtMost(kafka, topics.rejected) },
    ];
  };

export const start: Start = async ({ config, addresses, db, log, fail }) => {
  const store = createTrackerStore(
    db,
    (on, evaluation, wave, horizon) => resultOf(on, evaluation, { wave, horizon }),
    log,
  );
  const metrics = createTrackerMetrics(register);
  let client: Client | undefined;
  const connected = (): Client => {
    if (!client) throw new Error(`Temporal does not answer at ${addresses.temporalAddress} yet`);
    return client;
  };
  askedGauges(register, [...followingGauges(db), ...workflowGauges(connected)]);
  const erasing = connect(addresses.databaseUrl, 1, 'waymark-erasure', 'waymark_erasure');
  const looking = connect(addresses.databaseUrl, 3, 'waymark-look-back', 'waymark_look_back');
  const stopping = new AbortController();
  const running = runTracker({
    config,
    addresses,
    store,
    more: ({ look }) => ({
      ...createReleaseActivities(db, log),
      ...createErasureActivities({
        db: erasing,
        store,
        due: () => orderDue(db),
        look,
        retentions: retentionsOf(config, addresses, log),
        log,
      }),
    }),
    log,
    metrics,
    signal: stopping.signal,
    onReady: (made) => {
      client = made;
    },
  });
  running.catch(fail);
  const lookingBack = makeLookBacks(looking, log, stopping.signal);
  const temporal = async (): Promise<void> => {
    const { workflowService } = connected();
    await workflowService.describeNamespace({ namespace: config.temporalNamespace });
  };
  const relay = async (): Promise<void> => {
    const { values } = await metrics.relayFailures.get();
    const failures = values[0]?.value ?? 0;
    if (failures > 0) throw new Error(`${failures} rounds of the relay have failed in a row: see the log`);
  };
  return {
    needs: { temporal, relay },
    figures: () => workflowFigures(connected()),
    stop: async () => {
      stopping.abort();
      await running;
      await lookingBack;
      await Promise.all([erasing.end({ timeout: 5 }), looking.end({ timeout: 5 })]);
    },
  };
};
