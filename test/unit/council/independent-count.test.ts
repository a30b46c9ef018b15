// Convert's totals are those of a count that shares no code with it: a script of Python's standard library. Where there is no
// Python these are reported as skipped, and the counts by other people's parsers remain: here, and in samples.test.ts.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { ConversionReport } from '../../../services/council/report.ts';
import { convert, findings, samples } from './support.ts';

const python = spawnSync('python3', ['--version']).status === 0;
const dataset = readdirSync(`${samples}council/dataset`).map((name) => `council/dataset/${name}`);

const returns: [name: string, files: string[]][] = [
  ['the dirty census', ['cin-census/fake_CIN_data.xml']],
  ['the census of 2021', ['cin-census/CIN_Census_2021.xml']],
  ['the census of 2024', ['cin-census/CIN_Census_2024.xml']],
  ['the census of 2026', ['cin-census/CIN_Census_2026.xml']],
  ['the SSDA903 tables', ['ssda903/episodes.csv', 'ssda903/header.csv', 'ssda903/uasc.csv']],
  ['the SSDA903 in XML', ['ssda903/fake_903.xml']],
  ['a daily snapshot', ['council/daily-snapshot.json']],
  ['a daily feed with purges', ['council/daily-full.json']],
  ['the dataset', dataset],
];

interface Counted {
  records: Record<string, number>;
  months: Record<string, Record<string, number>>;
}

/** Everything that stood where a record stands: sent, taken back, refused, or standing twice. */
function toldBy(report: ConversionReport): Record<string, number> {
  const told: Record<string, number> = { ...report.records };
  for (const { record } of report.refusals) told[record] = (told[record] ?? 0) + 1;
  const twice = report.findings.filter(({ rule }) => rule === 'duplicate-record' || rule === 'years-overlap');
  for (const { field, count } of twice)
    told[field || 'care-episode'] = (told[field || 'care-episode'] ?? 0) + count;
  return Object.fromEntries(Object.entries(told).filter(([, count]) => count > 0));
}

const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, one) => sum + one, 0);

const referenceDate = '2025-12-01';
const pathsOf = (files: string[]) => files.map((file) => `${samples}${file}`);

describe.skipIf(!python)('counted by Python (python3 is needed)', () => {
  it.each(returns)('%s', async (_, files) => {
    const printed = execFileSync('python3', ['test/golden/council/count.py', ...pathsOf(files)], {
      encoding: 'utf8',
    });
    const counted = JSON.parse(printed) as Counted;
    const { report, error } = await convert(pathsOf(files), { referenceDate });
    expect(error).toBeUndefined();
    // Records taken back are counted together, not by kind.
    if (report.purges === 0) expect(toldBy(report)).toEqual(counted.records);
    else expect(total(toldBy(report)) + report.purges).toBe(total(counted.records));
    for (const [kind, months] of Object.entries(counted.months)) {
      if (report.refusals.some(({ record }) => record === kind)) continue;
      if (kind === 'pre-proceedings') continue;
      const doubled = findings(report)[`duplicate-record ${kind}`] ?? 0;
      if (doubled === 0) expect(report.months[kind] ?? {}).toEqual(months);
    }
  });
});

describe('counted by other parsers', () => {
  it('a daily feed, every list and purge of it', async () => {
    const file = `${samples}council/daily-full.json`;
    const text = readFileSync(file, 'utf8');
    const children = JSON.parse(text) as Record<string, unknown>[];
    const { report } = await convert([file], { referenceDate });
    const named = (id: RegExp) => text.match(id)?.length ?? 0;
    expect(report.children).toBe(children.length);
    expect(report.purges).toBe(named(/"purge": true/g));
    const ids = named(
      /"(social_care_episode|child_and_family_assessment|section_47_assessment|child_in_need_plan|child_protection_plan)_id"/g,
    );
    expect(total(toldBy(report)) + report.purges).toBe(ids + named(/"child_details"/g));
  });

  it('the rows of every table of the dataset', async () => {
    const { report } = await convert(pathsOf(dataset), { referenceDate });
    const rowsOf = (name: string): number =>
      (parse(readFileSync(`${samples}council/dataset/${name}.csv`), { columns: true }) as unknown[]).length;
    expect(toldBy(report)).toEqual({
      child: rowsOf('ssd_person'),
      referral: rowsOf('ssd_cin_episodes'),
      assessment: rowsOf('ssd_cin_assessments'),
      'section-47': rowsOf('ssd_s47_enquiry'),
      'cin-plan': rowsOf('ssd_cin_plans'),
      'cp-plan': rowsOf('ssd_cp_plans'),
      'care-episode': rowsOf('ssd_cla_episodes'),
      'early-help': rowsOf('ssd_early_help_episodes'),
    });
    const passed = Object.fromEntries(report.notCarried.map(({ table, rows }) => [table, rows]));
    for (const [table, rows] of Object.entries(passed)) expect([table, rows]).toEqual([table, rowsOf(table)]);
    expect(Object.keys(passed).length).toBe(30);
  });
});
