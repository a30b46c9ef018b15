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
 * Runs the checks and then vitest, with the user's arguments if there are any. The closing line is
 * `N passed, N failed[, N skipped]`.
 * @returns the exit code: 0 when everything passed, 1 at the first failure, 130 or 143 when interrupted.
 */
export async function runSteps(root: string, args: string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-test-'));
  const processes = new Processes(root);
  const lanes = tests(folder, args);
  try {
    const well =
      (await oneByOne(checks, processes)) &&
      (await Promise.all(lanes.map((lane) => oneByOne(lane, processes)))).every(Boolean);
    if (processes.signal) return 128 + constants.signals[processes.signal];
    process.stdout.write(`${closingLine(await totals(lanes.flat(), well))}\n`);
    return well ? 0 : 1;
  } finally {
    processes.forget();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether every step went well; what comes after one that did not is left out. */
async function oneByOne(steps: Step[], processes: Processes): Promise<boolean> {
  for (const step of steps) {
    const began = performance.now();
    const code = await processes.run(step);
    if (processes.signal) return false;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(12)} ${seconds} s\n`);
    if (code !== 0) return false;
  }
  return true;
}

/** What the reports come to. A failure that is no single test (a file that cannot load, a leak, a check) counts as one failed. */
async function totals(runs: Step[], allWell: boolean): Promise<Totals> {
  const sum: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const { report } of runs) {
    const text = report && (await readFile(report, 'utf8').catch(() => null));
    if (!text) continue;
    const counts = Report.parse(JSON.parse(text));
    const unloadable = counts.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    sum.passed += counts.numPassedTests;
    sum.failed += counts.numFailedTests + unloadable;
    sum.skipped += counts.numPendingTests + counts.numTodoTests;
  }
  return allWell ? sum : { ...sum, failed: Math.max(1, sum.failed) };
}

export function closingLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Passes SIGINT and SIGTERM to the whole groups of the running steps, and kills what has not ended in 15 seconds. */
class Processes {
  signal: 'SIGINT' | 'SIGTERM' | undefined;
  readonly #root: string;
  readonly #running = new Set<ChildProcess>();
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.signal = signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    this.#killAll(signal);
    setTimeout(() => this.#killAll('SIGKILL'), STOP_LIMIT_MS).unref();
  };

  constructor(root: string) {
    this.#root = root;
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  forget(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }

  /** The step's exit code. */
  run({ command, args }: Step): Promise<number> {
    return new Promise((resolve) => {
      // A group of its own: a Ctrl-C reaches the step once, from here, not also from the terminal.
      const child = spawn(command, args, {
        cwd: this.#root,
        detached: true,
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      this.#running.add(child);
      child.once('error', (error) => {
        this.#running.delete(child);
        process.stderr.write(`${command} could not be started: ${error.message}\n`);
        resolve(1);
      });
      child.once('close', (code) => {
        killGroup(child, 'SIGKILL');
        this.#running.delete(child);
        resolve(code ?? 1);
      });
    });
  }

  #killAll(signal: NodeJS.Signals): void {
    for (const child of this.#running) killGroup(child, signal);
  }
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (!pid) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}
