// Every message taken from Kafka is accounted for once, however often it comes and whatever it is.
import { describe, expect, it } from 'vitest';
import { intakeReport } from '../../../services/command/quarantine.ts';
import { feedStatement, recordEvent } from '../../../services/council/case-event.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { sendMessages } from '../../../services/council/send.ts';
import { GZIP } from '../../../services/platform/kafka.ts';
import { running } from './running.ts';

const council = 'E09900001';
const names = pseudonymiser(new Uint8Array(32).fill(7));
const referral = (local: string, date: string) =>
  recordEvent(
    {
      council,
      child: names.child(local),
      recordId: names.record(local, 'referral', date),
      recordedAt: '2026-01-05T10:00:00Z',
    },
    'referral',
    { date, source: '1A' },
  );

describe('the intake', () => {
  it('accounts for stored, repeated, stated and quarantined messages, again after they are taken again', async () => {
    const { gateway, key, kafka, producer, topics, startIngest, drained, db, groupId } = await running([
      council,
    ]);
    const events = Array.from({ length: 40 }, (_, at) => referral(`child ${at}`, '2026-01-04'));
    const statement = feedStatement(council, '2026-03-01T00:00:00Z', {
      kinds: ['referral'],
      completeThrough: '2026-02-28',
    });
    const apiKey = await key(council);
    const dated = (date: string) =>
      JSON.stringify(referral('old', '2026-01-04')).replaceAll('2026-01-04', date);
    await producer.send({
      topic: topics.events,
      messages: [dated('1899-12-30'), dated('2199-01-01'), 'no JSON'].map((value) => ({
        partition: 3,
        value,
      })),
    });
    await sendMessages({ gateway, apiKey, messages: [...events, events[0]!, statement] });
    const first = await startIngest();
    await drained();
    const account = { received: 52, stored: 40, duplicates: 1, statements: 8, quarantined: 3 };
    const report = await intakeReport(db);
    expect(report.account).toEqual(account);
    expect(
      report.quarantined.map(({ council, place, code, field }) => [council, place, code, field]).sort(),
    ).toEqual(
      [
        [council, `${topics.events}/3/0`, 'bad-field', 'data.state.date'],
        [council, `${topics.events}/3/1`, 'bad-field', 'data.state.date'],
        [null, `${topics.events}/3/2`, 'not-json', ''],
      ].sort(),
    );
    expect(report.quarantined.every(({ repair }) => /again/.test(repair))).toBe(true);

    await first.stop();
    const admin = kafka.admin();
    await admin.connect();
    await admin.setOffsets({
      groupId,
      topic: topics.events,
      partitions: [...Array(8).keys()].map((partition) => ({ partition, offset: '0' })),
    });
    await admin.disconnect();
    await startIngest();
    await drained();
    expect((await intakeReport(db)).account).toEqual(account);
    expect(await db`select count(*)::integer as count from waymark.quarantine`).toMatchObject([{ count: 3 }]);
  });

  it('quarantines more poison at once than one send to Kafka may hold, and messages as large as Kafka takes', async () => {
    const { gateway, key, producer, topics, startIngest, drained, db, kafka } = await running([council]);
    await sendMessages({ gateway, apiKey: await key(council), messages: [referral('a', '2026-01-04')] });
    const poison = (length: number) => ({ partition: 0, value: 'x'.repeat(length) });
    for (let at = 0; at < 4; at += 1)
      await producer.send({
        topic: topics.events,
        messages: Array.from({ length: 500 }, () => poison(1_500)),
      });
    await producer.send({ topic: topics.events, messages: [poison(1_040_000)] });
    const { events: topic } = topics;
    await producer.send({ topic, compression: GZIP, messages: [poison(5_000_000)] });
    await startIngest();
    await drained();
    expect((await intakeReport(db)).account).toEqual({
      received: 2_003,
      stored: 1,
      duplicates: 0,
      statements: 0,
      quarantined: 2_002,
    });
    const admin = kafka.admin();
    await admin.connect();
    const rejected = await admin.fetchTopicOffsets(topics.rejected);
    await admin.disconnect();
    expect(rejected.reduce((sum, { high }) => sum + Number(high), 0)).toBe(2_002);
  });
});
