import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { evaluateFiles } from '../../../services/evaluations/evaluate/command.ts';
import { evaluate } from '../../../services/evaluations/evaluate/evaluate.ts';
import { Known } from '../../../services/evaluations/evaluate/known.ts';
import { headlineOutcomes } from '../../../services/outcomes/definitions.ts';
import {
  histories,
  messagesOf as messagesOfHistories,
  shuffled,
} from '../../integration/outcomes/histories.ts';
import { childNamed, messagesOf } from '../../spec/notation.ts';

const here = 'E09000023';
const there = 'E08000026';
const anna = childNamed('anna');
const ben = childNamed('ben');
const of = (records: string, child = anna, council = here) => messagesOf(records, { council, child });
const text = (messages: readonly FeedMessage[]) => messages.map((one) => JSON.stringify(one));

const protocol = (changes: Partial<Protocol> = {}): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id: 'dry-run',
    title: 'A dry run',
    question: 'Are fewer children referred again?',
    dataSource: 'sample',
    design: 'quasi-experimental',
    councils: [here],
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-01-01',
      to: '2025-12-31',
    },
    unit: 'child',
    allocation: { method: 'seeded', seed: 'a-seed-of-ours', trialShare: 0.5 },
    arms: { trial: 'Family help', comparison: 'As before' },
    waves: 'month',
    horizons: [6, 12],
    outcomes: [...headlineOutcomes],
    primary: { outcome: 're-referral', horizon: 12 },
    disclosure: { threshold: 6 },
    ...changes,
  });

function taken(lines: readonly string[], councils: string[] = [here], asOf: string | null = null): Known {
  const known = new Known(councils, asOf);
  for (const line of lines) known.take(line);
  return known;
}

const run = (known: Known, plan = protocol()) =>
  evaluate(plan, known, new Map(), { codeVersion: 'test', asOf: null });

describe('every line is accounted for once', () => {
  it('whatever became of it', () => {
    const [referral = '', again = '', complete = ''] = text(
      of(
        'referral a 2025-01-15 @2025-01-16; referral b 2025-03-01 @2025-03-02; complete referral 2025-07-15 @2025-08-01',
      ),
    );
    const [later = ''] = text(of('referral c 2025-02-01 @2026-02-01'));
    const [elsewhere = ''] = text(of('referral a 2025-01-15 @2025-01-16', anna, there));
    const lines = [referral, '', '{', again, again, complete, complete, later, elsewhere, '[1]', '   '];
    const { taken: counts, refusals } = taken(lines, [here], '2025-12-31');
    expect(counts).toEqual({
      lines: 11,
      blank: 2,
      refused: 2,
      otherCouncils: 1,
      afterAsOf: 1,
      duplicates: 2,
      statements: 1,
      caseEvents: 2,
    });
    expect(refusals.map(({ line, code }) => [line, code])).toEqual([
      [3, 'not-json'],
      [10, 'not-an-object'],
    ]);
  });

  it('a refused line is told by its field and never repeated', () => {
    const line = JSON.stringify({ ...of('referral 2025-01-15')[0], name: 'a name that should not be here' });
    const { refusals } = taken([line]);
    expect(refusals).toMatchObject([{ line: 1, code: 'unknown-field' }]);
    expect(JSON.stringify(refusals)).not.toContain('a name');
  });
});

describe('as of a day', () => {
  it.each([
    ['2025-06-30T22:59:59Z', '2025-06-30'],
    ['2025-06-30T23:00:00Z', '2025-07-01'],
    ['2025-12-31T23:59:59Z', '2025-12-31'],
    ['2026-01-01T00:00:00Z', '2026-01-01'],
    ['2025-03-30T00:30:00Z', '2025-03-30'],
    ['2025-10-26T23:30:00Z', '2025-10-26'],
  ])('%s was recorded on %s in London', (instant, day) => {
    const until = (asOf: string) =>
      taken(text(of(`referral 2025-01-15 @${instant}`)), [here], asOf).taken.caseEvents;
    const before = new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
    expect([until(before), until(day)]).toEqual([0, 1]);
  });

  it('shows what was known then, not what was corrected since', () => {
    const lines = text(
      of(
        'referral a 2025-01-15 @2025-01-16; referral b 2025-03-01 @2025-03-02; purge referral b @2025-09-01',
      ),
    );
    const states = (asOf: string) =>
      run(taken(lines, [here], asOf)).participants.map(({ outcomes }) => outcomes[0]?.state);
    expect(states('2025-01-15')).toEqual([]);
    expect(states('2025-02-01')).toEqual(['no-event']);
    expect(states('2025-08-31')).toEqual(['event']);
    expect(states('2025-09-01')).toEqual(['no-event']);
  });
});

