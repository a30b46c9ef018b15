// `waymark allocation …`: open a trial's concealed allocation, serve it, prepare for outages, watch it, and prove it at the end.
import { open as openFile, readFile, rm } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { type CsvError, parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import { CivilDate } from '../../schemas/calendar.ts';
import { Arm } from '../../schemas/protocol.ts';
import { Allocator } from '../evaluations/allocation/allocator.ts';
import {
  type EmergencyList,
  enterEnvelopes,
  makeEmergencyList,
  type OpenedEnvelope,
} from '../evaluations/allocation/emergency.ts';
import { Unit } from '../evaluations/allocation/entry.ts';
import { envelopeSheets } from '../evaluations/allocation/envelopes.ts';
import { mergeFamilies } from '../evaluations/allocation/merge.ts';
import { monitorTrial } from '../evaluations/allocation/monitor.ts';
import { readKey, readOrMakeKey } from '../evaluations/allocation/secret.ts';
import { openTrial, printedLog, revealTrial } from '../evaluations/allocation/trial.ts';
import { verifyTrial } from '../evaluations/allocation/verify.ts';
import type { Database } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { context, print, withDatabase } from './context.ts';
import { runProcess } from './process.ts';

interface Chosen {
  evaluation: string;
  json?: boolean;
}

const BY = 'waymark allocation';
const now = () => new Date();

const asService = <T>(work: (db: Database) => Promise<T>): Promise<T> =>
  withDatabase(work, 'waymark_allocation');

const keyFile = (): string => context('allocation').config.allocationKeyFile;

async function withAllocator<T>(work: (allocator: Allocator) => Promise<T>): Promise<T> {
  const key = await readKey(keyFile());
  return asService((db) => work(new Allocator(db, key, now)));
}

const wholeNumber = (given: string): number => {
  const parsed = z.coerce.number().int().min(1).max(500).safeParse(given);
  if (!parsed.success) throw new InvalidArgumentError('Give a whole number from 1 to 500.');
  return parsed.data;
};

const unit = (given: string): string => {
  const parsed = Unit.safeParse(given);
  if (!parsed.success)
    throw new InvalidArgumentError('Give a pseudonym: c, f or t and 32 hexadecimal digits.');
  return parsed.data;
};

const EnvelopeRow = z
  .object({
    list: z.string().min(1),
    envelope: z.coerce.number().int().min(1),
    unit: Unit,
    opened: CivilDate,
    arm: z.preprocess((arm) => (arm === '' ? undefined : arm), Arm.optional()),
  })
  .catchall(z.string());

/** The rows of a CSV text with a heading, each with its line. */
function envelopeRows(
  text: string,
  file: string,
): { record: Record<string, string>; info: { lines: number } }[] {
  try {
    return parseCsv(text, { columns: true, trim: true, skip_empty_lines: true, info: true }) as never;
  } catch (error) {
    const { message, lines: line = 1 } = error as CsvError & { lines?: number };
    throw new UserError('bad-envelope', `Line ${line}: the file is not CSV (${message}).`, { file, line });
  }
}

/** Columns `levels.NAME` and `eligibility.ID` (yes or no) stand beside list, envelope, unit, opened and arm. */
async function readEnvelopes(file: string): Promise<OpenedEnvelope[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, {
      file,
    });
  }
  return envelopeRows(text, file).map(({ record, info: { lines: line } }) => {
    const parsed = EnvelopeRow.safeParse(record);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = String(issue?.path[0] ?? '');
      throw new UserError('bad-envelope', `Line ${line}: ${field} ${issue?.message}.`, { file, line, field });
    }
    const under = (prefix: string) =>
      Object.entries(record).flatMap(([name, value]) =>
        name.startsWith(prefix) && value !== '' ? [[name.slice(prefix.length), value] as const] : [],
      );
    return {
      line,
      list: parsed.data.list,
      envelope: parsed.data.envelope,
      unit: parsed.data.unit,
      openedOn: parsed.data.opened,
      arm: parsed.data.arm,
      levels: Object.fromEntries(under('levels.')),
      eligibility: Object.fromEntries(under('eligibility.').map(([id, value]) => [id, value === 'yes'])),
    };
  });
}

