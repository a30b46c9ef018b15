// Every sample return converts, its totals agree with a count that shares no code, and reading it twice states the same.
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../schemas/message.ts';
import { convert, samples, states } from './support.ts';

const cin = (name: string) => `${samples}cin-census/${name}`;
const care = (name: string) => `${samples}ssda903/${name}`;
const tables = ['episodes.csv', 'header.csv', 'uasc.csv'].map(care);
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
const rows = (name: string) => parse(readFileSync(care(name)), { columns: true }) as Record<string, string>[];

describe('CIN census samples', () => {
  it.each(['fake_CIN_data.xml', 'CIN_Census_2021.xml', 'CIN_Census_2024.xml', 'CIN_Census_2026.xml'])(
    '%s: every element becomes a record or a refusal',
    async (name) => {
      const text = readFileSync(cin(name), 'utf8');
      const { report, error } = await convert([cin(name)]);
      expect(error).toBeUndefined();
      const refused = (record: string) => report.refusals.filter((one) => one.record === record).length;
      expect(report.records.child).toBe(count(text, /<LAchildID>/g));
      expect(report.records.referral + refused('referral')).toBe(count(text, /<CINdetails>/g));
      expect(report.records.assessment + refused('assessment')).toBe(
        count(text, /<AssessmentActualStartDate>/g),
      );
      expect(report.records['section-47'] + refused('section-47')).toBe(count(text, /<Section47>/g));
      expect(report.records['cin-plan'] + refused('cin-plan')).toBe(count(text, /<CINPlanDates>/g));
      expect(report.records['cp-plan'] + refused('cp-plan')).toBe(count(text, /<ChildProtectionPlans>/g));
      expect(report.records['pre-proceedings']).toBe(count(text, /<PreProceedingsandFGDM>/g));
      expect(report.records['family-meeting']).toBe(count(text, /<FGDMMeetingOffer>1</g));
    },
  );

  it('carries closures, needs and sexes as the file counts them', async () => {
    const text = readFileSync(cin('fake_CIN_data.xml'), 'utf8');
    const { messages } = await convert([cin('fake_CIN_data.xml')]);
    const referrals = states(messages, 'referral');
    expect(referrals.filter((one) => one.closedOn).length).toBe(count(text, /<CINclosureDate>/g));
    expect(referrals.filter((one) => one.primaryNeed === 'N1').length).toBe(
      count(text, /<PrimaryNeedCode>N1</g),
    );
    expect(referrals.every((one) => one.noFurtherAction)).toBe(true);
    const children = states(messages, 'child');
    expect(children.filter((one) => one.sex === 'F').length).toBe(count(text, /<GenderCurrent>2</g));
    expect(children.filter((one) => one.deathMonth).length).toBe(count(text, /<PersonDeathDate>/g));
    const disabilities = text
      .split('</Child>')
      .map((child) => new Set([...child.matchAll(/<Disability>(\w+)</g)].map((found) => found[1])).size);
    expect(children.map((one) => one.disabilities?.length ?? 0)).toEqual(disabilities.slice(0, -1));
  });

  it('reads the family meeting and pre-proceedings of the 2026 census', async () => {
    const { messages } = await convert([cin('CIN_Census_2026.xml')]);
    expect(states(messages, 'family-meeting')).toEqual([{ offered: '2026-09-20', accepted: true }]);
    expect(states(messages, 'pre-proceedings')).toEqual([
      {
        letterSent: '2026-09-20',
        ended: '2026-12-01',
        outcome: 'proceedings-issued',
        courtApplication: '2026-12-18',
      },
    ]);
  });
});

describe('SSDA903 samples', () => {
  it('states every row of the tables once', async () => {
    const { messages, report, error } = await convert(tables, { referenceDate: '2020-03-31' });
    expect(error).toBeUndefined();
    const episodes = rows('episodes.csv');
    expect(report.records['care-episode']).toBe(episodes.length);
    expect(report.records.child).toBe(new Set(rows('header.csv').map((row) => row.CHILD)).size);
    const stated = states(messages, 'care-episode');
    for (const status of ['V3', 'V4', 'C1']) {
      expect(stated.filter((one) => one.legalStatus === status).length).toBe(
        episodes.filter((row) => row.LS === status).length,
      );
    }
    expect(stated.filter((one) => one.reasonStarted === 'S').length).toBe(
      episodes.filter((row) => row.RNE === 'S').length,
    );
    expect(stated.filter((one) => one.ended).length).toBe(episodes.filter((row) => row.DEC !== '').length);
    const unaccompanied = states(messages, 'child').filter((one) => one.unaccompaniedAsylumSeeker);
    expect(unaccompanied.length).toBe(new Set(rows('uasc.csv').map((row) => row.CHILD)).size);
  });

  it('states every episode of the XML', async () => {
    const text = readFileSync(care('fake_903.xml'), 'utf8');
    const { report } = await convert([care('fake_903.xml')], { referenceDate: '2020-03-31' });
    expect(report.records['care-episode'] + report.refused).toBe(count(text, /<EPISODE>/g));
    expect(report.records.child).toBe(count(text, /<CHILDID>/g));
  });

  it('asks for the reference date that the tables do not carry', async () => {
    const { error } = await convert(tables);
    expect(error?.code).toBe('no-reference-date');
  });
});

describe('every sample', () => {
  const all = [...tables, care('fake_903.xml'), cin('fake_CIN_data.xml'), cin('CIN_Census_2026.xml')];

  it('gives messages that the gateway takes, and the same bytes each time', async () => {
    const options = { referenceDate: '2020-03-31' };
    const [first, second] = [await convert(all, options), await convert(all, options)];
    const lines = first.messages.map((message) => JSON.stringify(message));
    expect(lines.filter((line) => !parseMessage(line).ok)).toEqual([]);
    expect(second.messages.map((message) => JSON.stringify(message)).join('\n') === lines.join('\n')).toBe(
      true,
    );
    const events = first.messages.filter((message) => message.type !== 'waymark.feed.statement.v1');
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
  });

  it('states completeness after the events of each return', async () => {
    const { messages, report } = await convert(all, { referenceDate: '2020-03-31' });
    const places = messages.flatMap((message, at) =>
      message.type === 'waymark.feed.statement.v1' ? [at] : [],
    );
    expect(places.length).toBe(4);
    expect(places.at(-1)).toBe(messages.length - 1);
    expect(report.returns.map((one) => one.completeThrough)).toEqual([
      '2020-03-31',
      '2020-03-31',
      '2022-07-21',
      '2023-05-23',
    ]);
  });
});
