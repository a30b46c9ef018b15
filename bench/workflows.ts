// Cohort workflows under a storm of changes.
// The real Temporal of the local stack, one worker and the relay on this machine; the store is in memory, so that what is
// measured is the coalescing and the histories (workflows-stored.ts has PostgreSQL too). Beside it in the same run: a signal
// for every change, without the relay.
import { concurrently } from '../services/tracker/concurrently.ts';
import { relay } from '../services/tracker/relay.ts';
import type { CohortRef } from '../services/tracker/store.ts';
import { FakeStore } from '../test/workflows/fake-store.ts';
import { options, print } from './load/options.ts';
import { benchStack, log, progress, storm, untilSettled, working } from './workflows/rig.ts';

const {
  cohorts: COHORTS,
  rate: CHANGES,
  seconds: SECONDS,
} = options(
  `node --import tsx bench/workflows.ts: cohort workflows on the real Temporal under a storm of changes, by the relay, beside a signal
for every change. The store is in memory.`,
  {
    cohorts: { words: 'that are followed', otherwise: 500 },
    rate: { words: 'changes a second', otherwise: 2_000 },
    seconds: { words: 'of changes', otherwise: 60 },
  },
);
const COUNCIL = 'E09000023';
const BARE_SECONDS = 10;

const stack = await benchStack();
const store = new FakeStore();
const cohorts = Array.from({ length: COHORTS }, (_, at): CohortRef => {
  const of = {
    evaluation: `bench-${Math.floor(at / 24)}`,
    wave: `20${String(10 + (at % 24)).padStart(2, '0')}-01-01`,
  };
  store.addCohort(of, [COUNCIL], [6]);
  return of;
});
const { signals, metrics, sent, histories, close } = await working(stack.addresses.temporalAddress, store);

const cohortAt = (at: number): CohortRef => cohorts[at % cohorts.length] as CohortRef;
const isSettled = () =>
  store.outbox.size === 0 && [...store.cohorts.values()].every((each) => each.computed >= each.changes);

await concurrently(cohorts, 50, (of) => signals.look(of));
await untilSettled(isSettled);
progress({ stage: 'bench', message: `${COHORTS} cohort workflows are running` });

const ending = new AbortController();
const relaying = relay(store, signals, log, metrics, ending.signal);
const before = await sent();
const { made, perSecond, mostRowsWaiting } = await storm(
  { seconds: SECONDS, perSecond: CHANGES },
  (from, to) => {
    for (let at = from; at < to; at += 1) store.change(cohortAt(at));
  },
  () => store.outbox.size,
);
const settledAfterMs = await untilSettled(isSettled);
const relayed = (await sent()) - before;
ending.abort();
await relaying;
const historyEvents = await histories();

// Without the relay: as many signals as can be delivered.
const underWay = new Set<Promise<void>>();
let delivered = 0;
const bareBegan = performance.now();
for (let at = 0; performance.now() - bareBegan < BARE_SECONDS * 1_000; at += 1) {
  const one = signals.look(cohortAt(at)).then(() => {
    delivered += 1;
    underWay.delete(one);
  });
  underWay.add(one);
  if (underWay.size >= 50) await Promise.race(underWay);
}
await Promise.all(underWay);

print({
  cohorts: COHORTS,
  changes: made,
  changesPerSecond: perSecond,
  signals: relayed,
  signalsPerSecond: Math.round(relayed / SECONDS),
  changesPerSignal: Math.round((made / relayed) * 10) / 10,
  mostRowsWaiting,
  settledAfterMs,
  recomputes: store.count('recomputeCohort'),
  historyEvents,
  withoutRelay: { signalsPerSecond: Math.round(delivered / BARE_SECONDS) },
  ratio: {
    'changes by the relay / signals without it': Math.round((10 * perSecond * BARE_SECONDS) / delivered) / 10,
  },
});
await close();
await stack.stop();
