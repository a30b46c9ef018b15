// A council that says nothing for longer than its rhythm is noted as silent, and as heard again once it speaks.
//
// Silence is judged by wall-clock time alone: when did a statement last *arrive*, whatever days it spoke of. What the
// feed is complete through (event time) is the store's affair and decides maturity. So a council that back-fills five
// months in one night was silent until that night and is not silent after it, though its records are old.
import { condition, continueAsNew, defineQuery, proxyActivities, setHandler } from '@temporalio/workflow';
import type { Activities } from '../services/tracker/activities.ts';
import type { FeedRef } from '../services/tracker/store.ts';
import { type HistoryKnobs, historyFull } from './history.ts';
import { heard } from './messages.ts';

const { feedSilent, feedResumed } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

const DAY = 86_400_000;

export interface FeedProgress extends FeedRef {
  /** RFC 3339, by the workflow's clock. */
  lastHeard: string;
  silent: boolean;
  /** Silences noted so far. */
  silences: number;
  runs: number;
}

export const feedProgress = defineQuery<FeedProgress>('progress');

/** What one run hands to the next. Instants are milliseconds since 1970. */
export interface FeedCarried {
  lastHeard: number;
  silent: boolean;
  silences: number;
  runs: number;
}

/**
 * Listens to one council's feed for as long as there is one. Workflow id: `feed:<ONS code>`.
 * @throws ApplicationFailure `CouncilGone` when the council was removed
 */
export async function feed(of: FeedRef, knobs: HistoryKnobs = {}, carried?: FeedCarried): Promise<never> {
  const tally = carried ?? { lastHeard: Date.now(), silent: false, silences: 0, runs: 0 };
  tally.runs += 1;

  setHandler(heard, () => {
    tally.lastHeard = Date.now();
  });
  setHandler(feedProgress, () => ({ ...of, ...tally, lastHeard: instant(tally.lastHeard) }));

  const silentFrom = () => tally.lastHeard + of.rhythmDays * DAY;

  for (;;) {
    while (!tally.silent && Date.now() < silentFrom()) {
      await condition(() => historyFull(knobs), silentFrom() - Date.now());
      if (historyFull(knobs)) await continueAsNew<typeof feed>(of, knobs, tally);
    }
    if (!tally.silent) {
      await feedSilent(of.council, instant(tally.lastHeard));
      tally.silent = true;
      tally.silences += 1;
    }
    // A statement that arrived while the silence was being noted counts: it moved `silentFrom`.
    await condition(() => Date.now() < silentFrom());
    await feedResumed(of.council, instant(tally.lastHeard));
    tally.silent = false;
    if (historyFull(knobs)) await continueAsNew<typeof feed>(of, knobs, tally);
  }
}

const instant = (milliseconds: number): string => new Date(milliseconds).toISOString();
