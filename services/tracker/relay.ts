// The outbox becomes signals: one look per cohort and round, whatever the number of events. A round takes whatever has
// gathered in the outbox, so the further the relay is behind, the more changes one look stands for. Rows are acknowledged
// only after every signal they gave rise to was accepted, so a crash or an outage repeats signals and loses none.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../platform/log.ts';
import { causedBy } from '../platform/tracing/span.ts';
import { concurrently } from './concurrently.ts';
import type { TrackerMetrics } from './metrics.ts';
import type { CohortRef, FeedRef, ScreenedChanges, TrackerStore } from './store.ts';

/** Delivers signals; a workflow that is not running is started by its signal. Both reject while Temporal is away. */
export interface Signals {
  look(cohort: CohortRef): Promise<void>;
  heard(feed: FeedRef): Promise<void>;
  /** A step was taken with a release. */
  release(id: number): Promise<void>;
}

export interface RelayOptions {
  /** Milliseconds between rounds, or twice what the last round's signals took when that is more: looks gather while Temporal is busy. */
  interval?: number;
  /** Outbox rows screened at once, in one transaction. Each is one ingested batch. */
  rowsAtOnce?: number;
  /** Milliseconds after which a round screens no more rows, though more wait, and sends what it has. */
  gatherFor?: number;
  /** Signals on their way at once. */
  concurrency?: number;
  /** Milliseconds between sweeps for looks that may have been lost. The first is at the start. */
  sweepEvery?: number;
}

const BACKOFF_FIRST = 500;
const BACKOFF_MOST = 30_000;

const keyOf = (of: CohortRef): string => `${of.evaluation}:${of.wave}`;

/**
 * Relays until `signal` aborts; then ends the round under way and returns. A failed round (Temporal or the store away)
 * is tried again, after half a second at first and half a minute at most, and the next one sweeps.
 */
export async function relay(
  store: TrackerStore,
  signals: Signals,
  log: Logger,
  metrics: TrackerMetrics,
  signal: AbortSignal,
  options: RelayOptions = {},
): Promise<void> {
  const {
    interval = 500,
    rowsAtOnce = 200,
    gatherFor = 5_000,
    concurrency = 50,
    sweepEvery = 60_000,
  } = options;
  let failures = 0;
  let sweptAt = Number.NEGATIVE_INFINITY;

  const lookAt = async (cohorts: CohortRef[]) => {
    const once = new Map(cohorts.map((cohort) => [keyOf(cohort), cohort]));
    await concurrently(once.values(), concurrency, (cohort) => signals.look(cohort));
    metrics.signals.inc({ signal: 'look' }, once.size);
  };

  const hear = async (feeds: FeedRef[]) => {
    const once = new Map(feeds.map((feed) => [feed.council, feed]));
    await concurrently(once.values(), concurrency, (feed) => signals.heard(feed));
    metrics.signals.inc({ signal: 'heard' }, once.size);
  };

  const tellReleases = async () => {
    const steps = await store.releaseSteps();
    await concurrently(new Set(steps.map(({ release }) => release)), concurrency, (id) =>
      signals.release(id),
    );
    if (steps.length > 0) await store.releaseStepsTold(steps.map(({ row }) => row));
  };

  /** What waits in the outbox, screened; `more`: the time was up before its end. */
  const gather = async (): Promise<ScreenedChanges> => {
    const began = performance.now();
    const found: ScreenedChanges = { rows: [], cohorts: [], heard: [], causes: [], more: false };
    for (;;) {
      const page = await store.screenChanges(rowsAtOnce, found.rows.at(-1));
      for (const row of page.rows) found.rows.push(row);
      for (const of of page.cohorts) found.cohorts.push(of);
      for (const of of page.heard) found.heard.push(of);
      for (const cause of page.causes) found.causes.push(cause);
      if (!page.more) return found;
      if (signal.aborted || performance.now() - began >= gatherFor) return { ...found, more: true };
    }
  };

  /** Whether more rows are likely to wait, and the milliseconds that Temporal took. */
  const round = async (): Promise<{ more: boolean; signalled: number }> => {
    await tellReleases();
    const { rows, cohorts, heard, causes, more } = await gather();
    const sweepDue = performance.now() - sweptAt >= sweepEvery;
    const unsettled = sweepDue ? await store.unsettledCohorts() : [];
    const told = [...cohorts, ...unsettled];
    if (rows.length === 0 && told.length === 0) {
      if (sweepDue) sweptAt = performance.now();
      return { more, signalled: 0 };
    }
    const began = performance.now();
    const counted = {
      'waymark.outbox.rows': rows.length,
      'waymark.cohorts': told.length,
      'waymark.feeds': heard.length,
    };
    await causedBy(causes, 'relay', { attributes: counted }, async () => {
      await lookAt(told);
      await hear(heard);
      if (sweepDue) sweptAt = performance.now();
      if (rows.length === 0) return;
      await store.acknowledge(rows);
      metrics.screened.inc(rows.length);
      // Not before: while a row waits, nothing it concerns is settled. Looks lost from here on are the next sweep's.
      if (heard.length > 0) await lookAt(await store.readyCohorts(heard.map((feed) => feed.council)));
    });
    return { more, signalled: performance.now() - began };
  };

  while (!signal.aborted) {
    let pause: number;
    try {
      const { more, signalled } = await round();
      if (failures > 0) log.info({ failures }, 'relay works again');
      failures = 0;
      pause = more ? signalled : Math.max(interval, 2 * signalled);
    } catch (error) {
      pause = Math.min(BACKOFF_FIRST * 2 ** failures, BACKOFF_MOST);
      failures += 1;
      sweptAt = Number.NEGATIVE_INFINITY;
      log.warn({ err: error, failures, retryIn: pause }, 'relay round failed and will be repeated');
    }
    metrics.relayFailures.set(failures);
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
}