async function open({ evaluation, json }: Chosen): Promise<void> {
  const file = keyFile();
  const key = await readOrMakeKey(file);
  const opened = await asService((db) => openTrial(db, evaluation, key, { by: BY, at: now() }));
  print(json, { ...opened, keyFile: file }, () => [
    opened.opened ? `Allocation of ${evaluation} is open.` : `Allocation of ${evaluation} was open already.`,
    `Publish the commitment: ${opened.commitment}`,
    `Keep a copy of ${file} in a safe: without it nobody can be allocated and the seed cannot be revealed.`,
  ]);
}

async function list({ evaluation, json }: Chosen): Promise<void> {
  const answer = await asService((db) => printedLog(db, evaluation));
  print(json, answer, () => [
    `Commitment ${answer.commitment}`,
    ...answer.entries.map(({ sequence, at, body }) => {
      const who = body.kind === 'emergency-list' ? body.list : 'unit' in body ? body.unit : body.council;
      const what = 'arm' in body ? body.arm : body.kind === 'council' ? (body.trialFrom ?? 'never') : '';
      return `${String(sequence).padStart(6)}  ${at.slice(0, 16)}  ${body.kind.padEnd(14)} ${body.council}  ${who}  ${what}`;
    }),
  ]);
}

async function verify({ evaluation, json }: Chosen): Promise<void> {
  const found = await asService((db) => verifyTrial(db, evaluation));
  const extent =
    found.checked === 'everything'
      ? 'every arm was made again from the revealed seed'
      : 'the chain was followed; arms can be made again once the seed is revealed';
  print(json, found, () => [
    `${found.entries} entries, ${found.assigned} units with an arm; head ${found.head}.`,
    ...(found.problems.length === 0
      ? [`No problem: ${extent}.`]
      : found.problems.map(({ sequence, problem }) =>
          sequence === null ? `Wrong: ${problem}.` : `Entry ${sequence} is wrong: ${problem}.`,
        )),
  ]);
  if (found.problems.length > 0) process.exitCode = 1;
}

async function reveal({ evaluation, json }: Chosen): Promise<void> {
  const key = await readKey(keyFile());
  const opened = await asService((db) => revealTrial(db, evaluation, key, now()));
  print(json, { evaluation, ...opened }, () => [
    `Allocation of ${evaluation} is closed for good. Seed ${opened.seed}, block multiples ${opened.blockMultiples.join(', ')}.`,
    'Anyone can make every arm again: waymark allocation verify.',
  ]);
}

