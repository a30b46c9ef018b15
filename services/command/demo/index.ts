// `npm start`: the stack up, the demonstration loaded by the front door, cohorts followed, and the dashboards served.
import type { Command } from 'commander';
import { type RunningStack, up } from '../../../infra/local/index.ts';
import type { ResultRecord } from '../../../schemas/result.ts';
import { resultOf } from '../../analysis/result.ts';
import { evaluations } from '../../evaluations/evaluation.ts';
import { createEvaluation, importAllocations, registerCouncils } from '../../evaluations/register.ts';
import { prepareTopics } from '../../ingest/topics.ts';
import { connect, type Database } from '../../platform/database.ts';
import { connectKafka, type Kafka } from '../../platform/kafka.ts';
import { migrate } from '../../platform/migrate.ts';
import { type Progress, terminalProgress } from '../../platform/progress.ts';
import { type Context, context, print, withTemporal } from '../context.ts';
import { processNames } from '../processes.ts';
import { resultTable } from '../result-table.ts';
import { analyseForShow, type ShownAnalysis } from './analysis.ts';
import { type Delivered, deliver } from './deliver.ts';
import { followForShow, lockForShow } from './lifecycle.ts';
import { DemonstrationMemory } from './memory.ts';
import { sampleCouncils, sampleDeliveries, sampleProtocol } from './samples.ts';
import { untilSettled } from './settled.ts';
import { grantForShow, startSignIn } from './sign-in.ts';
import { simulatedEvaluation } from './simulated.ts';
import { countStore, countWorkflows, outcomesOf } from './summary.ts';

interface Options {
  once?: boolean;
  json?: boolean;
  size: 'full' | 'small';
}

/** A running demonstration: its parts, and the seconds each stage took. */
interface Scene extends Context {
  began: number;
  stack: RunningStack;
  db: Database;
  kafka: Kafka;
  memory: DemonstrationMemory;
  progress: Progress;
  seconds: Record<string, number>;
  urls: Record<string, string>;
  /** Where the portal finds the sign-in service. */
  signIn: Record<string, string>;
}

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 10) / 100;

async function timed<T>(seconds: Record<string, number>, stage: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  seconds[stage] = secondsSince(began);
  return result;
}

const WAYMARK = new URL('../../../infra/waymark.mjs', import.meta.url).pathname;

/** Starts Waymark's own processes beside the stack; each says where it listens. */
async function startProcesses({ stack, progress, urls, config, signIn }: Scene): Promise<void> {
  const { payloadKeysFile } = config.temporalSecurity;
  await Promise.all(
    processNames.map(async (name) => {
      const { payload } = await stack.service<{ url: string | null }>({
        name,
        args: [WAYMARK, name],
        env: {
          WAYMARK_HOME: config.home,
          DATABASE_URL: stack.addresses.databaseUrl,
          KAFKA_BROKERS: stack.addresses.kafkaBrokers.join(','),
          TEMPORAL_ADDRESS: stack.addresses.temporalAddress,
          // A given address alone would mean that nothing is sealed.
          ...(payloadKeysFile && { WAYMARK_PAYLOAD_KEYS_FILE: payloadKeysFile }),
          ...(name === 'portal' && signIn),
        },
      });
      if (payload.url) urls[name] = payload.url;
      progress({ stage: 'start', message: `${name} is serving` });
    }),
  );
}

async function load(scene: Scene, size: Options['size']): Promise<Delivered> {
  const { db, memory, progress, urls } = scene;
  progress({ stage: 'simulate', message: 'drawing up simulated councils' });
  const simulated = simulatedEvaluation(size);
  await registerCouncils(db, [...simulated.councils, ...sampleCouncils]);
  const created = await createEvaluation(db, simulated.protocol);
  await createEvaluation(db, sampleProtocol);
  await grantForShow(db, simulated.protocol.councils[0] ?? '');
  if (created.created) await importAllocations(db, simulated.protocol.id, simulated.allocations);
  // Locked before a record comes in: nobody can fit the protocol to what is seen.
  for (const { slug } of await evaluations(db)) await lockForShow(db, memory, slug);
  const deliveries = [...(await sampleDeliveries(memory.samplesKey)), ...simulated.deliveries];
  return deliver(deliveries, urls.gateway ?? '', db, memory, progress);
}

async function follow({ db, kafka, config, progress }: Scene): Promise<ResultRecord[]> {
  await untilSettled(db, kafka, config.topics.events, progress);
  const results: ResultRecord[] = [];
  for (const { slug } of await evaluations(db)) await followForShow(db, slug);
  for (const evaluation of await evaluations(db)) results.push(await resultOf(db, evaluation));
  return results;
}

