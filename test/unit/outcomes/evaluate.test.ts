import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { main } from '../../../services/command/main.ts';
import { NOTHING_ALLOTTED } from '../../../services/evaluations/evaluate/allocation.ts';
import { evaluateFiles } from '../../../services/evaluations/evaluate/command.ts';
import { type EvaluateRecord, evaluate } from '../../../services/evaluations/evaluate/evaluate.ts';
import { Known } from '../../../services/evaluations/evaluate/known.ts';
import { builtInOutcomes, headlineOutcomes } from '../../../services/outcomes/definitions.ts';
import { protocolNamed } from '../../harness/protocols.ts';
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
  protocolNamed('dry-run', [here], {
    dataSource: 'sample',
    design: 'quasi-experimental',
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
  evaluate(plan, known, NOTHING_ALLOTTED, { codeVersion: 'test', asOf: null });

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

  it('mature by wave, council and horizon; of a feed nothing was said of they are unknown, not nought', () => {
    const later = text(of('referral 2025-02-28; referral 2025-03-10', childNamed('cara')));
    const { maturity } = run(taken([...two, ...later]));
    const row = (outcome: string, horizon: number, wave: string) =>
      maturity.find((one) => one.outcome === outcome && one.horizon === horizon && one.wave === wave);
    const none = { event: 0, noEvent: 0, censored: 0, notAtRisk: 0 };
    expect(row('re-referral', 6, '2025-01-01')).toEqual({
      ...{ outcome: 're-referral', horizon: 6, wave: '2025-01-01', council: here, participants: 2 },
      ...{ dueOn: '2025-07-20', completeThrough: '2025-12-31', matured: 2, pending: 0, unknown: 0 },
      states: { matured: { ...none, event: 1, censored: 1 }, pending: { ...none, notComputed: 0 } },
    });
    expect(row('re-referral', 12, '2025-02-01')).toMatchObject({
      ...{ participants: 1, dueOn: '2026-02-28', matured: 0, pending: 1, unknown: 0 },
      states: { matured: none, pending: { ...none, event: 1, notComputed: 0 } },
    });
    expect(row('care-entry', 6, '2025-01-01')).toMatchObject({
      ...{ completeThrough: null, matured: 0, pending: 0, unknown: 2 },
      states: { matured: none, pending: { ...none, notComputed: 0 } },
    });
    expect(maturity).toHaveLength(3 * 2 * 2);
  });

  it('an arm without matured participants has no risk, not a risk of nought', () => {
    const { results } = run(taken(text(of('referral 2025-01-15'))));
    expect(results.flatMap(({ arms }) => arms.map(({ risk }) => risk))).toEqual(Array(12).fill(null));
  });
});

const sum = (counts: object): number => Object.values(counts).reduce((all, one) => all + one, 0);

