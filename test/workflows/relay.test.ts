// The relay turns any number of changes into one signal a cohort, and gives up a row only when its signals arrived.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createTrackerMetrics } from '../../services/tracker/metrics.ts';
import { type RelayOptions, relay, type Signals } from '../../services/tracker/relay.ts';
import type { CohortRef } from '../../services/tracker/store.ts';
import { eventually, silentLog } from './environment.ts';
import { FakeStore } from './fake-store.ts';

const LEWISHAM = 'E09000023';
const january: CohortRef = { evaluation: 'relayed', wave: '2024-01-01' };
const february: CohortRef = { evaluation: 'relayed', wave: '2024-02-01' };

/** A relay at work over a store with two cohorts, and the signals it sent. `away` fails them. */
function relaying(options: RelayOptions = {}) {
  const store = new FakeStore();
  for (const cohort of [january, february]) {
    const fake = store.addCohort(cohort, [LEWISHAM]);
    fake.computed = fake.changes;
  }
  const sent: string[] = [];
  const temporal = { away: false, most: 0, underWay: 0, takes: 0 };
  const deliver = async (what: string) => {
    temporal.underWay += 1;
    temporal.most = Math.max(temporal.most, temporal.underWay);
    await pause(temporal.takes);
    temporal.underWay -= 1;
    if (temporal.away) throw new Error('Temporal is away');
    sent.push(what);
  };
  const signals: Signals = {
    look: (of) => deliver(`look ${of.wave}`),
    heard: (of) => deliver(`heard ${of.council}`),
    release: (id) => deliver(`release ${id}`),
  };
  const metrics = createTrackerMetrics();
  const ending = new AbortController();
  const start = () =>
    relay(store, signals, silentLog, metrics, ending.signal, {
      interval: 20,
      sweepEvery: 60_000,
      ...options,
    });
  onTestFinished(() => ending.abort());
  return { store, sent, temporal, metrics, ending, start };
}

test('a thousand changes in two cohorts are two looks', async () => {
  const { store, sent, start } = relaying({ rowsAtOnce: 30 });
  for (let change = 0; change < 500; change += 1) {
    store.change(january);
    store.change(february);
  }
  start();
  await eventually(() => store.outbox.size === 0);
  // The first round also sweeps, and finds the same two.
  expect(sent.sort()).toEqual(['look 2024-01-01', 'look 2024-02-01']);
});

test('while Temporal is away every row stays; when it is back all signals are sent and the rows go', async () => {
  const { store, sent, temporal, metrics, start } = relaying();
  temporal.away = true;
  store.change(january);
  store.state(LEWISHAM, '2024-03-31');
  start();
  await eventually(async () => (await metrics.relayFailures.get()).values[0]?.value === 2);
  expect(store.outbox.size).toBe(2);
  store.change(february);
  temporal.away = false;
  await eventually(() => store.outbox.size === 0);
  expect(new Set(sent)).toEqual(new Set(['look 2024-01-01', 'look 2024-02-01', `heard ${LEWISHAM}`]));
  await eventually(async () => (await metrics.relayFailures.get()).values[0]?.value === 0);
});

test('a crash before the rows were given up repeats the signals', async () => {
  const { store, sent, start } = relaying();
  let crashes = 0;
  store.before = (question) => {
    if (question === 'acknowledge' && ++crashes === 1) throw new Error('the database went away');
  };
  store.change(january);
  start();
  await eventually(() => store.outbox.size === 0);
  expect(sent.filter((signal) => signal === 'look 2024-01-01').length).toBeGreaterThanOrEqual(2);
});

test('a statement wakes only the cohorts it ripens, after its row is given up', async () => {
  const { store, sent, start } = relaying();
  const rowsWhenAsked: number[] = [];
  const readyCohorts = store.readyCohorts.bind(store);
  store.readyCohorts = async (councils) => {
    rowsWhenAsked.push(store.outbox.size);
    return readyCohorts(councils);
  };
  start();
  await pause(50); // The sweep at the start is over.
  // Through July: January's six-month milestone (due 31 July) is ripe, February's is not.
  store.state(LEWISHAM, '2024-07-31');
  await eventually(() => sent.length === 2);
  expect(sent).toEqual([`heard ${LEWISHAM}`, 'look 2024-01-01']);
  expect(rowsWhenAsked).toEqual([0]);
});

test('looks lost by an earlier relay are made up for at the start', async () => {
  const { store, sent, start } = relaying();
  store.cohort(february).changes += 1;
  start();
  await eventually(() => sent.length === 1);
  expect(sent).toEqual(['look 2024-02-01']);
});

test('the further it is behind, the more changes one look stands for; a change during the round is in the next', async () => {
  const { store, sent, temporal, start } = relaying({ rowsAtOnce: 10 });
  store.change(january);
  temporal.takes = 100;
  start();
  await eventually(() => temporal.underWay > 0);
  for (let change = 0; change < 500; change += 1) store.change(february);
  await eventually(() => store.outbox.size === 0);
  expect(sent).toEqual(['look 2024-01-01', 'look 2024-02-01']);
});

test('a round that gathers for too long sends what it has', async () => {
  const { store, sent, start } = relaying({ rowsAtOnce: 10, gatherFor: 0 });
  store.cohort(january).computed += 30;
  for (let change = 0; change < 30; change += 1) store.change(january);
  start();
  await eventually(() => store.outbox.size === 0);
  expect(sent).toEqual(['look 2024-01-01', 'look 2024-01-01', 'look 2024-01-01']);
});

test('at most so many signals are on their way at once', async () => {
  const { store, sent, temporal, start } = relaying({ concurrency: 5 });
  temporal.takes = 5;
  for (let month = 1; month <= 40; month += 1) {
    const of = { evaluation: 'relayed', wave: `2025-${month}` };
    store.addCohort(of, [LEWISHAM], []);
    store.change(of);
  }
  start();
  await eventually(() => store.outbox.size === 0);
  expect(sent).toHaveLength(40);
  expect(temporal.most).toBe(5);
});

test('it ends at once when told to while idle, and after the round under way when not', async () => {
  const idle = relaying({ interval: 60_000 });
  const ended = idle.start();
  await pause(50);
  idle.ending.abort();
  await ended;

  const busy = relaying();
  busy.temporal.takes = 100;
  busy.store.change(january);
  const ending = busy.start();
  await eventually(() => busy.temporal.underWay > 0);
  busy.ending.abort();
  await ending;
  expect(busy.sent).toEqual(['look 2024-01-01']);
  expect(busy.store.outbox.size).toBe(0);
});

test('steps of a release are one look, and are given up once it arrived', async () => {
  const { store, sent, temporal, metrics, start } = relaying();
  temporal.away = true;
  store.releaseLooks.set('1', 7).set('2', 7).set('3', 8);
  start();
  await eventually(async () => (await metrics.relayFailures.get()).values[0]?.value === 2);
  expect(store.releaseLooks.size).toBe(3);
  temporal.away = false;
  await eventually(() => store.releaseLooks.size === 0);
  expect(new Set(sent)).toEqual(new Set(['release 7', 'release 8']));
});
