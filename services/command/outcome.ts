// `waymark outcome explain`: which records led to a participant's outcome, and which were passed over and why.
import type { Command } from 'commander';
import { explainFiles } from '../evaluations/explain/from-files.ts';
import { explainStored } from '../evaluations/explain/from-store.ts';
import { type ExplainRecord, exclusionSentence } from '../evaluations/explain/record.ts';
import { explanationLines } from '../outcomes/explain-words.ts';
import { UserError } from '../platform/errors.ts';
import { print, withDatabase } from './context.ts';

interface Options {
  participant: string;
  outcome: string;
  horizon?: string;
  asOf?: string;
  council?: string;
  evaluation?: string;
  protocol?: string;
  events?: string;
  allocations?: string;
  councils?: string;
  optOuts?: string;
  json?: boolean;
}

export function explainLines({
  evaluation,
  council,
  child,
  asOf,
  excluded,
  flag,
  explanations,
}: ExplainRecord) {
  return [
    `${child} of ${council} in ${evaluation}${asOf === null ? '' : `, as known by the end of ${asOf}`}`,
    ...(excluded === null ? [] : [exclusionSentence(excluded)]),
    ...(flag === null
      ? []
      : [`The child is kept as it was enrolled, though its records now say otherwise: ${flag}.`]),
    ...explanations.flatMap((one) => ['', ...explanationLines(one)]),
  ];
}

async function explain({ protocol, events, evaluation, json, ...asked }: Options): Promise<void> {
  const fromFiles = protocol !== undefined || events !== undefined;
  const wrong = (field: string, sentence: string) => new UserError('bad-option', sentence, { field });
  if (fromFiles && evaluation !== undefined)
    throw wrong(
      'evaluation',
      'Give --evaluation for a stored evaluation, or --protocol and --events for files.',
    );
  if (!fromFiles && [asked.allocations, asked.councils, asked.optOuts].some((list) => list !== undefined))
    throw wrong('protocol', 'Lists are read with --protocol and --events only: the store has its own.');
  let record: ExplainRecord;
  if (fromFiles) {
    if (protocol === undefined) throw wrong('protocol', 'Give --protocol with --events.');
    if (events === undefined) throw wrong('events', 'Give --events with --protocol.');
    record = await explainFiles({ ...asked, protocol, events });
  } else {
    record = await withDatabase((db) =>
      explainStored(db, { ...asked, ...(evaluation !== undefined && { evaluation }) }),
    );
  }
  print(json, record, () => explainLines(record));
}

export function registerOutcome(program: Command): void {
  program
    .command('outcome')
    .description('Say what led to one participant’s outcome')
    .command('explain')
    .description(
      'Which records led to the state, which were passed over and why, and whether it is known yet',
    )
    .requiredOption('--participant <pseudonym>', 'the child, c and 32 hexadecimal digits')
    .requiredOption('--outcome <id>', 'one of the evaluation’s outcomes')
    .option('--horizon <months>', 'one of the evaluation’s horizons; without it, all of them')
    .option('--as-of <date>', 'only what was known by the end of this day, YYYY-MM-DD')
    .option('--council <code>', 'the child’s council, when several use the pseudonym')
    .option('--evaluation <id>', 'the stored evaluation, when several have the outcome')
    .option('--protocol <file>', 'a protocol, YAML or JSON: explain from files, without a running stack')
    .option('--events <file>', 'the events that go with it, one JSON object a line')
    .option('--allocations <list>', 'a CSV list (council, unit, arm), when the protocol allocates by one')
    .option('--councils <log>', 'what `waymark allocation list --json` prints, when councils are drawn')
    .option('--opt-outs <list>', 'a CSV list (council, unit) of children and families that opted out')
    .option('--json', 'print one JSON document')
    .action(explain);
}
