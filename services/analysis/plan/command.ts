// `waymark analyse`: a plan carried out on a file of events, or on a stored evaluation, which keeps the record; --verify does it again.
import type { Command } from 'commander';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import { dayGiven, endOfDay } from '../../evaluations/as-of/as-of.ts';
import { allottedIn } from '../../evaluations/evaluate/allotted-files.ts';
import { dayOf } from '../../evaluations/evaluate/command.ts';
import { readEvents, readProtocol } from '../../evaluations/evaluate/input-files.ts';
import { Known } from '../../evaluations/evaluate/known.ts';
import { UserError } from '../../platform/errors.ts';
import { codeVersion } from '../../platform/version.ts';
import { writeReport } from '../report/write.ts';
import { analyse } from './analyse.ts';
import { snapshotOf } from './from-files.ts';
import { type Acceptance, refuseStrangers } from './gates.ts';
import { type Options, refuseMixed } from './options.ts';
import { analysisLines } from './print.ts';
import { exportForR } from './r-export.ts';
import { readUnitCosts } from './read-costs.ts';
import { readEarlier } from './read-earlier.ts';
import {
  type AnalysisOutline,
  type Asked,
  type analyseStored,
  type Made,
  printed,
  type StoredAnalysis,
} from './stored.ts';
import { verifyRecord } from './verify.ts';

type FileOptions = Options & { protocol: string; events: string };

/** Reasons given as `gate: reason`, by one named person. */
function acceptancesOf({ accept, by }: Options): Acceptance[] {
  return accept.map((text) => {
    const [gate, ...rest] = text.split(':');
    const reason = rest.join(':').trim();
    if (!gate || reason === '')
      throw new UserError('bad-acceptance', '--accept takes a gate and a reason: --accept "balance: why".', {
        field: 'accept',
      });
    if (by === undefined)
      throw new UserError('nobody-named', 'A gate is accepted by somebody: name them with --by.', {
        field: 'by',
      });
    return { gate: gate.trim(), by, reason };
  });
}

/** @throws UserError as `waymark evaluate` and `analyse` do */
export async function analyseFiles(options: FileOptions): Promise<Made> {
  const asOf = dayOf(options.asOf);
  const protocol = await readProtocol(options.protocol);
  const allotted = await allottedIn(protocol, options, asOf);
  const known = new Known(protocol.councils, asOf);
  await readEvents(options.events, known);
  const acceptances = acceptancesOf(options);
  const made = snapshotOf(protocol, known, allotted, { codeVersion, asOf });
  const unitCosts = options.costs === undefined ? null : await readUnitCosts(options.costs);
  const looks = (options.earlier ?? []).map((file) => readEarlier(file, protocol.id));
  const snapshot = { ...made, earlier: await Promise.all(looks) };
  const record = analyse(protocol, snapshot, acceptances, codeVersion, unitCosts);
  refuseStrangers(acceptances, record);
  return { protocol, snapshot, record };
}

/** What a stored evaluation is analysed by; each call works on the store once. */
export interface Store {
  /** Makes the document of a published release again, and throws where it differs. */
  verifyRelease(release: number): Promise<{ hash: string }>;
  analyse(asked: Asked): ReturnType<typeof analyseStored>;
  analysis(number: number): Promise<StoredAnalysis>;
  analyses(evaluation: string): Promise<AnalysisOutline[]>;
  verifyAnalysis(number: number): Promise<StoredAnalysis>;
}

const numberOf = (text: string | undefined, field: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text ?? '')) return Number(text);
  throw new UserError(
    'bad-option',
    `--${field} takes the number of ${field === 'release' ? 'a release' : 'an analysis'}.`,
    {
      field,
    },
  );
};

