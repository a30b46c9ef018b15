// `npm test`: every step in order, its seconds, and as the last line of standard output the totals.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { checks, type Step, tests } from './steps.ts';

const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const STOP_LIMIT_MS = 15_000;

/**
 * Runs the checks and then vitest with the user's arguments. The closing line is `N passed, N failed[, N skipped]`.
 * @returns the exit code: 0 when everything passed, 1 at the first failure, 130 or 143 when interrupted.
 */
export async function runSteps(root: string, args: string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-test-'));
  const report = join(folder, 'report.json');
  const interruption = new Interruption();
  try {
    for (const step of [...checks, tests(report, args)]) {
      const began = performance.now();
      const code = await interruption.run(step, root);
      if (interruption.signal) return 128 + constants.signals[interruption.signal];
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(8)} ${seconds} s\n`);
      if (code !== 0) {
        process.stdout.write(`${closingLine(await totals(report, false))}\n`);
        return 1;
      }
    }
    process.stdout.write(`${closingLine(await totals(report, true))}\n`);
    return 0;
  } finally {
    interruption.forget();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Vitest's totals. A failure that is no single test (a file that cannot load, a leak, a check) counts as one failed. */
async function totals(report: string, allWell: boolean): Promise<Totals> {
  const text = await readFile(report, 'utf8').catch(() => null);
  if (text === null) return { passed: 0, failed: 1, skipped: 0 };
  const counts = Report.parse(JSON.parse(text));
  const unloadable = counts.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = counts.numFailedTests + unloadable;
  return {
    passed: counts.numPassedTests,
    failed: allWell ? failed : Math.max(1, failed),
    skipped: counts.numPendingTests + counts.numTodoTests,
  };
}

export function closingLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Passes SIGINT and SIGTERM to the whole group of the running step, and kills what has not ended in 15 seconds. */
class Interruption {
  signal: 'SIGINT' | 'SIGTERM' | undefined;
  #child: ChildProcess | undefined;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.signal = signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    this.#kill(signal);
    setTimeout(() => this.#kill('SIGKILL'), STOP_LIMIT_MS).unref();
  };

  constructor() {
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  forget(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }

  run({ command, args }: Step, cwd: string): Promise<number> {
    return new Promise((resolve) => {
      // A group of its own: a Ctrl-C reaches the step once, from here, not also from the terminal.
      const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
      this.#child = child;
      child.once('error', (error) => {
        process.stderr.write(`${command} could not be started: ${error.message}\n`);
        resolve(1);
      });
      child.once('close', (code) => {
        this.#kill('SIGKILL');
        this.#child = undefined;
        resolve(code ?? 1);
      });
    });
  }

  #kill(signal: NodeJS.Signals): void {
    if (!this.#child?.pid) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group has ended.
    }
  }
}
