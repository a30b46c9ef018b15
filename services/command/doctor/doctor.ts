// Looks at every part of a stack, changes nothing, and says what to do about each thing that is wrong.
import type { StackAddresses } from '../../platform/addresses.ts';
import type { Config } from '../../platform/config.ts';
import { assertReachable, connect, type Database } from '../../platform/database.ts';
import { connectKafka } from '../../platform/kafka.ts';
import { beyond, type Finding, findings, type Looks, wrong } from './finding.ts';
import { machineLooks } from './machine.ts';
import { migrationsLook, serverLooks, waitingLooks } from './store.ts';
import { kafkaLook, streamLooks } from './stream.ts';
import { openTemporal, temporalAway, workflowLooks } from './workflows.ts';

const namesOf = (looks: Looks): string[] => Object.keys(looks);

/** Why a connection cannot be used, or null when it can. */
async function refusal(db: Database): Promise<string | null> {
  try {
    await assertReachable(db);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** @returns what was found, and the store for others to ask when its shape is known */
async function lookAtStore(
  plain: Database,
  operator: Database,
): Promise<{ found: Finding[]; store: Database | null }> {
  const server = serverLooks(plain);
  const waiting = waitingLooks(operator);
  const away = await refusal(plain);
  if (away !== null) {
    const [, ...others] = namesOf(server);
    const rest = beyond([...others, 'migrations', ...namesOf(waiting)], 'PostgreSQL');
    return {
      found: [{ check: 'postgres', ...wrong(away, 'Councils’ messages stay in Kafka until then.') }, ...rest],
      store: null,
    };
  }
  const found = await findings(server);
  const barred = await refusal(operator);
  const [shape] = await findings({
    migrations: async () =>
      barred === null ? migrationsLook(operator) : wrong(barred, 'Run waymark migrate.'),
  });
  if (shape) found.push(shape);
  if (shape?.verdict !== 'well')
    return { found: [...found, ...beyond(namesOf(waiting), 'the shape of the database')], store: null };
  return { found: [...found, ...(await findings(waiting))], store: operator };
}

async function lookAtKafka(
  brokers: string[],
  { topics, kafkaSecurity }: Config,
  store: Database | null,
): Promise<Finding[]> {
  const kafka = connectKafka(brokers, 'waymark-doctor', undefined, { retries: 2, ...kafkaSecurity });
  const looks = streamLooks(kafka, brokers, topics, store);
  const [answer] = await findings({ kafka: () => kafkaLook(kafka, brokers) });
  if (!answer) return [];
  return [answer, ...(answer.verdict === 'well' ? await findings(looks) : beyond(namesOf(looks), 'Kafka'))];
}

async function lookAtTemporal(address: string, config: Config): Promise<Finding[]> {
  try {
    const client = await openTemporal(address, config);
    try {
      return await findings(workflowLooks(client, config.taskQueue));
    } finally {
      await client.connection.close();
    }
  } catch (error) {
    const others = beyond(['tracker', 'stuck', 'failed'], 'Temporal');
    return [{ check: 'temporal', ...temporalAway(address, (error as Error).message) }, ...others];
  }
}

/** Every finding, in the order: this machine, PostgreSQL, Kafka, Temporal. */
export async function examine(addresses: StackAddresses, config: Config): Promise<Finding[]> {
  const plain = connect(addresses.databaseUrl, 2, 'waymark-doctor');
  const operator = connect(addresses.databaseUrl, 2, 'waymark-doctor', 'waymark_operator');
  try {
    const machine = findings(machineLooks(config.home));
    const workflows = lookAtTemporal(addresses.temporalAddress, config);
    const { found, store } = await lookAtStore(plain, operator);
    const stream = await lookAtKafka(addresses.kafkaBrokers, config, store);
    return [...(await machine), ...found, ...stream, ...(await workflows)];
  } finally {
    await Promise.all([plain.end({ timeout: 1 }), operator.end({ timeout: 1 })]);
  }
}
