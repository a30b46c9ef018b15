// Bootstrap and permutation draws of one estimate, on threads where they would take long.
import type { Progress } from '../../platform/progress.ts';
import type { DrawTask } from '../../statistics/trial/resampled.ts';
import { drawPart, partsOfDraws } from '../../statistics/trial/resampled.ts';
import { allThreads, onThreads } from './threads.ts';

/** Steps of drawing (about a nanosecond each) below which starting threads would cost more than it saves. */
const WORTH_THREADS = 2e9;

/** About how many steps a task takes. */
function stepsOf(task: DrawTask): number {
  if (task.kind === 'wild') return task.draws * task.count * task.p * 4;
  if (task.kind === 'multiplier') return task.draws * task.count * (5 + task.effects / 4);
  return task.draws * task.units.arm.length * 15;
}

/**
 * The numbers of all draws, the same on any number of threads.
 * @param threads null leaves the choice to the size of the task
 */
export async function drawn(
  task: DrawTask,
  threads: number | null,
  signal: AbortSignal,
  progress: Progress,
): Promise<Float64Array> {
  if (threads === null && stepsOf(task) < WORTH_THREADS) return drawPart(task, 0, task.draws);
  const count = threads ?? allThreads();
  const errands = partsOfDraws(task, 32);
  const tell = (done: number): void =>
    progress({
      stage: 'draws',
      message: 'resampling',
      done: Math.min(task.draws, (errands[done - 1] ?? { to: 0 }).to),
      total: task.draws,
      unit: 'draws',
    });
  const parts = await onThreads<Float64Array>({ kind: 'draws', task }, errands, {
    threads: count,
    signal,
    onDone: tell,
  });
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
