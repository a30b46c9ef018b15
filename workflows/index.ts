// Every workflow a worker runs. Their code must replay the histories of every released version
// (test/workflows/histories): a change to the order of commands goes behind `patched('<what-changed>')`, with a history
// recorded first; arguments only ever gain optional fields.
export {
  type CohortCarried,
  type CohortKnobs,
  type CohortProgress,
  cohort,
  cohortProgress,
} from './cohort.ts';
export { duties } from './duties.ts';
export { erasure } from './erasure.ts';
export { type FeedCarried, type FeedProgress, feed, feedProgress } from './feed.ts';
export { heard, look } from './messages.ts';
export {
  type MilestoneCarried,
  type MilestoneKnobs,
  type MilestoneProgress,
  milestone,
  milestoneProgress,
} from './milestone.ts';
export { release, releaseStanding } from './release.ts';
export { sweep } from './sweep.ts';