describe('counts', () => {
  const two = [
    ...text(of('referral 2025-01-15; referral 2025-03-01; complete referral 2025-12-31')),
    ...text(of('referral 2025-01-20; care 2024-01-01 S C2; child born 2007-04', ben)),
  ];

  it('reconcile, and a silent feed is pending', () => {
    const { results, feeds, children } = run(taken(two));
    const sum = (outcome: string, horizon: number) => {
      const { arms } = results.find((one) => one.outcome === outcome && one.horizon === horizon)!;
      const add = (of: (arm: (typeof arms)[number]) => number) => arms.reduce((all, arm) => all + of(arm), 0);
      return {
        enrolled: add((arm) => arm.enrolled),
        notAtRisk: add((arm) => arm.notAtRisk),
        pending: add((arm) => arm.pending),
        matured: add((arm) => arm.matured),
        events: add((arm) => arm.events),
        noEvents: add((arm) => arm.noEvents),
        censored: add((arm) => arm.censored),
      };
    };
    const nobody = { notAtRisk: 0, pending: 0, matured: 0, events: 0, noEvents: 0, censored: 0 };
    expect(sum('re-referral', 6)).toEqual({ ...nobody, enrolled: 2, matured: 2, events: 1, censored: 1 });
    expect(sum('re-referral', 12)).toEqual({ ...nobody, enrolled: 2, pending: 2 });
    expect(sum('care-entry', 6)).toEqual({ ...nobody, enrolled: 2, notAtRisk: 1, pending: 1 });
    expect(feeds.map(({ kind, completeThrough }) => [kind, completeThrough])).toEqual([
      ['referral', '2025-12-31'],
      ['cp-plan', null],
      ['care-episode', null],
    ]);
    expect(children).toMatchObject({ known: 2, participants: 2, withoutIndexReferral: 0, withoutArm: 0 });
  });

  it('an arm without matured participants has no risk, not a risk of nought', () => {
    const { results } = run(taken(text(of('referral 2025-01-15'))));
    expect(results.flatMap(({ arms }) => arms.map(({ risk }) => risk))).toEqual(Array(12).fill(null));
  });
});

describe('for any history', () => {
  const councils = [here, there, 'E10000016'];
  const plan = protocol({ councils });
  const holds = (property: (messages: FeedMessage[], seed: number) => void) =>
    fc.assert(
      fc.property(histories(15), (said) => property(messagesOfHistories(said, councils), said.seed)),
      { numRuns: 60 },
    );

  it('order and repeats change nothing', () => {
    holds((messages, seed) => {
      const { input: _, accounted: ___, ...inOrder } = run(taken(text(messages), councils), plan);
      const {
        input: __,
        accounted: ____,
        ...mixed
      } = run(taken(text(shuffled(messages, seed)), councils), plan);
      expect(mixed).toEqual(inOrder);
    });
  });

  it('a child’s outcomes do not depend on any other child', () => {
    holds((messages) => {
      for (const participant of run(taken(text(messages), councils), plan).participants) {
        const own = messages.filter((one) => !('subject' in one) || one.subject === participant.child);
        const alone = run(taken(text(own), councils), plan).participants;
        expect(alone.find(({ council }) => council === participant.council)).toEqual(participant);
      }
    });
  });

  it('as of an instant is the file cut at that instant', () => {
    holds((messages) => {
      // Histories are recorded within a minute, so their days are told apart by moving each to a day of its second.
      const spread = messages.map((one) => ({
        ...one,
        time: `2027-01-1${one.time.slice(18, 19)}T12:00:00Z`,
      }));
      const asOf = '2027-01-14';
      const {
        input: _,
        accounted: ___,
        ...seen
      } = run(taken(text(spread as FeedMessage[]), councils, asOf), plan);
      const cut = spread.filter((one) => one.time.slice(0, 10) <= asOf);
      const { input: __, accounted: ____, ...alone } = run(taken(text(cut as FeedMessage[]), councils), plan);
      expect(seen).toEqual(alone);
    });
  });

  it('every line, child and participant is counted once', () => {
    holds((messages, seed) => {
      const known = taken(['{', ...text(shuffled(messages, seed)), ''], [here, there]);
      const { lines, ...parts } = known.taken;
      expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(lines);
      const record = run(known, protocol({ councils: [here, there] }));
      const { known: all, ...some } = record.children;
      expect(Object.values(some).reduce((sum, part) => sum + part, 0)).toBe(all);
      for (const { arms } of record.results) {
        for (const arm of arms) {
          expect(arm.notAtRisk + arm.pending + arm.matured).toBe(arm.enrolled);
          expect(arm.events + arm.noEvents + arm.censored).toBe(arm.matured);
        }
        expect(arms.reduce((sum, arm) => sum + arm.enrolled, 0)).toBe(record.participants.length);
      }
    });
  });
});