/** Every participant is in one row of each outcome and horizon, and the rows come to the results. */
function maturityReconciles({ maturity, results, participants }: EvaluateRecord): void {
  for (const { participants: all, matured, pending, unknown, states } of maturity) {
    expect(matured + pending + unknown).toBe(all);
    expect([sum(states!.matured), sum(states!.pending)]).toEqual([matured, pending]);
  }
  for (const { outcome, horizon, arms } of results) {
    const rows = maturity.filter((one) => one.outcome === outcome && one.horizon === horizon);
    const add = <T>(of: readonly T[], count: (one: T) => number) =>
      of.reduce((all, one) => all + count(one), 0);
    expect(add(rows, (one) => one.participants)).toBe(participants.length);
    expect([
      add(rows, (one) => one.states!.matured.event),
      add(rows, (one) => one.states!.matured.noEvent),
      add(rows, (one) => one.states!.matured.censored),
    ]).toEqual([
      add(arms, (arm) => arm.events),
      add(arms, (arm) => arm.noEvents),
      add(arms, (arm) => arm.censored),
    ]);
  }
}

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
      const known = taken(text(messages), councils);
      const persons = known.children();
      for (const participant of run(known, plan).participants) {
        const { pseudonyms = [] } =
          persons.find(
            ({ council, child }) => council === participant.council && child === participant.child,
          ) ?? {};
        const own = messages.filter((one) => !('subject' in one) || pseudonyms.includes(one.subject));
        const alone = run(taken(text(own), councils), plan).participants;
        expect(
          alone.find(({ council, child }) => council === participant.council && child === participant.child),
        ).toEqual(participant);
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
      maturityReconciles(record);
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

  it('docs/evaluate.md names every field of the document', async () => {
    const lines = [
      ...text(of('referral 2025-01-15; complete referral 2025-12-31')),
      '{',
      text(of('referral 2025-01-15', anna, there))[0]!,
    ];
    const careDays = protocol({ outcomes: [...builtInOutcomes] });
    const known = taken(lines);
    const fields = new Set<string>();
    const note = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [name, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) fields.add(name);
        note(inner);
      }
    };
    note(run(known, careDays));
    const page = readFileSync(new URL('../../../docs/evaluate.md', import.meta.url), 'utf8');
    expect(fields.size).toBeGreaterThan(60);
    const named = new Set(page.match(/`[^`\n]+`/g)?.flatMap((code) => code.match(/\w+/g) ?? []));
    expect([...fields].filter((field) => !named.has(field))).toEqual([]);
  });
});

describe('waymark evaluate, of an awkward file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-awkward-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const plan = join(folder, 'plan.json');
  writeFileSync(plan, JSON.stringify(protocol()));
  const [referral = '', again = '', complete = ''] = text(
    of('referral a 2025-01-15; referral b 2025-03-01; complete referral 2026-12-31'),
  );
  const dated = (day: string): string => referral.replaceAll('2025-01-15', day);

  /** The command itself: what it prints and its exit code. */
  async function command(events: string, ...options: string[]) {
    const file = join(folder, 'events.ndjson');
    writeFileSync(file, events);
    const printed: string[] = [];
    const write = vi
      .spyOn(process.stdout, 'write')
      .mockImplementation((chunk) => printed.push(String(chunk)) > 0);
    try {
      const code = await main(['evaluate', '--protocol', plan, '--events', file, ...options]);
      return { code, printed: printed.join('') };
    } finally {
      write.mockRestore();
      process.exitCode = 0;
    }
  }
  async function evaluated(events: string) {
    const { code, printed } = await command(events, '--json');
    const record = JSON.parse(printed) as EvaluateRecord;
    const { accounted, input } = record;
    expect(accounted.lines + input.blank).toBe(input.lines);
    expect(
      accounted.used +
        accounted.otherCouncils +
        accounted.afterAsOf +
        accounted.duplicates +
        accounted.refused,
    ).toBe(accounted.lines);
    expect(accounted.refusedFor.reduce((all, one) => all + one.lines, 0)).toBe(accounted.refused);
    return { code, record };
  }

  it.each([
    ['with nothing in it', '', { lines: 0, blank: 0, caseEvents: 0 }],
    ['of nothing but blank lines', '\n \r\n\t\n', { lines: 3, blank: 3, caseEvents: 0 }],
    ['without a last newline', `${referral}\n${again}`, { lines: 2, caseEvents: 2 }],
    ['with a byte order mark', `\ufeff${referral}\n`, { lines: 1, caseEvents: 1 }],
    ['with CR LF', `${referral}\r\n${complete}\r\n`, { lines: 2, caseEvents: 1, statements: 1 }],
    ['with blank lines between', `\n${referral}\n\n\n${again}\n`, { lines: 5, blank: 3, caseEvents: 2 }],
    ['that says everything twice', `${referral}\n${referral}\n`, { lines: 2, caseEvents: 1, duplicates: 1 }],
    [
      'of a council that is none of the protocol’s',
      text(of('referral 2025-01-15', anna, there)).join('\n'),
      { lines: 1, caseEvents: 0, otherCouncils: 1 },
    ],
  ])('%s: every line is accounted for, and it exits 0', async (_, events, input) => {
    const { code, record } = await evaluated(events);
    expect(record.input).toMatchObject({ refused: 0, ...input });
    expect(code).toBe(0);
  });

  it.each([
    ['broken JSON', '{"specversion":', 'not-json', ''],
    ['a day in 1899', dated('1899-12-30'), 'bad-field', 'data.state.date'],
    ['a day in 2199', dated('2199-01-15'), 'bad-field', 'data.state.date'],
    [
      'an id that says something else',
      referral.replaceAll('2025-01-15', '2025-01-16'),
      'id-used-twice',
      'id',
    ],
  ])(
    '%s is refused by line and reason, the rest is worked out whole, and it exits 3',
    async (_, line, code, field) => {
      const { code: exit, record } = await evaluated(`${referral}\n\n${line}\n${complete}\n`);
      expect(exit).toBe(3);
      expect(record.input.refusals).toMatchObject([{ line: 3, code, field }]);
      expect(record.accounted.refusedFor).toEqual([{ code, lines: 1 }]);
      expect(record.participants.map(({ index }) => index.day)).toEqual(['2025-01-15']);
      expect(
        record.results.filter(({ outcome }) => outcome === 're-referral').flatMap(({ arms }) => arms),
      ).toContainEqual(expect.objectContaining({ matured: 1, noEvents: 1 }));
    },
  );

  it('counts every refused line, however many, though it lists a thousand', async () => {
    const { code, record } = await evaluated(`${'{\n'.repeat(1_200)}[]\n${referral}`);
    expect(code).toBe(3);
    expect(record.input.refusals).toHaveLength(1_000);
    expect(record.accounted.refusedFor).toEqual([
      { code: 'not-an-object', lines: 1 },
      { code: 'not-json', lines: 1_200 },
    ]);
  });

  it('tells people the same account', async () => {
    const { code, printed } = await command(`${referral}\n${referral}\n{\n\n`);
    expect(code).toBe(3);
    expect(printed).toContain(
      '3 lines that say anything (1 blank): 1 used (1 case events, 0 feed statements), 0 of other councils, 0 recorded later, 1 duplicates, 1 refused (1 not-json).',
    );
    expect(printed).toContain('  line 3: is not JSON');
  });

  it('of a council without a feed knows nobody’s outcome', async () => {
    const { record } = await evaluated(`${referral}\n${again}\n`);
    expect(record.maturity.map(({ matured, pending, unknown }) => [matured, pending, unknown])).toEqual(
      Array(6).fill([0, 0, 1]),
    );
    expect(record.participants[0]?.outcomes.every(({ matured }) => !matured)).toBe(true);
  });

  it('exits 2 where nothing can be worked out', async () => {
    const { code, printed } = await command(referral, '--json', '--as-of', '2025-02-30');
    expect([code, JSON.parse(printed)]).toMatchObject([2, { error: { code: 'bad-date' } }]);
  });
});
