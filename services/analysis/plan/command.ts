// `waymark analyse`: a protocol with its plan and a file of events in, one analysis record out; --verify runs it again.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { armsOf, dayOf } from '../../evaluations/evaluate/command.ts';
import { readEvents, readProtocol } from '../../evaluations/evaluate/input-files.ts';
import { Known } from '../../evaluations/evaluate/known.ts';
import { UserError } from '../../platform/errors.ts';
import { codeVersion } from '../../platform/version.ts';
import { analyse, type Snapshot } from './analyse.ts';
import { snapshotOf } from './from-files.ts';
import type { Acceptance } from './gates.ts';
import { analysisLines } from './print.ts';
import { rBundle } from './r-bundle.ts';

interface Options {
  protocol: string;
  events: string;
  asOf?: string;
  allocations?: string;
  accept: string[];
  by?: string;
  verify?: string;
  forR?: string;
  json?: boolean;
}

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

interface Analysis {
  protocol: Protocol;
  snapshot: Snapshot;
  record: AnalysisRecord;
}

/** @throws UserError as `waymark evaluate` and `analyse` do */
export async function analyseFiles(options: Options): Promise<Analysis> {
  const asOf = dayOf(options.asOf);
  const protocol = await readProtocol(options.protocol);
  const listed = await armsOf(protocol, options.allocations);
  const known = new Known(protocol.councils, asOf);
  await readEvents(options.events, known);
  const acceptances = acceptancesOf(options);
  const snapshot = snapshotOf(protocol, known, listed, { codeVersion, asOf });
  const record = analyse(protocol, snapshot, acceptances, codeVersion);
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

/** Whether a record made earlier comes out byte for byte again. */
async function verify(file: string, record: AnalysisRecord): Promise<void> {
  let earlier: string;
  try {
    earlier = await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, {
      file,
    });
  }
  if (earlier === printed(record)) {
    process.stdout.write('The record comes out the same, byte for byte.\n');
    return;
  }
  const differing = (() => {
    try {
      const then = JSON.parse(earlier) as Record<string, unknown>;
      const now = JSON.parse(printed(record)) as Record<string, unknown>;
      return Object.keys(now).filter((key) => JSON.stringify(then[key]) !== JSON.stringify(now[key]));
    } catch {
      return ['the whole file'];
    }
  })();
  throw new UserError(
    'differs',
    `The record comes out differently in: ${differing.join(', ')}.`,
    { file },
    1,
  );
}

export function registerAnalyse(program: Command): void {
  program
    .command('analyse')
    .description('Carry out a protocol’s analysis plan on a file of events: gates first, then effects')
    .requiredOption('--protocol <file>', 'the protocol, YAML or JSON, with its analysis plan (version 2)')
    .requiredOption('--events <file>', 'case events and feed statements, one JSON object a line')
    .option('--as-of <date>', 'only what was recorded by the end of this day, YYYY-MM-DD')
    .option('--allocations <list>', 'a CSV list (council, unit, arm), when the protocol allocates by one')
    .option(
      '--accept <gate: reason>',
      'why effects may be looked at though a gate failed; may be repeated',
      (text: string, all: string[]) => [...all, text],
      [],
    )
    .option('--by <name>', 'who accepts')
    .option('--verify <record>', 'a record printed with --json before: run again and compare')
    .option(
      '--for-r <folder>',
      'write data, dictionary, expected numbers and a script that remakes the primary estimate in base R',
    )
    .option('--json', 'print the analysis record as one JSON document')
    .action(async (options: Options) => {
      const analysis = await analyseFiles(options);
      const { record } = analysis;
      if (options.forR !== undefined) await exportForR(options.forR, analysis);
      if (options.verify !== undefined) return verify(options.verify, record);
      process.stdout.write(options.json ? printed(record) : `${analysisLines(record).join('\n')}\n`);
    });
}
