// Two years of one cohort, with a council that falls silent for five months and then sends everything at once.
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { addDays, civilDate } from '../../schemas/calendar.ts';
import type { CohortRef } from '../../services/tracker/store.ts';
import { type cohort, feedProgress, milestoneProgress } from '../../workflows/index.ts';
import { cohortId, feedId, milestoneId } from '../../workflows/messages.ts';
import { eventually, skipDays, taskQueueOn, timeSkippingServer } from './environment.ts';
import { FakeStore } from './fake-store.ts';

const DORSET = 'E06000059';
const LUTON = 'E06000032';
const FORTNIGHT = 14;

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await timeSkippingServer();
});
afterAll(() => server.teardown());

test('three milestones over two years, one council silent for five months, then back-filling', async () => {
  const { work, signals, client } = await taskQueueOn(server);
  const store = new FakeStore();
  const today = async () => civilDate(Math.floor((await server.currentTimeMs()) / 86_400_000));
  const begin = await today();
  const of: CohortRef = { evaluation: 'two-years', wave: `${begin.slice(0, 7)}-01` };
  const { frozen } = store.addCohort(of, [DORSET, LUTON]);
  onTestFinished(await work(store));

  const runs = new Set<string>();
  const fortnightly = async (fortnight: number, silent: string[]) => {
    await skipDays(server, FORTNIGHT);
    const throughNow = addDays(begin, fortnight * FORTNIGHT - 3);
    for (const council of [DORSET, LUTON].filter((each) => !silent.includes(each))) {
      store.state(council, throughNow);
      const spoke = await server.currentTimeMs();
      await signals.heard({ council, rhythmDays: 21 });
      // A signal that a busy machine leaves lying while the days go by would be heard too late: a silence.
      const listening = client.workflow.getHandle(feedId(council));
      await eventually(
        async () => Date.parse((await listening.query(feedProgress)).lastHeard) >= spoke - 1_000,
      );
    }
    store.change(of);
    await signals.look(of);
    await eventually(() => store.cohort(of).computed === store.cohort(of).changes);
    await eventually(async () => (await store.readyCohorts([DORSET, LUTON])).length === 0);
    if (frozen.size < 3) runs.add((await client.workflow.getHandle(cohortId(of)).describe()).runId);
  };

  await signals.look(of);
  await eventually(() => store.cohort(of).computed === store.cohort(of).changes);
  // Dorset falls silent after four months; six months + the wave's own month is around fortnight 15.
  for (let fortnight = 1; fortnight <= 9; fortnight += 1) await fortnightly(fortnight, []);
  for (let fortnight = 10; fortnight <= 20; fortnight += 1) await fortnightly(fortnight, [DORSET]);
  expect([...frozen.keys()]).toEqual([]);

  const waiting = await client.workflow
    .getHandle(milestoneId({ ...of, horizon: 6 }))
    .query(milestoneProgress);
  expect(waiting).toMatchObject({ stage: 'waiting', waitingFor: [DORSET], frozen: null });
  // Noting the silence is an activity, which a busy machine may still be at.
  const silenceOf = () => client.workflow.getHandle(feedId(DORSET)).query(feedProgress);
  await eventually(async () => (await silenceOf()).silent);
  expect(await silenceOf()).toMatchObject({ silent: true, silences: 1 });

  await fortnightly(21, []);
  await fortnightly(21, []);
  await eventually(() => frozen.has(6));
  expect([...frozen.keys()]).toEqual([6]);
  for (let fortnight = 22; fortnight <= 52; fortnight += 1) await fortnightly(fortnight, []);

  expect([...frozen.keys()]).toEqual([6, 12, 18]);
  expect([6, 12, 18].map((horizon) => store.count(`draftResult ${horizon}`))).toEqual([1, 1, 1]);
  // A new run at every milestone but the last, where the cohort ends...
  expect(runs.size).toBe(3);
  // ...to be started again by later changes, which it answers, and ends once more.
  const again = await client.workflow.getHandle<typeof cohort>(cohortId(of)).result();
  expect(again).toMatchObject({ runs: 1, behind: false });
  expect(again.milestones.every((each) => each.frozen)).toBe(true);
  expect(store.cohort(of).computed).toBe(store.cohort(of).changes);

  // Reminders: only the six-month milestone, only for Dorset, after the grace and at most weekly.
  const reminded = store.overdue.map((each) => each.daysOverdue);
  expect(new Set(store.overdue.map((each) => `${each.horizon} ${each.waitingFor}`))).toEqual(
    new Set([`6 ${DORSET}`]),
  );
  expect(reminded.length).toBeGreaterThanOrEqual(5);
  expect(reminded[0]).toBeGreaterThan(28);
  const gaps = reminded.slice(1).map((days, at) => days - reminded[at]!);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(7);

  // Luton never fell silent; Dorset did once and was heard again.
  expect(store.feeds.map(({ council, silent }) => [council, silent])).toEqual([
    [DORSET, true],
    [DORSET, false],
  ]);
});