async function verifyReleased({ release, verify, json }: Options, { verifyRelease }: Store): Promise<void> {
  if (verify !== true)
    throw new UserError('nothing-to-do', 'A release is verified: --release NUMBER --verify.', {
      field: 'verify',
    });
  const number = numberOf(release, 'release');
  const { hash } = await verifyRelease(number);
  process.stdout.write(
    json
      ? `${JSON.stringify({ release: number, hash, same: true })}\n`
      : `Release ${number} comes out the same, byte for byte: SHA-256 ${hash}.\n`,
  );
}

/** A kept analysis: made again to be compared, or shown as it was made. */
async function keptAnalysis(options: Options, store: Store): Promise<void> {
  const number = numberOf(options.analysis, 'analysis');
  if (options.verify) {
    const { hash } = await store.verifyAnalysis(number);
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ analysis: number, hash, same: true })}\n`
        : `Analysis ${number} comes out the same, byte for byte: SHA-256 ${hash}.\n`,
    );
    return;
  }
  const { record: text } = await store.analysis(number);
  const record = AnalysisRecord.parse(JSON.parse(text));
  if (options.report !== undefined) await writeReport(record, options.report);
  process.stdout.write(options.json ? text : `${analysisLines(record).join('\n')}\n`);
}

async function ofStore(options: Options & { evaluation: string }, store: Store): Promise<void> {
  const { evaluation, by } = options;
  if (by === undefined)
    throw new UserError('nobody-named', 'An analysis is kept with who made it: name them with --by.', {
      field: 'by',
    });
  const asOf = options.asOf === undefined ? null : dayGiven(options.asOf, 'as-of');
  const acceptances = acceptancesOf(options);
  const made = await store.analyse({
    evaluation,
    asOf,
    cut: asOf === null ? null : endOfDay(asOf),
    acceptances,
    unitCosts: options.costs === undefined ? null : await readUnitCosts(options.costs),
    earlier: (options.earlier ?? []).map((text) => numberOf(text, 'earlier')),
    by,
  });
  if (options.forR !== undefined) await exportForR(options.forR, made);
  if (options.report !== undefined) await writeReport(made.record, options.report);
  const kept = `Kept as analysis ${made.number}: SHA-256 ${made.hash}.`;
  process.stdout.write(
    options.json ? printed(made.record) : `${[...analysisLines(made.record), kept].join('\n')}\n`,
  );
}

/** What an analysis of files cannot be made without. */
function givenFiles(options: Options): FileOptions {
  const { protocol, events } = options;
  const missing = protocol === undefined ? 'protocol' : events === undefined ? 'events' : null;
  if (missing !== null || protocol === undefined || events === undefined)
    throw new UserError('missing-option', `Give --${missing}, or --evaluation ID of a stored one.`, {
      field: missing ?? 'protocol',
    });
  if (options.verify === true)
    throw new UserError(
      'missing-option',
      '--verify takes the record made before, unless --release is given.',
      {
        field: 'verify',
      },
    );
  return { ...options, protocol, events };
}

const outlineLine = ({ number, asOf, cut, withheld, by, at, hash }: AnalysisOutline): string =>
  `${number}  as known ${asOf === null ? `at ${cut.toISOString()}` : `by the end of ${asOf}`}, made ${at.toISOString().slice(0, 16)} by ${by}${withheld ? ', effects WITHHELD' : ''}  ${hash.slice(0, 16)}`;

export function registerAnalyse(program: Command, store: Store): void {
  program
    .command('analyse')
    .description(
      'Carry out a protocol’s analysis plan on a file of events or a stored evaluation: gates first, then effects',
    )
    .option(
      '--evaluation <id>',
      'a stored evaluation that is unblinded, in place of files; the record is kept',
    )
    .option('--analysis <number>', 'a kept analysis: shown, or with --verify made again and compared')
    .option('--protocol <file>', 'the protocol, YAML or JSON, with its analysis plan (version 2)')
    .option('--events <file>', 'case events and feed statements, one JSON object a line')
    .option('--as-of <date>', 'only what was recorded by the end of this day, YYYY-MM-DD')
    .option('--allocations <list>', 'a CSV list (council, unit, arm), when the protocol allocates by one')
    .option('--councils <log>', 'what `waymark allocation list --json` prints, when councils are drawn')
    .option(
      '--accept <gate: reason>',
      'why effects may be looked at though a gate failed; may be repeated',
      (text: string, all: string[]) => [...all, text],
      [],
    )
    .option('--by <name>', 'who accepts, or whose analysis it is')
    .option(
      '--earlier <record>',
      'the record of a look made before, printed with --json, or the number of a kept one; may be repeated, in their order',
      (file: string, all: string[]) => [...all, file],
      [],
    )
    .option(
      '--verify [record]',
      'run again and compare with a record printed with --json before, or with --analysis or --release',
    )
    .option(
      '--release <number>',
      'with --verify: make a published release again from its stored counts and compare',
    )
    .option(
      '--for-r <folder>',
      'write data, dictionary, expected numbers and a script that remakes the primary estimate in base R',
    )
    .option(
      '--report <folder>',
      'write report.html, one page of what may be shown, and its flow diagram as text',
    )
    .option('--costs <file>', 'unit costs by event or day, YAML: a cost-consequence table beside the effects')
    .option('--json', 'print the analysis record as one JSON document')
    .action(async (options: Options) => {
      refuseMixed(options);
      const { evaluation } = options;
      if (options.release !== undefined) return verifyReleased(options, store);
      if (options.analysis !== undefined) return keptAnalysis(options, store);
      if (evaluation !== undefined) return ofStore({ ...options, evaluation }, store);
      const analysis = await analyseFiles(givenFiles(options));
      const { record } = analysis;
      if (options.forR !== undefined) await exportForR(options.forR, analysis);
      if (options.report !== undefined) await writeReport(record, options.report);
      if (typeof options.verify === 'string') {
        await verifyRecord(options.verify, printed(record));
        process.stdout.write(
          options.json
            ? `${JSON.stringify({ file: options.verify, same: true })}\n`
            : 'The record comes out the same, byte for byte.\n',
        );
        return;
      }
      process.stdout.write(options.json ? printed(record) : `${analysisLines(record).join('\n')}\n`);
    });
  program
    .command('export')
    .description('Write the primary analysis of a file of events as a folder that can be checked in base R')
    .requiredOption('--for-r <folder>', 'where data, dictionary, expected numbers and script are written')
    .requiredOption('--protocol <file>', 'the protocol, YAML or JSON, with its analysis plan (version 2)')
    .requiredOption('--events <file>', 'case events and feed statements, one JSON object a line')
    .option('--as-of <date>', 'only what was recorded by the end of this day, YYYY-MM-DD')
    .option('--allocations <list>', 'a CSV list (council, unit, arm), when the protocol allocates by one')
    .option('--councils <log>', 'the printed log of the allocation service, when it drew the councils')
    .option(
      '--accept <gate: reason>',
      'why effects may be looked at though a gate failed; may be repeated',
      (text: string, all: string[]) => [...all, text],
      [],
    )
    .option('--by <name>', 'who accepts')
    .option('--json', 'print one JSON document')
    .action(async ({ forR, json, ...options }: FileOptions & { forR: string }) => {
      const files = await exportForR(forR, await analyseFiles(options));
      process.stdout.write(json ? `${JSON.stringify({ files })}\n` : `${files.join('\n')}\n`);
    });
  program
    .command('analyses')
    .description('List the kept analyses of a stored evaluation, oldest first')
    .requiredOption('--evaluation <id>', 'the evaluation’s id')
    .option('--json', 'print one JSON document')
    .action(async ({ evaluation, json }: { evaluation: string; json?: boolean }) => {
      const all = await store.analyses(evaluation);
      process.stdout.write(
        json
          ? `${JSON.stringify({ evaluation, analyses: all })}\n`
          : all.length === 0
            ? `Nothing of ${evaluation} has been analysed yet.\n`
            : `${all.map(outlineLine).join('\n')}\n`,
      );
    });
}
