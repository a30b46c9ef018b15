// `waymark analyse`: a protocol with its plan and a file of events in, one analysis record out; --verify runs it again.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { armsOf, dayOf } from '../../evaluations/evaluate/command.ts';
import { readEvents, readProtocol } from '../../evaluations/evaluate/input-files.ts';
import { Known } from '../../evaluations/evaluate/known.ts';
import { UserError } from '../../platform/errors.ts';
import { codeVersion } from '../../platform/version.ts';
import { writeReport } from '../report/write.ts';
import { analyse, type Snapshot } from './analyse.ts';
import { snapshotOf } from './from-files.ts';
import type { Acceptance } from './gates.ts';
import { analysisLines } from './print.ts';
import { rBundle } from './r-bundle.ts';
import { readUnitCosts } from './read-costs.ts';
import { readEarlier } from './read-earlier.ts';
import { verifyRecord } from './verify.ts';

interface Options {
  protocol?: string;
  events?: string;
  release?: string;
  asOf?: string;
  allocations?: string;
  accept: string[];
  /** Records of looks made before, in their order. */
  earlier?: string[];
  by?: string;
  /** A file, or true where none is named. */
  verify?: string | true;
  forR?: string;
  report?: string;
  costs?: string;
  json?: boolean;
}
type FileOptions = Options & { protocol: string; events: string };

/** Reasons given as `gate: reason`, by one named person. */
function acceptancesOf({ accept, by }: FileOptions): Acceptance[] {
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

interface Analysis {
  protocol: Protocol;
  snapshot: Snapshot;
  record: AnalysisRecord;
}

/** @throws UserError as `waymark evaluate` and `analyse` do */
export async function analyseFiles(options: FileOptions): Promise<Analysis> {
  const asOf = dayOf(options.asOf);
  const protocol = await readProtocol(options.protocol);
  const listed = await armsOf(protocol, options.allocations);
  const known = new Known(protocol.councils, asOf);
  await readEvents(options.events, known);
  const acceptances = acceptancesOf(options);
  const made = snapshotOf(protocol, known, listed, { codeVersion, asOf });
  const unitCosts = options.costs === undefined ? null : await readUnitCosts(options.costs);
  const looks = (options.earlier ?? []).map((file) => readEarlier(file, protocol.id));
  const snapshot = { ...made, earlier: await Promise.all(looks) };
  const record = analyse(protocol, snapshot, acceptances, codeVersion, unitCosts);
  const stranger = acceptances.find(({ gate }) => !record.gates.some(({ id }) => id === gate));
  if (stranger)
    throw new UserError(
      'unknown-gate',
      `There is no gate ${stranger.gate}: ${record.gates.map(({ id }) => id).join(', ')}.`,
      { field: 'accept' },
    );
  return { protocol, snapshot, record };
}

/** Writes the folder with which the primary estimate can be checked in R. */
async function exportForR(folder: string, { protocol, snapshot, record }: Analysis): Promise<void> {
  const bundle = rBundle(protocol, snapshot.participants, record);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [name, text] of Object.entries(bundle))
      await writeFile(join(folder, name), text, { mode: 0o600 });
  } catch (error) {
    throw new UserError(
      'cannot-write',
      `The folder ${folder} cannot be written: ${(error as Error).message}.`,
      { file: folder },
      1,
    );
  }
}

const printed = (record: AnalysisRecord): string => `${JSON.stringify(AnalysisRecord.parse(record))}\n`;

/** Makes the document of a published release again, and throws where it differs. */
type VerifyRelease = (release: number) => Promise<{ hash: string }>;

async function verifyReleased({ release, verify, json }: Options, again: VerifyRelease): Promise<void> {
  if (verify !== true)
    throw new UserError('nothing-to-do', 'A release is verified: --release NUMBER --verify.', {
      field: 'verify',
    });
  const number = Number(release);
  if (!/^[1-9]\d{0,8}$/.test(release ?? ''))
    throw new UserError('bad-option', '--release takes the number of a release.', { field: 'release' });
  const { hash } = await again(number);
  process.stdout.write(
    json
      ? `${JSON.stringify({ release: number, hash, same: true })}\n`
      : `Release ${number} comes out the same, byte for byte: SHA-256 ${hash}.\n`,
  );
}

/** What an analysis of files cannot be made without. */
function givenFiles(options: Options): FileOptions {
  const { protocol, events } = options;
  const missing = protocol === undefined ? 'protocol' : events === undefined ? 'events' : null;
  if (missing !== null || protocol === undefined || events === undefined)
    throw new UserError('missing-option', `Give --${missing}, or --release NUMBER --verify.`, {
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

export function registerAnalyse(program: Command, verifyRelease: VerifyRelease): void {
  program
    .command('analyse')
    .description('Carry out a protocol’s analysis plan on a file of events: gates first, then effects')
    .option('--protocol <file>', 'the protocol, YAML or JSON, with its analysis plan (version 2)')
    .option('--events <file>', 'case events and feed statements, one JSON object a line')
    .option('--as-of <date>', 'only what was recorded by the end of this day, YYYY-MM-DD')
    .option('--allocations <list>', 'a CSV list (council, unit, arm), when the protocol allocates by one')
    .option(
      '--accept <gate: reason>',
      'why effects may be looked at though a gate failed; may be repeated',
      (text: string, all: string[]) => [...all, text],
      [],
    )
    .option('--by <name>', 'who accepts')
    .option(
      '--earlier <record>',
      'the record of a look made before, printed with --json; may be repeated, in their order',
      (file: string, all: string[]) => [...all, file],
      [],
    )
    .option('--verify [record]', 'a record printed with --json before: run again and compare')
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
      if (options.release !== undefined) return verifyReleased(options, verifyRelease);
      const analysis = await analyseFiles(givenFiles(options));
      const { record } = analysis;
      if (options.forR !== undefined) await exportForR(options.forR, analysis);
      if (options.report !== undefined) await writeReport(record, options.report);
      if (typeof options.verify === 'string') {
        await verifyRecord(options.verify, printed(record));
        process.stdout.write('The record comes out the same, byte for byte.\n');
        return;
      }
      process.stdout.write(options.json ? printed(record) : `${analysisLines(record).join('\n')}\n`);
    });
}
