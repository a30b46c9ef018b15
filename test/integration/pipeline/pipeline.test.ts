import { describe, expect, it } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import type { RecordState } from '../../../schemas/records.ts';
import { feedStatement, purgeEvent, recordEvent } from '../../../services/council/case-event.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { sendMessages } from '../../../services/council/send.ts';
import { checkRebuild } from '../../../services/evaluations/rebuild/check.ts';
import { smallPlan } from '../../../services/simulator/plan.ts';
import { simulate } from '../../../services/simulator/simulate.ts';
import { running } from './running.ts';

const council = 'E09900001';
const names = pseudonymiser(new Uint8Array(32).fill(7));
const child = names.child('one');
const referral = (day: string, recordedAt = `${day}T10:00:00Z`, local = day) =>
  recordEvent({ council, child, recordId: names.record('one', 'referral', local), recordedAt }, 'referral', {
    date: day,
    source: '1A',
  });

async function post(gateway: string, key: string, lines: readonly string[]) {
  const response = await fetch(`${gateway}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  return {
    status: response.status,
    body: (await response.json()) as { accepted: number; rejected: object[] },
  };
}

describe('from the gateway to the ledger', () => {
  it('refuses a malformed line with its line, field and reason, and takes the good lines of the batch', async () => {
    const { gateway, key, startIngest, drained, db } = await running([council]);
    const bad = JSON.stringify(referral('2026-01-05')).replace('2026-01-05"', '2026-02-31"');
    const lines = [
      JSON.stringify(referral('2026-01-04')),
      bad,
      '{"type":',
      JSON.stringify(referral('2026-01-06')),
    ];
    const answer = await post(gateway, await key(council), lines);
    expect(answer.status).toBe(422);
    expect(answer.body.accepted).toBe(2);
    expect(answer.body.rejected).toMatchObject([
      { line: 2, code: 'bad-field', field: 'data.state.date', reason: 'is not a day of the calendar' },
      { line: 3, code: 'not-json' },
    ]);
    await startIngest();
    await drained();
    const rows = await db`select starts from waymark.occurrence order by starts`;
    expect(rows.map((row) => row.starts)).toEqual(['2026-01-04', '2026-01-06']);
  });

  it('lets a council write only as itself', async () => {
    const { gateway, key } = await running([council, 'E09900002']);
    const answer = await post(gateway, await key('E09900002'), [JSON.stringify(referral('2026-01-04'))]);
    expect(answer.status).toBe(422);
    expect(answer.body.rejected).toMatchObject([{ line: 1, code: 'not-your-council', field: 'source' }]);
    expect((await post(gateway, 'wk_nobody', ['{}'])).status).toBe(401);
  });

  it('quarantines a poison message with its reason and goes on with those behind it', async () => {
    const { gateway, key, producer, topics, startIngest, drained, db, kafka } = await running([council]);
    await producer.send({
      topic: topics.events,
      messages: [
        { partition: 0, value: 'not JSON at all' },
        { partition: 0, value: null },
      ],
    });
    await post(gateway, await key(council), [JSON.stringify(referral('2026-01-04'))]);
    await startIngest();
    await drained();
    const held = await db`select partition, code, field from waymark.quarantine order by "offset"`;
    expect(held).toMatchObject([
      { partition: 0, code: 'not-json' },
      { partition: 0, code: 'not-json' },
    ]);
    expect((await db`select count(*)::integer as count from waymark.case_event`)[0]?.count).toBe(1);
    const admin = kafka.admin();
    await admin.connect();
    const rejected = await admin.fetchTopicOffsets(topics.rejected);
    await admin.disconnect();
    expect(rejected.reduce((sum, { high }) => sum + Number(high), 0)).toBe(2);
  });

  it('keeps the newest statement at the head in any order of arrival, and forgets what was purged', async () => {
    const { gateway, key, startIngest, drained, db } = await running([council]);
    const statement = {
      council,
      child,
      recordId: names.record('one', 'referral', 'a'),
      recordedAt: '2026-03-03T00:00:00Z',
    };
    const newest = recordEvent(statement, 'referral', { date: '2026-01-20' });
    const older = recordEvent({ ...statement, recordedAt: '2026-03-01T00:00:00Z' }, 'referral', {
      date: '2026-01-10',
    });
    const gone = { ...statement, recordId: names.record('one', 'referral', 'b') };
    const purge = purgeEvent({ ...gone, recordedAt: '2026-03-09T00:00:00Z' }, 'referral');
    const before = recordEvent(gone, 'referral', { date: '2026-01-15' });
    const apiKey = await key(council);
    for (const event of [newest, older, newest, purge, before])
      await post(gateway, apiKey, [JSON.stringify(event)]);
    await startIngest();
    await drained();
    const heads = await db`select starts, purged from waymark.occurrence order by purged`;
    expect(heads).toMatchObject([
      { starts: '2026-01-20', purged: false },
      { starts: null, purged: true },
    ]);
    const kept =
      await db`select count(*)::integer as count, count(state)::integer as stated from waymark.case_event`;
    expect(kept[0]).toMatchObject({ count: 4, stated: 2 });
  });

  it('erases what a purge overtook when the purge itself comes late, and keeps the first of two statements with one id', async () => {
    const { gateway, key, startIngest, drained, db } = await running([council]);
    const at = (recordedAt: string) => ({
      council,
      child,
      recordId: names.record('one', 'referral', 'c'),
      recordedAt,
    });
    const first = recordEvent(at('2026-03-01T00:00:00Z'), 'referral', { date: '2026-01-10' });
    const purge = purgeEvent(at('2026-03-02T00:00:00Z'), 'referral');
    const again = recordEvent(at('2026-03-03T00:00:00Z'), 'referral', { date: '2026-01-20' });
    const forged = {
      ...recordEvent(at('2026-03-04T00:00:00Z'), 'referral', { date: '2026-02-20' }),
      id: again.id,
    };
    const apiKey = await key(council);
    await startIngest();
    for (const event of [first, again, purge, forged]) {
      await post(gateway, apiKey, [JSON.stringify(event)]);
      await drained();
    }
    const kept = await db`select state->>'date' as date from waymark.case_event order by recorded_at`;
    expect(kept.map(({ date }) => date)).toEqual([null, null, '2026-01-20']);
    expect(await db`select starts from waymark.occurrence`).toMatchObject([{ starts: '2026-01-20' }]);
    expect(await checkRebuild(db)).toMatchObject({ same: true });
  });

  it('keeps each fact about a child from whichever source last stated it', async () => {
    const { gateway, key, startIngest, drained, db } = await running([council]);
    const facts = (source: string, recordedAt: string, state: RecordState<'child'>) =>
      JSON.stringify(
        recordEvent(
          { council, child, recordId: names.record('one', 'child', source), recordedAt },
          'child',
          state,
        ),
      );
    const family = names.family('f');
    await post(gateway, await key(council), [
      facts('census', '2026-04-01T00:00:00Z', { birthMonth: '2014-05', family, sex: 'U' }),
      facts('ssda903', '2026-05-01T00:00:00Z', { birthMonth: '2014-06', unaccompaniedAsylumSeeker: true }),
      facts('census', '2026-06-01T00:00:00Z', { birthMonth: '2014-06', family, sex: 'F' }),
    ]);
    await startIngest();
    await drained();
    const [known] = await db`select birth_month, sex, unaccompanied, family from waymark.child_known`;
    expect(known).toMatchObject({ birth_month: '2014-06-01', sex: 'F', unaccompanied: true });
    expect(known?.family.replaceAll('-', '')).toBe(family.slice(1));
  });

  it('believes a feed statement only once every partition has shown it', async () => {
    const { gateway, key, producer, topics, startIngest, drained, db } = await running([council]);
    const statement = feedStatement(council, '2026-03-01T00:00:00Z', {
      kinds: ['referral'],
      completeThrough: '2026-02-28',
    });
    const value = JSON.stringify(statement);
    await producer.send({
      topic: topics.events,
      messages: [0, 1, 2, 3, 4, 5, 6].map((partition) => ({ partition, value })),
    });
    await startIngest();
    await drained();
    expect(await db`select * from waymark.complete_through`).toHaveLength(0);
    await post(gateway, await key(council), [value]);
    await drained();
    expect(await db`select complete_through from waymark.complete_through`).toMatchObject([
      { complete_through: '2026-02-28' },
    ]);
  });

  it('loses and doubles nothing when ingest stops in the middle and the sender repeats itself', async () => {
    const simulation = simulate(smallPlan());
    const codes = simulation.councils().map(({ code }) => code);
    const { gateway, key, startIngest, drained, db } = await running(codes);
    const first = await startIngest();
    const messages = simulation.councils().map(({ code, deliveries }) => {
      const all: FeedMessage[] = [];
      for (const delivery of deliveries()) all.push(...delivery.messages);
      return { code, all };
    });
    const keys = new Map<string, string>();
    for (const code of codes) keys.set(code, await key(code));
    const send = (code: string, part: FeedMessage[]) =>
      sendMessages({ gateway, apiKey: keys.get(code)!, messages: part });
    for (const { code, all } of messages) await send(code, all.slice(0, Math.ceil(all.length * 0.6)));
    await first.stop();
    for (const { code, all } of messages) await send(code, all);
    await startIngest();
    await drained();
    const { events, purges } = simulation.summary();
    const [stored] =
      await db`select count(*)::integer as events, count(*) filter (where purged)::integer as purges from waymark.case_event`;
    expect(stored).toMatchObject({ events, purges });
    expect(await db`select * from waymark.quarantine`).toHaveLength(0);
    expect(await checkRebuild(db)).toMatchObject({ same: true });
    await db`update waymark.occurrence set ends = '2030-01-01' where (child_key, record_id) in (
      select child_key, record_id from waymark.occurrence where kind = 7 and not purged order by child_key limit 1)`;
    expect(await checkRebuild(db)).toMatchObject({ same: false, differing: { occurrence: 1 } });
  });
});
