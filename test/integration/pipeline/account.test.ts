// What a council reads back of itself, on the real store, Kafka and ledger; and how its keys are stopped and replaced.
import { describe, expect, it } from 'vitest';
import { intakeReport } from '../../../services/command/quarantine.ts';
import { feedStatement, recordEvent } from '../../../services/council/case-event.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { createKey, holderOf, listKeys, revokeKey, rotateKey } from '../../../services/platform/access.ts';
import { running } from './running.ts';

const own = 'E09900001';
const other = 'E09900002';
const names = pseudonymiser(new Uint8Array(32).fill(7));
const referral = (council: string, local: string) =>
  recordEvent(
    {
      council,
      child: names.child(local),
      recordId: names.record(local, 'referral', 'a'),
      recordedAt: '2026-01-05T10:00:00Z',
    },
    'referral',
    { date: '2026-01-04', source: '1A' },
  );
const through = (day: string) =>
  feedStatement(own, '2026-03-01T00:00:00Z', { kinds: ['referral'], completeThrough: day });

interface Answered {
  lines: Record<'by' | 'place' | 'code' | 'field' | 'repair' | 'at', string>[];
  completeThrough: object[];
}

describe('a council’s own account', () => {
  it('shows what is complete, what is a gap and what was refused, to itself alone', async () => {
    const { gateway, key, producer, topics, startIngest, drained, db } = await running([own, other]);
    const keys = { own: await key(own), other: await key(other) };
    const ask = async (path: string, bearer: string, lines?: (object | string)[], delivery = 'one') => {
      const response = await fetch(`${gateway}${path}`, {
        ...(lines && {
          method: 'POST',
          body: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
        }),
        headers: {
          authorization: `Bearer ${bearer}`,
          'content-type': 'application/x-ndjson',
          'waymark-delivery': delivery,
        },
      });
      return { status: response.status, body: (await response.json()) as Answered };
    };
    const late = { ...referral(own, 'x'), time: 'noon' };
    const gap = feedStatement(own, '2026-03-01T00:00:00Z', {
      kinds: ['referral'],
      gap: { from: '2025-01-01', to: '2025-01-31' },
    });
    // The line and the claim are refused, the gap and the good line are taken; the same again is not counted twice.
    for (let time = 0; time < 2; time += 1)
      expect(
        (await ask('/v1/events', keys.own, [late, referral(own, 'y'), through('2026-02-28'), gap])).body,
      ).toMatchObject({
        accepted: 2,
        rejected: [
          { line: 1, code: 'bad-field' },
          { line: 3, code: 'lines-refused' },
        ],
      });
    expect((await ask('/v1/events', keys.own, [through('2026-02-28')])).body).toMatchObject({ accepted: 0 });
    await ask('/v1/events', keys.other, ['no JSON']);
    await producer.send({
      topic: topics.events,
      messages: [{ partition: 0, value: JSON.stringify(late).replace('noon', 'midnight') }],
    });
    await startIngest();
    await drained();
    expect((await ask('/v1/feed', keys.own)).body).toMatchObject({
      council: own,
      lastReceived: expect.stringMatching(/^20/),
      completeThrough: [],
      gaps: [{ kind: 'referral', from: '2025-01-01', to: '2025-01-31' }],
      held: 2,
    });
    const { body } = await ask('/v1/quarantine', keys.own);
    expect(body.lines.map(({ by, place, code, field }) => [by, place, code, field]).sort()).toEqual([
      ['gateway', 'line 1 of one', 'bad-field', 'time'],
      ['ingest', expect.stringMatching(/\/0\/\d+$/), 'bad-field', 'time'],
    ]);
    expect(body.lines[0]!.repair).toMatch(/^Mend the field/);
    const oldest = body.lines.at(-1)!.at;
    expect((await ask(`/v1/quarantine?before=${oldest}`, keys.own)).body.lines).toEqual([]);

    const theirs = await ask('/v1/quarantine', keys.other);
    expect(theirs.body.lines.map(({ code }) => code)).toEqual(['not-json']);
    expect((await ask('/v1/feed', keys.other)).body).toMatchObject({ council: other, gaps: [], held: 1 });
    expect(await intakeReport(db)).toMatchObject({ refusedLines: 2, refused: [{}, {}] });

    // A delivery without refusals may claim.
    const clean = [{ ...late, time: '2026-01-05T12:00:00Z' }, through('2026-02-28')];
    expect((await ask('/v1/events', keys.own, clean, 'two')).status).toBe(202);
    await drained();
    expect((await ask('/v1/feed', keys.own)).body.completeThrough).toEqual([
      { kind: 'referral', through: '2026-02-28' },
    ]);
  });
});

describe('keys', () => {
  it('are replaced with an overlap and stopped, by an id that opens nothing', async () => {
    const { db } = await running([own]);
    const first = await createKey(db, { label: 'sender', role: 'council', council: own });
    const [entry] = await listKeys(db);
    expect(entry).toMatchObject({ label: 'sender', role: 'council', council: own, revokedAt: null });
    expect(first).not.toContain(entry!.id);
    const { key: second, old } = await rotateKey(db, entry!.id, 7);
    const days = (Date.parse(old.revokedAt!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.1);
    const holder = { label: 'sender', role: 'council', council: own };
    expect(await holderOf(db, first)).toMatchObject(holder);
    expect(await holderOf(db, second)).toMatchObject(holder);
    await revokeKey(db, entry!.id);
    expect(await holderOf(db, first)).toBeNull();
    expect(await holderOf(db, second)).toMatchObject(holder);
    await expect(rotateKey(db, entry!.id, 7)).rejects.toMatchObject({ code: 'key-revoked' });
    await expect(revokeKey(db, '00000000')).rejects.toMatchObject({ code: 'unknown-key' });
    expect(
      await db`select 1 from waymark.api_key where encode(key_hash, 'escape') like ${`%${first}%`}`,
    ).toHaveLength(0);
  });
});
