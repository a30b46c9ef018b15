// The stage that an evaluation is taken to from the one it is in.
import { type Stage, stages } from '../../../schemas/lifecycle.ts';

/** Null when it is closed. */
export function nextStage(stage: Stage): Exclude<Stage, 'draft'> | null {
  const next = stages[stages.indexOf(stage) + 1];
  return next === undefined || next === 'draft' ? null : next;
}
