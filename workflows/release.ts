// A release from its draft to what takes its place. People take their steps in the store and send a signal without data;
// the workflow has the rules judge the draft, and publishes what somebody asked to have published.
import { condition, continueAsNew, defineQuery, proxyActivities, setHandler } from '@temporalio/workflow';
import type { ReleaseState } from '../schemas/release.ts';
import type { ReleaseActivities } from '../services/releases/activities.ts';
import { type HistoryKnobs, historyFull } from './history.ts';
import { look } from './messages.ts';

const { releaseState, checkRelease, publishRelease } = proxyActivities<ReleaseActivities>({
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** A signal may be lost: the store is looked at unasked once a day. */
const LOOK_EVERY = 86_400_000;

export const releaseStanding = defineQuery<ReleaseState | null>('standing');

/** Workflow id: `release:<number>`. Ends when the release is refused or superseded. */
export async function release(id: number, knobs: HistoryKnobs = {}): Promise<ReleaseState> {
  let looked = false;
  let state: ReleaseState | null = null;
  setHandler(look, () => {
    looked = true;
  });
  setHandler(releaseStanding, () => state);

  for (;;) {
    looked = false;
    state = await releaseState(id);
    if (state === 'refused' || state === 'superseded') return state;
    if (state === 'checking') await checkRelease(id);
    else if (state === 'publishing') await publishRelease(id);
    else await condition(() => looked, LOOK_EVERY);
    if (historyFull(knobs)) await continueAsNew<typeof release>(id, knobs);
  }
}
