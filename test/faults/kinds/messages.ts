// Messages that reach Kafka past the gateway: twice, broken, too large.
import { connectProducer, GZIP } from '../../../services/platform/kafka.ts';
import type { Scene } from '../scene.ts';

export async function produced({ kafka, topic }: Scene, values: readonly (string | Buffer)[]): Promise<void> {
  const producer = await connectProducer(kafka);
  try {
    for (const [at, value] of values.entries())
      await producer.send({ topic, messages: [{ value, partition: at % 8 }] });
  } finally {
    await producer.disconnect();
  }
}

export async function corrupted(scene: Scene): Promise<number> {
  const first = scene.lines[0] ?? '{}';
  const bad = [
    'not a message',
    '',
    '{"specversion":"1.0"}',
    first.slice(0, -5),
    first.replace(/"date":"[^"]*"/, '"date":"2025-02-30"'),
    Buffer.from([0xff, 0xfe, 0x00, 0x80]),
    // As large as Kafka takes.
    `${first.slice(0, -1)},"padding":"${'x'.repeat(900_000)}"}`,
  ];
  await produced(scene, bad);
  return bad.length;
}

/** Compressed messages whose text is larger than Kafka takes uncompressed, as another producer might send. */
export async function oversized({ kafka, topic, lines }: Scene): Promise<number> {
  const producer = await connectProducer(kafka);
  const values = [3, 24].map(
    (megabytes) => `${lines[0]?.slice(0, -1)},"padding":"${'x'.repeat(megabytes * 1e6)}"}`,
  );
  try {
    for (const [partition, value] of values.entries())
      await producer.send({ topic, compression: GZIP, messages: [{ value, partition }] });
  } finally {
    await producer.disconnect();
  }
  return values.length;
}