async function newFile(out: string) {
  try {
    return await openFile(out, 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UserError(
        'already-there',
        `The file ${out} is already there and is never written over: name another.`,
        {
          file: out,
        },
      );
    throw new UserError('unwritable-file', `The file ${out} cannot be written: ${message}.`, { file: out });
  }
}

async function emergency(asked: Chosen & { council: string; envelopes: number; out: string }): Promise<void> {
  const { evaluation, council, envelopes: size, out, json } = asked;
  // A list that no sheet shows would stand in the log for good: the sheets are on the disk before it is in the log.
  const file = await newFile(out);
  let made: EmergencyList;
  try {
    made = await withAllocator(async (allocator) => {
      const { evaluation: of } = (await allocator.load(evaluation)).trial;
      return makeEmergencyList(allocator, { evaluation, council, size, by: BY }, now(), async (list) => {
        await file.writeFile(envelopeSheets(of.protocol, list));
        await file.sync();
      });
    });
  } catch (error) {
    await rm(out, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  print(json, { evaluation, council, list: made.list, envelopes: size, file: out }, () => [
    `List ${made.list}: ${size} sheets in ${out}. Have somebody who does not recruit print and seal them, then delete the file.`,
  ]);
}

async function reconcile(
  file: string,
  { evaluation, council, json }: Chosen & { council: string },
): Promise<void> {
  const opened = await readEnvelopes(file);
  const done = await withAllocator((allocator) =>
    enterEnvelopes(allocator, { evaluation, council, opened, by: BY }, now()),
  );
  print(json, done, () => [`Entered ${done.entered} envelopes; ${done.known} had been entered already.`]);
}

async function merge(
  from: string,
  into: string,
  { evaluation, council, json }: Chosen & { council: string },
): Promise<void> {
  const merged = await withAllocator((allocator) =>
    mergeFamilies(allocator, { evaluation, council, unit: from, into, by: BY }, now()),
  );
  print(json, merged, () => [
    merged.contradictory
      ? 'The two families had different arms: both keep theirs, and the pair is counted as contradictory.'
      : merged.inherits
        ? `${merged.inherits} has the other family’s arm from now on.`
        : 'Both families had the same arm, and keep it.',
  ]);
}

async function monitor({ evaluation, json }: Chosen): Promise<void> {
  const found = await asService((db) => monitorTrial(db, evaluation));
  const row = ({ of, trial, comparison, p }: (typeof found.allocated)[number]) =>
    `${of.padEnd(34)}${String(trial).padStart(8)}${String(comparison).padStart(12)}${(p === null ? '' : p.toFixed(4)).padStart(9)}`;
  print(json, found, () => [
    `Planned ${found.ratio.trial}:${found.ratio.comparison}. Units, never outcomes.`,
    `${''.padEnd(34)}${'trial'.padStart(8)}${'comparison'.padStart(12)}${'p'.padStart(9)}`,
    ...found.allocated.map(row),
    row(found.followed),
    `Not eligible ${found.notEligible}; contradictory merges ${found.contradictoryMerges}; lists with envelopes passed over ${found.envelopesPassedOver.length}.`,
    found.mismatches.length === 0
      ? 'No sample ratio mismatch.'
      : `Sample ratio mismatch (p below 0.001): ${found.mismatches.join('; ')}. Find out why before going on.`,
  ]);
  if (found.mismatches.length > 0) process.exitCode = 1;
}

export function registerAllocation(program: Command): void {
  const allocation = program
    .command('allocation')
    .description(
      'Concealed allocation of a trial: open, serve, prepare for outages, monitor, reveal and verify',
    );
  const about = (name: string, words: string) =>
    allocation
      .command(name)
      .description(words)
      .requiredOption('--evaluation <id>', 'the evaluation’s id')
      .option('--json', 'print one JSON document');
  const ofCouncil = (name: string, words: string) =>
    about(name, words).requiredOption('--council <code>', 'the council’s ONS code');

  allocation
    .command('serve')
    .description('Run the service: POST /v1/allocations and a page, for keys of the role allocator')
    .action(async () => runProcess('allocation', (await import('./processes/allocation.ts')).start));
  about('open', 'Draw and seal a seed, publish its commitment; councils are drawn at once').action(open);
  about('list', 'Print the log: every entry with its hash').action(list);
  about('monitor', 'Balance by arm, council and level, and sample ratio mismatch; never an outcome').action(
    monitor,
  );
  ofCouncil('emergency', 'Make a list of sealed envelopes for an outage')
    .requiredOption('--envelopes <n>', 'how many', wholeNumber)
    .requiredOption('--out <file>', 'HTML sheets to print; the file must not exist yet')
    .action(emergency);
  ofCouncil(
    'reconcile <opened>',
    'Enter the envelopes of a CSV (list, envelope, unit, opened, arm, …)',
  ).action(reconcile);
  const merging = ofCouncil('merge', 'Record that a family turned out to be another')
    .argument('<family>', 'the pseudonym that goes', unit)
    .argument('<into>', 'the pseudonym that stays', unit);
  merging.action(merge);
  about('reveal', 'Close allocation for good and make the seed public').action(reveal);
  about('verify', 'Follow the chain and, after the reveal, make every arm again').action(verify);
}
