// `waymark estimate`: one method on one table, one answer. Exit 0, or 2 with {"error":{code,message,field}} on stdout.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { UserError } from '../../platform/errors.ts';
import { type Progress, silent, terminalProgress } from '../../platform/progress.ts';
import type { Answer } from '../../statistics/answer.ts';
import { methodHelp, methodsHelp } from '../../statistics/catalogue/help.ts';
import type { Table } from '../../statistics/data/table.ts';
import { StatisticsError } from '../../statistics/errors.ts';
import { estimateBy, takesNoTable } from '../../statistics/estimate.ts';
import { readTable } from './csv.ts';
import { drawn } from './draws.ts';
import { isParquet, readParquet } from './parquet.ts';
import { printAnswer } from './print.ts';
import { parseSpec } from './spec.ts';
import { threadsAsked, untilInterrupted } from './threads.ts';

interface Options {
  spec: string;
  data?: string;
  threads?: string;
  json?: boolean;
}

/** Where the command reads standard input and writes its answer. */
export interface Terminal {
  stdin: Readable;
  write(text: string): void;
  /** Told of work that takes long. */
  progress?: Progress;
}

const PROCESS: Terminal = {
  stdin: process.stdin,
  write: (text) => void process.stdout.write(text),
  progress: terminalProgress(),
};

/** What a user's mistake looks like on stdout; null for a bug, which must not pass as one. */
export function errorReport(error: unknown): { code: string; message: string; field: string | null } | null {
  if (error instanceof StatisticsError)
    return { code: error.code, message: error.message, field: error.field };
  if (error instanceof UserError) {
    const { code, message, field, line } = error.report();
    return { code, message, field: field ?? (line === undefined ? null : `line ${line}`) };
  }
  return null;
}

async function fileText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new UserError('no-such-file', `cannot read the specification ${path}`, { field: 'spec' });
  }
}

async function openData(path: string, terminal: Terminal): Promise<Readable> {
  if (path === '-') return terminal.stdin;
  if ((await stat(path).catch(() => null))?.isDirectory())
    throw new UserError('not-a-file', `${path} is a folder; name the data file in it`, { field: 'data' });
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', () =>
      reject(new UserError('no-such-file', `cannot read the data ${path}`, { field: 'data' })),
    );
  });
  return stream;
}

export async function runEstimate(
  { spec: path, data, threads }: Options,
  terminal: Terminal,
): Promise<Answer> {
  const asked = threads === undefined ? null : threadsAsked(threads);
  const spec = parseSpec(await fileText(path));
  let table: Table | null = null;
  if (data !== undefined && !takesNoTable(spec.method)) {
    const stream = await openData(data, terminal);
    if (data !== '-' && (await isParquet(data))) {
      stream.destroy();
      table = await readParquet(data, spec);
    } else table = await readTable(stream, spec);
  }
  const progress = terminal.progress ?? silent;
  return untilInterrupted((signal) =>
    estimateBy(spec, table, (task) => drawn(task, asked, signal, progress)),
  );
}

export function registerEstimate(program: Command, terminal: Terminal = PROCESS): void {
  program
    .command('estimate')
    .description('run one statistical method on one CSV or Parquet file')
    .requiredOption('--spec <file>', 'the specification, JSON')
    .option('--data <file>', 'the data: CSV with a header, or Parquet; - reads CSV from standard input')
    .option('--threads <n>', 'threads for bootstrap and permutation draws; the answer is the same on any')
    .option('--json', 'print one JSON object')
    .option('--method <name>', 'with --help: the roles, options, defaults and an example of one method')
    .addHelpText('after', ({ command }) => `\n${methodHelp(String(command.opts().method)) ?? methodsHelp()}`)
    .action(async (options: Options) => {
      try {
        const answer = await runEstimate(options, terminal);
        terminal.write(options.json ? `${JSON.stringify(answer)}\n` : printAnswer(answer));
      } catch (error) {
        const report = errorReport(error);
        if (!report) throw error;
        terminal.write(
          options.json ? `${JSON.stringify({ error: report })}\n` : `${report.code}: ${report.message}\n`,
        );
        process.exitCode = error instanceof UserError ? error.exitCode : 2;
      }
    });
}
export { registerSelftest } from './selftest.ts';