describe('from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-evaluate-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const events = file('events.ndjson', `${text(of('referral 2025-01-15')).join('\r\n')}\n`);
  const plan = file('plan.json', JSON.stringify(protocol()));
  const listed = file('listed.yaml', JSON.stringify(protocol({ allocation: { method: 'list' } })));
  const list = (...rows: string[]) => file('list.csv', ['council,unit,arm', ...rows].join('\n'));

  it('reads a protocol and events', async () => {
    const record = await evaluateFiles({ protocol: plan, events });
    expect(record).toMatchObject({ evaluation: 'dry-run', asOf: null, input: { lines: 1, caseEvents: 1 } });
    expect(record.participants).toHaveLength(1);
  });

  it('follows the units of a list only, and says how many of them nobody belongs to', async () => {
    const allocations = list(`${here},${anna},trial`, `${here},${ben},comparison`);
    const record = await evaluateFiles({ protocol: listed, events, allocations });
    expect(record.participants.map(({ arm }) => arm)).toEqual(['trial']);
    expect(record.allocation).toEqual({ listed: 2, unmatched: 1 });
    const none = await evaluateFiles({
      protocol: listed,
      events,
      allocations: list(`${here},${ben},trial`),
    });
    expect(none.children).toMatchObject({ participants: 0, withoutArm: 1 });
  });

  it.each([
    ['a protocol that is not there', { protocol: 'none.yaml' }, 'unreadable-file', {}],
    ['events that are not there', { events: join(folder, 'none.ndjson') }, 'unreadable-file', {}],
    ['a day that is none', { asOf: '2025-02-30' }, 'bad-date', { field: 'as-of' }],
    ['a list that is missing', { protocol: listed }, 'missing-allocations', { field: 'allocations' }],
    [
      'a list that is not asked for',
      { allocations: list() },
      'needless-allocations',
      { field: 'allocations' },
    ],
    [
      'a protocol with a wrong field',
      { protocol: file('wrong.yaml', JSON.stringify({ ...protocol(), unit: 'street' })) },
      'bad-protocol',
      { field: 'unit' },
    ],
    [
      'a protocol that is neither YAML nor JSON',
      { protocol: file('no.yaml', 'a: [') },
      'unreadable-protocol',
      {},
    ],
  ])('refuses %s', async (_, given, code, place) => {
    await expect(evaluateFiles({ protocol: plan, events, ...given })).rejects.toMatchObject({
      code,
      place,
      exitCode: 2,
    });
  });

  it('refuses a list that puts a unit in both arms, naming the line', async () => {
    const allocations = list(`${here},${anna},trial`, `${here},${ben},trial`, `${here},${anna},comparison`);
    await expect(evaluateFiles({ protocol: listed, events, allocations })).rejects.toMatchObject({
      code: 'bad-allocation',
      place: { line: 4, field: 'arm' },
    });
  });
});
