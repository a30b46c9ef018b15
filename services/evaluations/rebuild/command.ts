// `waymark rebuild --check`: exits 1 when anything differs, and says where.
import type { Command } from 'commander';
import type { Difference } from '../../ledger/differences.ts';
import type { Database } from '../../platform/database.ts';
import { terminalProgress } from '../../platform/progress.ts';
import { checkRebuild, type RebuildReport } from './check.ts';
import { type QuickReport, quickCheck } from './quick.ts';

const SHOWN = 20;

const count = (value: number): string => value.toLocaleString('en-GB');

function line({ table, what, row, columns }: Difference): string {
  const at = Object.entries(row).map(([name, value]) => `${name} ${value}`);
  const differ = Object.entries(columns).map(
    ([name, { stands, rebuilt }]) => `${name} stands ${stands}, rebuilt ${rebuilt}`,
  );
  return `  ${table}: ${what}, ${[at.join(' '), ...differ].join('; ')}`;
}

const left = (waiting: number, resting: readonly string[]): string[] => [
  ...(waiting > 0 ? [`${count(waiting)} wait for changes to be worked in and were left out.`] : []),
  ...(resting.length > 0 ? [`Paused or closed, and left out: ${resting.join(', ')}.`] : []),
];

export function lines(report: RebuildReport): string[] {
  const { records, children, participants, outcomes, waiting, resting, same, differing, differences } =
    report;
  const tables = Object.entries(differing).filter(([, rows]) => rows > 0);
  return [
    `${count(records)} records of ${count(children)} pseudonyms, ${count(participants)} participants and ${count(outcomes)} outcomes made again.`,
    ...left(waiting, resting),
    ...(same
      ? ['What stands equals the rebuild.']
      : [
          `Differs: ${tables.map(([table, rows]) => `${count(rows)} rows of ${table}`).join(', ')}. Keep the database as it is and report this.`,
          ...differences.slice(0, SHOWN).map(line),
          ...(differences.length > SHOWN ? ['  --json tells the first hundred'] : []),
        ]),
  ];
}

const told = ({ n, days, value }: { n: number; days: number; value: number }): string =>
  `${count(n)} (days of their dates ${count(days)}, of their measure ${count(value)})`;

export function quickLines(report: QuickReport): string[] {
  const { participants, outcomes, waiting, resting, same, differences } = report;
  return [
    `${count(outcomes)} outcomes of ${count(participants)} participants in ${count(report.evaluations)} evaluations counted twice.`,
    ...left(waiting, resting),
    ...(same
      ? ['The counts agree.']
      : [
          'The counts differ. Keep the database as it is, find the rows by waymark rebuild --check, and report this:',
          ...differences
            .slice(0, SHOWN)
            .map(
              ({ evaluation, outcome, horizon, state, stands, made }) =>
                `  ${evaluation} ${outcome} ${horizon} months${stands && made ? ` ${state}: ${told(stands)} stand, ${told(made)} made` : ': blinded'}`,
            ),
        ]),
  ];
}

type WithDatabase = <T>(work: (db: Database) => Promise<T>) => Promise<T>;
type Print = (json: boolean | undefined, value: unknown, lines: () => string[]) => void;

export function registerRebuild(program: Command, withDatabase: WithDatabase, print: Print): void {
  program
    .command('rebuild')
    .description('Make everything derived again from the ledger alone and compare with what stands')
    .requiredOption('--check', 'change nothing; exit 1 when anything differs')
    .option(
      '--quick',
      'only count stored outcomes, beside those of the records as they stand: finds that something differs, not what',
    )
    .option('--json', 'print one JSON document')
    .action(async ({ json, quick }: { json?: boolean; quick?: boolean }) => {
      if (quick) {
        const report = await withDatabase(quickCheck);
        print(json, report, () => quickLines(report));
        if (!report.same) process.exitCode = 1;
        return;
      }
      const progress = terminalProgress();
      const report = await withDatabase((db) =>
        checkRebuild(db, (done) => progress({ stage: 'rebuild', message: 'children', done })),
      );
      print(json, report, () => lines(report));
      if (!report.same) process.exitCode = 1;
    });
}
