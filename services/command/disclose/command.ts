// `waymark disclose`: a table of counts in, what may be shown of it out, judged with what its audience has seen before.
import type { Command } from 'commander';
import type { DisclosurePolicy } from '../../../schemas/disclosure.ts';
import type { Verdict, WithholdReason } from '../../disclosure/memory.ts';
import { disclosurePolicies, policyNamed } from '../../disclosure/policies.ts';
import { protectTable } from '../../disclosure/protect-table.ts';
import type { Region } from '../../disclosure/regions.ts';
import { UserError } from '../../platform/errors.ts';
import { judgeAlone, recall, regionOf } from './judge.ts';
import { readHierarchies, readTable, TOTAL } from './table-file.ts';

interface Options {
  policy: string;
  count: string;
  hierarchy?: string;
  seen?: string;
  json?: boolean;
}

/** The output record: what a checker, or a later run, needs to judge the output again. */
interface DiscloseRecord {
  discloseVersion: 1;
  policy: DisclosurePolicy;
  decision: Verdict['decision'];
  /** Names of the table's dimensions, in its own order. */
  dimensions: string[];
  cells: number;
  primary: number;
  complementary: number;
  /** Cells withheld because of what the audience has seen. */
  differencing: number;
  /** Share of the children who stand in hidden finest cells, from 0 to 1. */
  informationLoss: number;
  /** The fewest other values a reader must grant a hidden cell, by integer programming; null without --seen. */
  narrowest: number | null;
  table: { region: Region; shown: number | null }[];
}

/** Protects the table of a file, and remembers what its audience is shown. */
async function disclose(file: string, options: Options): Promise<DiscloseRecord> {
  const policy = policyNamed(options.policy);
  if (!policy) {
    const known = disclosurePolicies.map(({ id }) => id).join(', ');
    const sentence = `There is no policy ${options.policy}: choose one of ${known}.`;
    throw new UserError('unknown-policy', sentence, { field: 'policy' });
  }
  if (options.seen !== undefined && !policy.complementary) {
    const sentence = `The policy ${policy.id} shows a count alike in every table, so there is nothing to remember: leave --seen out.`;
    throw new UserError('needless-memory', sentence, { field: 'seen' });
  }
  const table = await readTable(file, options.count, await readHierarchies(options.hierarchy));
  const first = protectTable(table, policy);
  const regions = first.shown.map((_, cell) => regionOf(table, cell));
  const verdict =
    options.seen === undefined ? judgeAlone(first) : await recall(table, first, regions, options.seen);
  const because = (reason: WithholdReason) => verdict.withheld.filter((one) => one.reason === reason).length;
  return {
    discloseVersion: 1,
    policy,
    decision: verdict.decision,
    dimensions: table.dimensions.map(({ name }) => name),
    cells: regions.length,
    primary: because('sensitive'),
    complementary: because('complementary'),
    differencing: because('differencing'),
    informationLoss: first.informationLoss,
    narrowest: verdict.narrowest,
    table:
      verdict.decision === 'refuse'
        ? []
        : regions.map((region, cell) => ({ region, shown: verdict.shown[cell] ?? null })),
  };
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The protected table as CSV, margins included; a hidden count is `c`. */
function csvOf({ table, dimensions: names }: DiscloseRecord, count: string): string {
  const rows = table.map(({ region, shown }) => [
    ...names.map((name) => region[name] ?? TOTAL),
    shown === null ? 'c' : String(shown),
  ]);
  return [[...names, count], ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

const decisions: Record<Verdict['decision'], string> = {
  publish: 'may be shown',
  'publish-less': 'may be shown with further cells hidden',
  refuse: 'must not be shown: merge categories, or show fewer of them',
};

function summary(record: DiscloseRecord): string {
  const { cells, primary, complementary, differencing, informationLoss, narrowest } = record;
  return [
    `${record.policy.title}: the table ${decisions[record.decision]}.`,
    `${cells} cells with margins: ${primary} hidden for their own sake, ${complementary} to protect them, ${differencing} because of what was shown before.`,
    `Hidden finest cells hold ${(100 * informationLoss).toFixed(1)}% of the children.`,
    ...(narrowest === null
      ? []
      : [`A reader must grant every hidden cell at least ${narrowest} other values.`]),
  ].join('\n');
}

export function registerDisclose(program: Command): void {
  program
    .command('disclose')
    .description(
      'What may be shown of a table of counts, by a disclosure policy and by what was shown before',
    )
    .argument('<table>', 'CSV: a column for each dimension, one of counts, a row for each finest combination')
    .option('--policy <id>', disclosurePolicies.map(({ id }) => id).join(', '), 'dfe-children-in-need')
    .option('--count <column>', 'the column of counts', 'count')
    .option('--hierarchy <file>', 'CSV of dimension, category, parent: categories below other categories')
    .option('--seen <file>', 'what this audience was shown of this population; the table is added to it')
    .option('--json', 'print one JSON record')
    .action(async (file: string, options: Options) => {
      const record = await disclose(file, options);
      if (options.json) process.stdout.write(`${JSON.stringify(record)}\n`);
      else {
        process.stdout.write(csvOf(record, options.count));
        process.stderr.write(`${summary(record)}\n`);
      }
      if (record.decision === 'refuse') process.exitCode = 1;
    });
}
