// An estimate that waits for its draws: the task may be done in parts, by any threads, and gives the same numbers.
import { type MultiplierTask, multiplierDraws } from '../adjustment/did-multiplier.ts';
import type { Answer } from '../answer.ts';
import type { Vector } from '../arrays.ts';
import { type Statistic, someArrangements } from './arrangement-draws.ts';
import type { Units } from './arrangements.ts';
import { BLOCK } from './draws.ts';
import { type WildTask, wildDraws } from './wild-draws.ts';

interface ArrangementTask {
  readonly kind: 'arrangements';
  readonly units: Units;
  readonly statistic: Statistic;
  readonly seed: number;
  readonly draws: number;
}

/** Everything a thread needs to draw; plain numbers and typed arrays, so that it can be sent. */
export type DrawTask = ArrangementTask | WildTask | MultiplierTask;

export interface Resampled {
  readonly task: DrawTask;
  /** The answer from the numbers of all draws, in order. */
  finish(drawn: Vector): Answer;
}

export const isResampled = (made: Answer | Resampled): made is Resampled => 'task' in made;

/** Numbers of the draws from `from`, the start of a block, to before `to`. */
export function drawPart(task: DrawTask, from: number, to: number): Vector {
  if (task.kind === 'wild') return wildDraws(task, from, to);
  if (task.kind === 'multiplier') return multiplierDraws(task, from, to);
  return someArrangements(task.units, task.statistic, task.seed, from, to);
}

/** The task cut into about `parts` runs of whole blocks. */
export function partsOfDraws({ draws }: DrawTask, parts: number): { from: number; to: number }[] {
  const size = Math.max(1, Math.ceil(draws / BLOCK / parts)) * BLOCK;
  return Array.from({ length: Math.ceil(draws / size) }, (_, k) => ({
    from: k * size,
    to: Math.min(draws, (k + 1) * size),
  }));
}
