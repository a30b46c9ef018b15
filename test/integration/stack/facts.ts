// One fact in each part, written by one stack and read back from a later one of the same home.
import { Client, Connection } from '@temporalio/client';
import { Kafka, logLevel } from 'kafkajs';
import postgres from 'postgres';
import type { StackAddresses } from '../../../services/platform/addresses.ts';

const TOPIC = 'kept.v1';
const WORKFLOW = 'kept';

const kafkaAt = (brokers: string[]): Kafka => new Kafka({ brokers, logLevel: logLevel.NOTHING });

/** A row, a message and a started workflow. */
export async function writeFacts({
  databaseUrl,
  kafkaBrokers,
  temporalAddress,
}: StackAddresses): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  await sql`create table kept (word text)`;
  await sql`insert into kept values ('row')`;
  await sql.end();

  const kafka = kafkaAt(kafkaBrokers);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic: TOPIC, acks: -1, messages: [{ value: 'message' }] });
  await producer.disconnect();

  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  await client.workflow.start('waitForever', { workflowId: WORKFLOW, taskQueue: 'kept' });
  await connection.close();
}

/** What is there of the facts: the row's words, the messages' count, the workflow's status. */
export async function readFacts({ databaseUrl, kafkaBrokers, temporalAddress }: StackAddresses): Promise<{
  rows: string[];
  messages: number;
  workflow: string;
}> {
  const sql = postgres(databaseUrl, { max: 1 });
  const rows = (await sql<{ word: string }[]>`select word from kept`).map(({ word }) => word);
  await sql.end();

  const admin = kafkaAt(kafkaBrokers).admin();
  await admin.connect();
  const [offsets] = await admin.fetchTopicOffsets(TOPIC);
  await admin.disconnect();

  const connection = await Connection.connect({ address: temporalAddress });
  const described = await new Client({ connection }).workflow.getHandle(WORKFLOW).describe();
  await connection.close();
  return { rows, messages: Number(offsets?.offset), workflow: described.status.name };
}

export const ALL_KEPT = { rows: ['row'], messages: 1, workflow: 'RUNNING' };
