// `waymark selftest`: simulates trials and quasi-experiments with a known truth and prints what the defaults do in them.
import type { Command } from 'commander';
import { UserError } from '../../platform/errors.ts';
import { type Progress, silent, terminalProgress } from '../../platform/progress.ts';
import { QUESTIONS } from '../../statistics/selftest/questions.ts';
import { partsOf, type Row, rowsOf } from '../../statistics/selftest/run.ts';
import type { Tally } from '../../statistics/selftest/tally.ts';
import { broken, selftestPage } from './selftest-table.ts';
import { onThreads, threadsAsked, untilInterrupted } from './threads.ts';

interface Flags {
  trials: string;
  seed: string;
  threads?: string;
  only?: string;
  json?: boolean;
}

function wholeNumber(text: string, field: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new UserError('bad-option', `--${field} is a whole number from ${least}, not "${text}"`, { field });
  return value;
}

/** The rows of a run; the same for the same seed on any number of threads. */
export async function runSelftest(
  {
    trials,
    seed,
    threads,
    only,
    signal,
  }: { trials: number; seed: number; threads: number; only?: string; signal: AbortSignal },
  progress: Progress = silent,
): Promise<Row[]> {
  const asked = QUESTIONS.filter(({ label, world }) => `${world.name}: ${label}`.includes(only ?? ''));
  if (asked.length === 0) {
    const labels = QUESTIONS.map(({ label, world }) => `${world.name}: ${label}`).join('; ');
    throw new UserError(
      'unknown-method',
      `no method of the self-test is called "${only}"; there are ${labels}`,
      {
        field: 'only',
      },
    );
  }
  const parts = partsOf(trials, seed, asked);
  const done = await onThreads<Tally[]>({ kind: 'selftest' }, parts, {
    threads,
    signal,
    onDone: (count) =>
      progress({ stage: 'selftest', message: 'simulating', done: count, total: parts.length, unit: 'parts' }),
  });
  return rowsOf(parts, done, asked);
}

export function registerSelftest(
  program: Command,
  write: (text: string) => void = (text) => void process.stdout.write(text),
  progress: Progress = terminalProgress(),
): void {
  program
    .command('selftest')
    .description(
      'simulate trials and quasi-experiments of known truth; print coverage, type I error, bias and power of every default',
    )
    .option('--trials <n>', 'data sets for each layout without an effect; half as many with one', '200')
    .option('--seed <n>', 'seed of the simulation', '20240607')
    .option('--threads <n>', 'threads; the figures are the same on any number (default: one a core)')
    .option('--only <text>', 'methods and worlds whose "world: method" contains this text')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 done; 2 bad option; 130 stopped by Ctrl-C, nothing kept.\nThe published run: docs/statistics-selftest.md.',
    )
    .action(async (flags: Flags) => {
      const trials = wholeNumber(flags.trials, 'trials', 1);
      const seed = wholeNumber(flags.seed, 'seed', 0);
      const threads = threadsAsked(flags.threads);
      const rows = await untilInterrupted((signal) =>
        runSelftest(
          { trials, seed, threads, signal, ...(flags.only === undefined ? {} : { only: flags.only }) },
          progress,
        ),
      );
      write(
        flags.json
          ? `${JSON.stringify({ trials, seed, outside: broken(rows), rows })}\n`
          : selftestPage(rows, { trials, seed }),
      );
    });
}
