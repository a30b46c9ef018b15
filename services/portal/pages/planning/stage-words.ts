// What each stage of an evaluation's life means for those who take it there.
import type { Stage } from '../../../../schemas/lifecycle.ts';

/** A stage that an evaluation is taken to. */
export type LaterStage = Exclude<Stage, 'draft'>;

/** What holds from a stage on. */
export const stageMeans: Record<LaterStage, readonly string[]> = {
  registered: [
    'The plan is on record, and people may sign it.',
    'It can still be revised. A revision takes its signatures away, because they are of the plan before.',
  ],
  locked: [
    'The plan stands as it is: whatever is changed from now on is recorded as a deviation, with its reason, and stands beside every result.',
    'Outcomes of a wave are frozen from now on, once its councils’ records are complete.',
    'A quasi-experiment keeps its participants as they are now; a randomised trial does once it recruits.',
    'Locking cannot be undone.',
  ],
  recruiting: [
    'A randomised trial keeps its participants as they were allocated, whatever is corrected later.',
    'From now on the evaluation can be unblinded, with a reason.',
  ],
  following: [
    'The allocation service enters nobody any more.',
    'Those who are enrolled are followed to the last horizon.',
  ],
  analysed: ['The planned analysis has been carried out.'],
  released: ['Results have been released.'],
  closed: ['Nothing is added to the evaluation any more, and its follow-up ends. This cannot be undone.'],
};

/** What the heading and the button of the step say. */
export const advanceWords: Record<LaterStage, string> = {
  registered: 'Register the plan',
  locked: 'Lock the plan',
  recruiting: 'Begin recruiting',
  following: 'End recruitment',
  analysed: 'Record that it is analysed',
  released: 'Record that it is released',
  closed: 'Close the evaluation',
};
