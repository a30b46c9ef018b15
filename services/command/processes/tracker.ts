// The tracker process: the Temporal worker and the relay that wakes it.
import { resultOf } from '../../analysis/result.ts';
import { createTrackerStore } from '../../evaluations/tracker-store.ts';
import { runTracker } from '../../tracker/worker.ts';
import type { Start } from '../process.ts';

export const start: Start = async ({ config, addresses, db, log, fail }) => {
  const store = createTrackerStore(
    db,
    (on, evaluation, wave, horizon) => resultOf(on, evaluation, { wave, horizon }),
    log,
  );
  const stopping = new AbortController();
  const running = runTracker({ config, addresses, store, log, signal: stopping.signal });
  running.catch(fail);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
