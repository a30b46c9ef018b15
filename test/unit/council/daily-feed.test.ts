// The daily feed: snapshot, deltas, purges at every level, and honesty about what it cannot say.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CaseEvent } from '../../../schemas/case-event.ts';
import { isPurge, kindOf } from '../../../schemas/case-event.ts';
import { type FeedMessage, isFeedStatement, parseMessage } from '../../../schemas/message.ts';
import { convert, findings, folder, samples, states } from './support.ts';

const here = folder();
const snapshot = `${samples}council/daily-snapshot.json`;
const day = { referenceDate: '2025-12-01' };
const delta = (content: unknown, referenceDate = '2025-12-02') =>
  convert([here.write('delta.json', JSON.stringify(content))], { referenceDate });
const events = (messages: FeedMessage[]) => messages.filter((one): one is CaseEvent => !isFeedStatement(one));
const idsOf = (messages: FeedMessage[], kind: string) =>
  events(messages).flatMap((one) => (kindOf(one) === kind ? [one.data.recordId] : []));
const purgesOf = (messages: FeedMessage[]) => events(messages).filter(isPurge).map(kindOf);

describe('a snapshot', () => {
  it('states every record under its child', async () => {
    const { messages, report, error } = await convert([snapshot], day);
    expect(error).toBeUndefined();
    expect(states(messages, 'child')).toEqual([
      {
        birthMonth: '2014-06',
        sex: 'F',
        ethnicity: 'WBRI',
        disabilities: ['MOB'],
        unaccompaniedAsylumSeeker: false,
      },
      { birthMonth: '2026-02', unborn: true, sex: 'U' },
    ]);
    expect(states(messages, 'referral')).toEqual([
      { date: '2025-05-04', source: '1A', noFurtherAction: false },
      { date: '2025-09-09' },
    ]);
    expect(states(messages, 'assessment')).toEqual([
      { started: '2025-05-05', authorised: '2025-06-10', factors: ['3B', '16A'] },
    ]);
    expect(states(messages, 'section-47')).toEqual([
      { started: '2025-06-01', initialConference: '2025-06-14', conferenceNotRequired: false },
    ]);
    expect(states(messages, 'cp-plan')).toEqual([{ started: '2025-06-14' }]);
    expect(report.records['cin-plan']).toBe(1);
    expect(messages.filter((one) => !parseMessage(JSON.stringify(one)).ok)).toEqual([]);
  });

  it('makes no care episode, says why, and does not state care complete', async () => {
    const { messages, report } = await convert([snapshot], day);
    expect(states(messages, 'care-episode')).toEqual([]);
    expect(findings(report)).toMatchObject({
      'placement-without-legal-status child_looked_after_placements': 1,
    });
    const statement = messages.at(-1);
    expect(statement?.data).toMatchObject({ completeThrough: '2025-12-01' });
    expect(JSON.stringify(statement?.data)).not.toContain('care-episode');
  });

  it('lets no identifier out', async () => {
    const { messages, report } = await convert([snapshot], day);
    const output = JSON.stringify({ messages, report });
    for (const secret of [
      'LA-00',
      'SUI-77',
      'A123456789012',
      'Nobody',
      'nobody',
      'ZZ9',
      '2014-06-19',
      '2026-02-01',
      'E-1',
      'A-1"',
      'W-9',
    ]) {
      expect(output).not.toContain(secret);
    }
  });

  it('reads a list, one child alone and one child a line as the same', async () => {
    const { children } = JSON.parse(readFileSync(snapshot, 'utf8'));
    const whole = (await convert([snapshot], day)).messages;
    const list = await convert([here.write('list.json', JSON.stringify(children))], day);
    expect(list.messages).toEqual(whole);
    const lines = children.map((child: unknown) => JSON.stringify(child)).join('\n');
    expect((await convert([here.write('lines.json', lines)], day)).messages).toEqual(whole);
    const alone = await convert(
      [here.write('alone.json', JSON.stringify({ la_code: 301, Children: children[0] }))],
      day,
    );
    expect(events(alone.messages)).toEqual(
      events(whole).filter((one) => one.subject === events(whole)[0]!.subject),
    );
  });
});

describe('a delta', () => {
  it('corrects the same record when its date was wrong', async () => {
    const before = await convert([snapshot], day);
    const after = await delta([
      {
        la_child_id: 'LA-002',
        social_care_episodes: [{ social_care_episode_id: 'E-2', referral_date: '2025-09-08' }],
      },
    ]);
    expect(idsOf(after.messages, 'referral')).toEqual([idsOf(before.messages, 'referral')[1]]);
    expect(events(after.messages)[0]!.time > events(before.messages)[0]!.time).toBe(true);
  });

  it.each([
    [
      'a plan',
      {
        social_care_episodes: [
          {
            social_care_episode_id: 'E-1',
            referral_date: '2025-05-04',
            child_protection_plans: [{ child_protection_plan_id: 'C-1', purge: true }],
          },
        ],
      },
      ['cp-plan'],
    ],
    [
      'an episode and what is under it',
      {
        social_care_episodes: [
          {
            social_care_episode_id: 'E-1',
            purge: true,
            child_protection_plans: [{ child_protection_plan_id: 'C-1' }],
          },
        ],
      },
      ['referral', 'cp-plan'],
    ],
    ['the details of a child', { child_details: { purge: true } }, ['child']],
    [
      'a child and what is under it',
      { purge: true, social_care_episodes: [{ social_care_episode_id: 'E-1' }] },
      ['child', 'referral'],
    ],
  ])('purges %s', async (_, content, kinds) => {
    const before = await convert([snapshot], day);
    const { messages } = await delta([{ la_child_id: 'LA-001', ...content }]);
    expect(purgesOf(messages)).toEqual(kinds);
    const known = new Set(events(before.messages).map((one) => one.data.recordId));
    for (const one of events(messages).filter(isPurge)) expect(known).toContain(one.data.recordId);
  });

  it('says when a child is purged without a list of its records', async () => {
    const { report } = await delta([{ la_child_id: 'LA-001', purge: true }]);
    expect(findings(report)).toEqual({ 'purge-without-records': 1 });
  });

  it('that states and purges a record at one moment lets the purge stand', async () => {
    const { messages } = await delta([
      {
        la_child_id: 'LA-001',
        social_care_episodes: [{ social_care_episode_id: 'E-1', referral_date: '2025-05-04' }],
      },
      { la_child_id: 'LA-001', social_care_episodes: [{ social_care_episode_id: 'E-1', purge: true }] },
    ]);
    const [stated, purge] = events(messages);
    expect(purge!.time > stated!.time).toBe(true);
  });
});

describe('a broken feed', () => {
  it('that ends early is refused with its line', async () => {
    const text = readFileSync(snapshot, 'utf8');
    const { error, messages } = await convert(
      [here.write('cut.json', text.slice(0, text.indexOf('"LA-002"') + 20))],
      day,
    );
    expect(error?.code).toBe('return-truncated');
    expect(error?.place.line).toBeGreaterThan(40);
    expect(messages.map((one) => one.type)).not.toContain('waymark.feed.statement.v1');
  });

  it('loses only the child that is not JSON', async () => {
    const text =
      '[{"la_child_id":"1","child_details":{}},\n{"la_child_id":"2",,},\n{"la_child_id":"3","child_details":{}}]';
    const { report, messages } = await convert([here.write('bad.json', text)], day);
    expect(states(messages, 'child').length).toBe(2);
    expect(report.refusals.map((one) => [one.line, one.rule])).toEqual([[2, 'not-json']]);
  });
});