/** Of the evaluations that have a plan. */
async function analyse({ db, progress }: Scene): Promise<ShownAnalysis[]> {
  const planned = (await evaluations(db)).filter(({ protocol }) => protocol.analysis !== undefined);
  const analyses: ShownAnalysis[] = [];
  for (const { slug } of planned) {
    progress({ stage: 'analyse', message: `carrying out the plan of ${slug}` });
    analyses.push(await analyseForShow(db, slug));
  }
  return analyses;
}

const dashboardOf = (scene: Scene, key: string): string => `${scene.urls.portal}/sign-in?key=${key}`;

/** Runs the demonstration to the end of its work and tells what it came to. */
async function perform(scene: Scene, options: Options): Promise<void> {
  const { seconds, db, memory } = scene;
  await timed(seconds, 'processes', () => startProcesses(scene));
  const dashboard = dashboardOf(scene, await memory.key(db, 'dashboard'));
  const delivered = await timed(seconds, 'load', () => load(scene, options.size));
  const results = await timed(seconds, 'follow', () => follow(scene));
  const analyses = await timed(seconds, 'analyse', () => analyse(scene));
  const { stored, quarantined, ...counts } = await countStore(db);
  const sent = Object.values(memory.delivered).reduce((sum, messages) => sum + messages, 0);
  seconds.total = secondsSince(scene.began);
  const summary = {
    dataSource: 'simulated councils and synthetic sample returns: no real child',
    events: {
      messagesSent: sent,
      sentNow: delivered.accepted,
      refusedByGateway: delivered.rejected.length,
      stored,
      quarantined,
    },
    ...counts,
    outcomes: Object.fromEntries(results.map((result) => [result.evaluation, outcomesOf(result)])),
    analyses,
    workflows: await withTemporal(countWorkflows),
    seconds,
    dashboard,
    signIn: `${scene.urls.portal}/sign-in`,
  };
  print(options.json, summary, () => [
    '',
    ...results.flatMap(resultTable),
    `${stored.toLocaleString('en-GB')} case events of ${counts.children.toLocaleString('en-GB')} children stored, ${quarantined} in quarantine.`,
    `Dashboards  ${dashboard}`,
    ...analyses.map(
      ({ evaluation, number, withheld }) =>
        `Analysis    ${scene.urls.portal}/evaluations/${evaluation}/analysis/${number}${withheld ? ' (a check failed: effects are withheld)' : ''}`,
    ),
    `Sign in     ${summary.signIn} as an invented person of any role`,
    ...(scene.stack.addresses.temporalUi ? [`Workflows   ${scene.stack.addresses.temporalUi}`] : []),
  ]);
}

async function demo(options: Options): Promise<void> {
  const began = performance.now();
  const own = context('demonstration');
  const progress = terminalProgress();
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        stopping.abort();
        resolve();
      });
    }
  });
  const seconds: Record<string, number> = {};
  const { home, given } = own.config;
  const stack = await timed(seconds, 'stack', () => up({ home, given, progress, signal: stopping.signal }));
  const { provider, env: signIn } = await startSignIn();
  let db: Database | undefined;
  try {
    await timed(seconds, 'migrate', () => migrate(stack.addresses.databaseUrl, progress));
    db = connect(stack.addresses.databaseUrl, 4, 'waymark-demonstration', 'waymark_operator');
    const kafka = connectKafka(stack.addresses.kafkaBrokers, 'waymark-demonstration', own.log);
    await prepareTopics(kafka, own.config.topics, db);
    const memory = await DemonstrationMemory.open(home);
    const scene: Scene = { ...own, began, stack, db, kafka, memory, progress, seconds, urls: {}, signIn };
    const failed = stack.failed.then((error) => Promise.reject(error));
    const work = perform(scene, options);
    work.catch(() => {});
    failed.catch(() => {});
    await Promise.race([work, failed, stopped]);
    if (options.once || stopping.signal.aborted) return;
    process.stderr.write('Serving. Press Ctrl-C to stop.\n');
    await Promise.race([stopped, failed]);
  } finally {
    await db?.end({ timeout: 2 });
    await provider.stop();
    await stack.stop();
  }
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'Start everything, run the demonstration evaluation on simulated data, and serve its dashboards',
    )
    .option('--once', 'stop when the demonstration has run to its end')
    .option('--json', 'print one JSON summary as the last line')
    .option('--size <size>', 'full, or small for a quick look', 'full')
    .action(demo);
}
