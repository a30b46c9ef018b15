// `waymark diff`, and what `waymark outcomes --as-of` prints: what was known on earlier days, told from the ledger.
import type { Command } from 'commander';
import type { Database } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { unblindedNamed } from '../evaluation.ts';
import { dayGiven, endOfDay } from './as-of.ts';
import type { Cause } from './causes.ts';
import { changeNames, type DiffRecord, diffBetween, type OutcomeChange } from './diff.ts';

const CHANGES_SHOWN = 50;

const said = (outcome: OutcomeChange['before']): string =>
  outcome === null
    ? 'not taking part'
    : `${outcome.state}${outcome.date === null ? '' : ` ${outcome.date}`}${outcome.matured ? '' : ' (pending)'}`;

function because(cause: Cause): string {
  switch (cause.cause) {
    case 'record':
      return `${cause.what} ${cause.kind} ${cause.recordId}`;
    case 'feed':
      return `${cause.kind} feed complete through ${cause.completeThrough.after}`;
    case 'gap':
      return `${cause.kind} gap ${cause.from} to ${cause.to}`;
    case 'allocation':
      return 'allocation';
  }
}

function linesOf(diff: DiffRecord): string[] {
  const { participants, outcomes, changes, erasedStatements } = diff;
  const count = (value: number): string => value.toLocaleString('en-GB');
  const kinds = changeNames.map((name) => `${name} ${count(outcomes.byChange[name])}`).join(', ');
  return [
    `${diff.evaluation}: known by the end of ${diff.from} against ${diff.to}.`,
    `${count(participants.before)} participants then, ${count(participants.after)} later (${count(participants.entered)} entered, ${count(participants.left)} left).`,
    `${count(outcomes.compared)} outcomes compared: ${count(outcomes.unchanged)} unchanged, ${count(outcomes.changed)} changed (${kinds}).`,
    ...(erasedStatements > 0
      ? [
          `${count(erasedStatements)} statements were purged since; what they said can be told of neither day.`,
        ]
      : []),
    ...changes
      .slice(0, CHANGES_SHOWN)
      .map(
        (one) =>
          `${one.council} ${one.child} ${one.outcome} ${one.horizon} months: ${said(one.before)} -> ${said(one.after)}; ${one.because.map(because).join(', ')}`,
      ),
    ...(changes.length > CHANGES_SHOWN
      ? [`and ${count(changes.length - CHANGES_SHOWN)} more; --json lists them all`]
      : []),
  ];
}

type WithDatabase = <T>(work: (db: Database) => Promise<T>) => Promise<T>;
type Print = (json: boolean | undefined, value: unknown, lines: () => string[]) => void;

export function registerDiff(program: Command, withDatabase: WithDatabase, print: Print): void {
  program
    .command('diff')
    .description('List the outcomes that changed between what was known on two days, and because of what')
    .requiredOption('--evaluation <id>', 'the evaluation’s id')
    .requiredOption('--from <date>', 'known by the end of this day, YYYY-MM-DD')
    .requiredOption('--to <date>', 'against what was known by the end of this one')
    .option('--json', 'print one JSON document')
    .action(async (given: { evaluation: string; from: string; to: string; json?: boolean }) => {
      const days = { from: dayGiven(given.from, 'from'), to: dayGiven(given.to, 'to') };
      if (days.from >= days.to)
        throw new UserError('bad-date', '--from must be a day before --to.', { field: 'from' });
      const cuts = { from: endOfDay(days.from), to: endOfDay(days.to) };
      const diff = await withDatabase(async (db) =>
        diffBetween(db, await unblindedNamed(db, given.evaluation), cuts, days),
      );
      print(given.json, diff, () => linesOf(diff));
    });
}
