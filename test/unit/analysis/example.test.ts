// The replayed trial comes out as published, half of it pending; the files of an example are all that its record needs; and
// the pages of expected results say what comes of running them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import { addDays } from '../../../schemas/calendar.ts';
import { fileOf, readExample } from '../../../services/analysis/example/example.ts';
import { type ExampleRun, runExample } from '../../../services/analysis/example/run.ts';
import { analyseFiles, registerAnalyse, type Store } from '../../../services/analysis/plan/command.ts';
import { verifyRecord } from '../../../services/analysis/plan/verify.ts';
import { readRecord } from '../../../services/analysis/report/command.ts';
import { writeReport } from '../../../services/analysis/report/write.ts';

let folder: string;
let done: ExampleRun;
let record: AnalysisRecord;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waymark-example-'));
  done = await runExample(await readExample('family-group-conferences'), folder, () => {});
  record = AnalysisRecord.parse(JSON.parse(await readFile(join(folder, 'record.json'), 'utf8')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the family group conferencing trial, replayed', () => {
  const of = (horizon: number) =>
    record.results.find((one) => one.outcome === 'in-care' && one.horizon === horizon)!;

  it('has the councils, families and children that were published, and as many of them followed', () => {
    expect(record.study.councils).toHaveLength(21);
    expect(record.flow.enrolled).toBe(2548);
    expect(record.flow.allocated.reduce((sum, { units }) => sum + units, 0)).toBe(1471);
    expect(of(12).sets.map(({ matured }) => matured)).toEqual([643, 584]);
  });

  it('holds the planted difference, which is that of the published shares', () => {
    const found = done.analyses[0]!.results.find((one) => one.outcome === 'in-care' && one.horizon === 12)!;
    expect(found.planted!.trial).toBeCloseTo(0.347, 2);
    expect(found.planted!.comparison).toBeCloseTo(0.466, 2);
    expect(found.covered).toBe(true);
  });

  it('says of 18 months that nothing is known, in record, terminal and report', async () => {
    const { sets, estimates } = of(18);
    expect(estimates).toEqual([]);
    for (const set of sets)
      expect(set).toMatchObject({ matured: 0, pending: set.enrolled, events: 0, risk: null });
    const page = await readFile(join(folder, 'report.html'), 'utf8');
    expect(page).toContain('Not yet known');
    expect(page).toContain('Care entry: share of children over time');
    expect(page).not.toMatch(/NaN|undefined|\[object/);
  });
});

it('counts what care cost, children of one family together', async () => {
  const { costs } = record;
  const entered = record.results.find((one) => one.outcome === 'care-entry' && one.horizon === 12)!;
  expect(costs!.total.trial).toBeCloseTo(50_000 * entered.sets[0]!.risk!, 6);
  expect(costs!.total.difference).toBeCloseTo(50_000 * (entered.sets[0]!.risk! - entered.sets[1]!.risk!), 6);
  const [planned] = entered.estimates.filter(({ adjusted }) => !adjusted);
  const width = ({ lower, upper }: { lower: number | null; upper: number | null }) => upper! - lower!;
  // The bootstrap by family and the clustered linear model measure the same spread.
  expect(width(costs!.total) / (50_000 * width(planned!))).toBeCloseTo(1, 1);
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('What it cost');
});

it('comes out byte for byte from the files that it wrote', async () => {
  const again = await analyseFiles({
    protocol: join(folder, 'protocol.yaml'),
    events: join(folder, 'events.ndjson'),
    allocations: join(folder, 'allocations.csv'),
    costs: join(folder, 'costs.yaml'),
    accept: [],
  });
  expect(`${JSON.stringify(again.record)}\n`).toBe(await readFile(join(folder, 'record.json'), 'utf8'));
});

it('is verified, and what was tampered with is named', async () => {
  const text = await readFile(join(folder, 'record.json'), 'utf8');
  await verifyRecord(join(folder, 'record.json'), text);
  const tampered = structuredClone(record);
  tampered.results[1]!.estimates[0]!.p = 0.5;
  const file = join(folder, 'tampered.json');
  await writeFile(file, `${JSON.stringify(tampered)}\n`);
  await expect(verifyRecord(file, text)).rejects.toMatchObject({
    code: 'differs',
    exitCode: 1,
    place: { field: 'results[1].estimates[0].p' },
  });
  await writeFile(file, `${text} `);
  await expect(verifyRecord(file, text)).rejects.toMatchObject({ place: { field: 'its white space' } });
});

it('is reported from the kept record as from the events', async () => {
  const again = join(folder, 'again');
  await writeReport(await readRecord(join(folder, 'record.json')), again);
  for (const file of ['report.html', 'flow.txt'])
    expect(await readFile(join(again, file), 'utf8')).toBe(await readFile(join(folder, file), 'utf8'));
  const file = join(folder, 'broken.json');
  await writeFile(file, JSON.stringify({ ...record, withheld: 'no' }));
  await expect(readRecord(file)).rejects.toMatchObject({
    code: 'not-a-record',
    exitCode: 2,
    place: { field: 'withheld' },
  });
});

it('stands on its page of expected results', async () => {
  const page = await readFile(fileOf('family-group-conferences', 'README.md'), 'utf8');
  const table = (text: string) => text.split('\n').filter((line) => line.startsWith('| '));
  const rows = table(await readFile(join(folder, 'results.md'), 'utf8'));
  expect(rows.length).toBeGreaterThan(5);
  expect(table(page)).toEqual(rows);
});

/** The example's protocol under a plan of its own; the file it was written to. */
async function planned(name: string, plan: Record<string, unknown>, change: Record<string, unknown> = {}) {
  const protocol = parse(await readFile(join(folder, 'protocol.yaml'), 'utf8'));
  const analysis = {
    ...protocol.analysis,
    model: { method: 'linear' },
    covariates: [],
    subgroups: [],
    sensitivity: [],
    ...plan,
  };
  const file = join(folder, name);
  await writeFile(
    file,
    stringify({ ...protocol, outcomes: protocol.outcomes.slice(0, 1), ...change, analysis }),
  );
  return file;
}

const eventsOf = async () => (await readFile(join(folder, 'events.ndjson'), 'utf8')).trim().split('\n');

const nothingStored = () => Promise.reject(new Error('nothing is stored here'));
const noStore: Store = {
  verifyRelease: nothingStored,
  analyse: nothingStored,
  analysis: nothingStored,
  analyses: nothingStored,
  verifyAnalysis: nothingStored,
};

describe('waymark analyse --earlier', () => {
  /** What the command prints. */
  async function analysed(...words: string[]): Promise<string> {
    const out: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
    const program = new Command().exitOverride();
    registerAnalyse(program, noStore);
    try {
      await program.parseAsync(['analyse', ...words], { from: 'user' });
    } finally {
      write.mockRestore();
    }
    return out.join('');
  }

  it('takes looks made before from their records', async () => {
    const interim = { information: [0.2, 0.45, 1], spending: 'pocock', participants: 2548 };
    const protocol = await planned('looks.yaml', { interim });
    const lines = await eventsOf();
    const before = join(folder, 'before.ndjson');
    await writeFile(
      before,
      lines
        .map((line) => line.replace(/"completeThrough":"[^"]*"/, '"completeThrough":"2025-09-15"'))
        .join('\n'),
    );
    const common = [
      '--protocol',
      protocol,
      '--allocations',
      join(folder, 'allocations.csv'),
      '--accept',
      'differential-maturity: by construction',
      '--by',
      'A. Monitor',
    ];
    const first = join(folder, 'first.json');
    await writeFile(first, await analysed(...common, '--events', before, '--json'));
    const [now] = AnalysisRecord.parse(JSON.parse(await readFile(first, 'utf8'))).interim!.looks;
    expect(now).toMatchObject({ state: 'now' });

    const both = ['--events', join(folder, 'events.ndjson'), '--earlier', first];
    const second = AnalysisRecord.parse(JSON.parse(await analysed(...common, ...both, '--json')));
    const { looks, followed } = second.interim!;
    expect(looks.map(({ state }) => state)).toEqual(['made', 'now', 'to-come']);
    expect(looks[0]).toEqual({ ...now, state: 'made' });
    expect(looks[1]!.followed).toBe(followed);
    expect(looks[1]!.spent).toBeGreaterThan(now!.spent);
    const alone = await analysed(...common, '--events', join(folder, 'events.ndjson'), '--json');
    expect(looks[1]!.boundary).toBeGreaterThan(JSON.parse(alone).interim.looks[0].boundary);

    // The same look again, and a record of something else.
    await expect(analysed(...common, '--events', before, '--earlier', first)).rejects.toMatchObject({
      code: 'earlier-looks',
    });
    await expect(
      analysed(...common, '--events', before, '--earlier', join(folder, 'record.json')),
    ).rejects.toMatchObject({ code: 'no-look', place: { field: 'earlier' } });
    await expect(analysed(...common, '--events', before, '--earlier', protocol)).rejects.toMatchObject({
      code: 'not-a-record',
    });
  });
});

it('knows of the help from records of it, and does not know where the feed of it does not reach', async () => {
  const [told, silent] = ['E06990001', 'E08990002'];
  const limits = { record: 'family-meeting', withinDays: 28, mostInComparison: 1, mostWithoutInTrial: 1 };
  const protocol = await planned('help.yaml', { contamination: limits }, { councils: [told, silent] });
  const lines = (await eventsOf())
    .filter((line) => line.includes(told) || line.includes(silent))
    .map((line) =>
      line.includes(silent)
        ? line.replace('"family-meeting",', '')
        : line.replace('"completeThrough":"2025-11-15"', '"completeThrough":"2025-06-30"'),
    );
  const events = join(folder, 'help.ndjson');
  const helped = async (more: string[]) => {
    await writeFile(events, [...lines, ...more].join('\n'));
    const { snapshot } = await analyseFiles({
      protocol,
      events,
      allocations: join(folder, 'allocations.csv'),
      accept: [],
    });
    return snapshot.participants;
  };
  const all = await helped([]);
  // The feed is complete through 30 June 2025, 28 days after 2 June.
  const reached = all.filter(({ council, indexDay }) => council === told && indexDay <= '2025-06-02');
  const late = all.filter(({ council, indexDay }) => council === told && indexDay > '2025-06-02');
  const unheard = all.filter(({ council }) => council === silent);
  expect([reached.length > 10, late.length > 0, unheard.length > 10]).toEqual([true, true, true]);
  for (const one of reached) expect(one.helped).toBe(false);
  for (const one of [...late, ...unheard]) expect(one.helped).toBeNull();

  const cases = [
    { one: reached[0]!, after: -1, helps: false },
    { one: reached[1]!, after: 0, helps: true },
    { one: reached[2]!, after: 28, helps: true },
    { one: reached[3]!, after: 29, helps: false },
    { one: late[0]!, after: 3, helps: true },
    { one: unheard[0]!, after: 5, helps: true },
    { one: unheard[1]!, after: 40, helps: null },
  ];
  const offers = cases.map(({ one: { council, child, indexDay }, after }, at) =>
    JSON.stringify({
      specversion: '1.0',
      id: `00000000-0000-8000-8000-${String(at).padStart(12, '0')}`,
      source: `/councils/${council}`,
      type: 'waymark.case.family-meeting.v1',
      subject: child,
      time: '2025-11-15T20:00:00Z',
      data: { recordId: `r${String(at).padStart(32, '0')}`, state: { offered: addDays(indexDay, after) } },
    }),
  );
  const again = new Map((await helped(offers)).map((one) => [one.child, one.helped]));
  for (const { one, after, helps } of cases) expect(again.get(one.child), `${after} days after`).toBe(helps);
  expect([...again.values()].filter((value) => value === true)).toHaveLength(4);
});
