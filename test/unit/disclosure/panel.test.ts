// Panels of one evaluation, shown one after the other to the same readers: what is shown, what waits, and what a reader gets.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResultRecord } from '../../../schemas/result.ts';
import {
  judgeEarlier,
  judgePanel,
  nothingSeen,
  type Panel,
  type PanelMemory,
} from '../../../services/disclosure/panel.ts';
import { attackPanels, type Child, recordAt } from './follow-up-suite.ts';

const policy = { threshold: 6 };
const options = { primary: 12, keepRisks: true };

const memoryOf = (panels: readonly Panel[]): PanelMemory => ({
  ...nothingSeen,
  panels,
  enrolled: {
    trial: panels.map(({ results }) => results[0]?.arms.find(({ arm }) => arm === 'trial')?.enrolled ?? 0),
    comparison: panels.map(
      ({ results }) => results[0]?.arms.find(({ arm }) => arm === 'comparison')?.enrolled ?? 0,
    ),
  },
});

/** Children of one arm, all enrolled at once: `events` by the month given, the others without any. */
const cohort = (arm: Child['arm'], size: number, events: Record<number, number>, enrolledIn = 0): Child[] => {
  const months = Object.entries(events).flatMap(([month, count]) => Array(count).fill(Number(month)));
  return Array.from({ length: size }, (_, at) => ({
    ...{ arm, enrolledIn, atRisk: true },
    ...(at < months.length ? { what: 'event', month: months[at] } : { what: null, month: 0 }),
  }));
};

const judge = (result: ResultRecord, seen: readonly Panel[] = [], more = options) =>
  judgePanel(result, 're-referral', memoryOf(seen), policy, more);

const trialEvents = ({ results }: Panel) =>
  results.map(({ arms }) => arms.find(({ arm }) => arm === 'trial')?.events);

describe('6 in 12 in 18 months', () => {
  const plenty = cohort('comparison', 300, { 6: 60, 12: 30, 18: 30 });

  it('shows everything when many had their first event between the horizons', async () => {
    const children = [...cohort('trial', 300, { 6: 50, 12: 20, 18: 30 }), ...plenty];
    const { decision, panel } = await judge(recordAt(children, 18));
    expect(decision).toBe('publish');
    expect(trialEvents(panel)).toEqual([50, 70, 100]);
  });

  it('hides the events by 6 months when 2 more would be known to have had theirs by 12', async () => {
    const children = [...cohort('trial', 300, { 6: 50, 12: 2, 18: 30 }), ...plenty];
    const { decision, panel, findings } = await judge(recordAt(children, 18));
    expect(decision).toBe('publish-less');
    expect(trialEvents(panel)).toEqual([null, 52, 82]);
    expect(findings[0]).toEqual({ reason: 'few', arm: 'trial', horizons: [0, 1], what: 'events' });
  });
});

describe('the daily refresh', () => {
  const before = [
    ...cohort('trial', 200, { 6: 40, 12: 40, 18: 40 }),
    ...cohort('comparison', 200, { 6: 40, 12: 40, 18: 40 }),
  ];
  const shownBefore = async (): Promise<Panel> => (await judge(recordAt(before, 20))).panel;

  it('knows numbers it has shown', async () => {
    expect((await judge(recordAt(before, 20), [await shownBefore()])).decision).toBe('same');
  });

  it('waits while 3 children were enrolled since, and shows once there are 12, wholly without events so far', async () => {
    const seen = [await shownBefore()];
    const few = await judge(recordAt([...before, ...cohort('trial', 3, {}, 20)], 20), seen);
    expect(few.decision).toBe('hold');
    expect(few.findings[0]).toMatchObject({ reason: 'few', what: 'enrolled', arm: 'trial' });
    const many = await judge(recordAt([...before, ...cohort('trial', 12, {}, 20)], 20), seen);
    expect(many.decision).toBe('publish');
  });

  it('waits when 30 children matured and 2 of them had the event', async () => {
    const children = [...before, ...cohort('trial', 30, { 6: 2 }, 20)];
    const first = await judge(recordAt(children, 21));
    const { decision, findings } = await judge(recordAt(children, 27), [first.panel]);
    expect(decision).toBe('hold');
    expect(findings).toContainEqual({ reason: 'few', arm: 'trial', horizons: [0], what: 'events' });
  });

  it('waits when a record was corrected, and says so', async () => {
    const corrected = before.map((child, at) =>
      at === 0 ? { ...child, what: null, month: 0 } : child,
    ) as Child[];
    const {
      decision,
      corrected: said,
      findings,
    } = await judge(recordAt(corrected, 20), [await shownBefore()]);
    expect(decision).toBe('hold');
    expect(said).toBe(true);
    expect(findings[0]?.reason).toBe('corrected');
  });

  it('begins anew when the records of many were corrected', async () => {
    const corrected = before.map((child, at) =>
      at < 20 ? { ...child, what: null, month: 0 } : child,
    ) as Child[];
    const verdict = await judge(recordAt(corrected, 20), [await shownBefore()]);
    expect(verdict).toMatchObject({ decision: 'publish', corrected: true });
  });

  it('ties an older table to the newest across those between', async () => {
    const seen = [await shownBefore()];
    const between = await judge(recordAt([...before, ...cohort('trial', 12, {}, 20)], 20), seen);
    const back = await judge(recordAt([...before, ...cohort('trial', 2, {}, 20)], 20), [
      ...seen,
      between.panel,
    ]);
    expect(back.decision).toBe('hold');
  });
});

describe('a reader who keeps every table', () => {
  const child = fc.record({
    arm: fc.constantFrom('trial' as const, 'comparison' as const),
    enrolledIn: fc.nat(8),
    atRisk: fc.boolean(),
    what: fc.constantFrom('event' as const, 'censored' as const, null),
    month: fc.integer({ min: 1, max: 18 }),
  });

  it('narrows no hidden number and no small group, over any sequence of refreshes', async () => {
    let tables = 0;
    let hidden = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(child, fc.integer({ min: 1, max: 12 })), { minLength: 6, maxLength: 20 }),
        fc.uniqueArray(fc.nat(28), { minLength: 1, maxLength: 4 }),
        async (kinds, moments) => {
          const children = kinds.flatMap(([one, times]) => Array<Child>(times).fill(one));
          const shown: Panel[] = [];
          for (const months of [...moments].sort((a, b) => a - b)) {
            const { decision, panel } = await judge(recordAt(children, months), shown);
            if (decision === 'publish' || decision === 'publish-less') shown.push(panel);
          }
          if (shown.length === 0) return;
          tables += shown.length;
          const found = await attackPanels(shown, policy.threshold);
          hidden += found.hidden;
          expect(found).toMatchObject({ narrowed: 0, exact: 0, differences: 0, fewInGroup: 0 });
        },
      ),
      { numRuns: 12 },
    );
    // The property says nothing where nothing was shown or hidden.
    expect(tables).toBeGreaterThan(10);
    expect(hidden).toBeGreaterThan(50);
  });

  it('narrows nothing either when tables are asked for in any order of time', async () => {
    let looked = 0;
    let between = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(child, fc.integer({ min: 1, max: 12 })), { minLength: 6, maxLength: 20 }),
        fc.uniqueArray(fc.nat(28), { minLength: 2, maxLength: 4 }),
        async (kinds, moments) => {
          const children = kinds.flatMap(([one, times]) => Array<Child>(times).fill(one));
          const shown: Panel[] = [];
          for (const months of moments) {
            const { enrolled } = memoryOf(shown);
            const result = recordAt(children, months);
            const panel = await judgeEarlier(
              result,
              're-referral',
              { ...nothingSeen, seen: shown, enrolled },
              policy,
              12,
            );
            if (panel === null) continue;
            looked += 1;
            between += Number(shown.some(({ asAt }) => asAt > panel.asAt));
            shown.push(panel);
          }
          const inTime = shown.sort((a, b) => (a.asAt < b.asAt ? -1 : 1));
          const found = await attackPanels(inTime, policy.threshold);
          expect(found).toMatchObject({ narrowed: 0, exact: 0, differences: 0, fewInGroup: 0 });
        },
      ),
      { numRuns: 12 },
    );
    expect(looked).toBeGreaterThan(10);
    expect(between).toBeGreaterThan(3);
  });

  it('works out hidden numbers without the memory: the attack can succeed', async () => {
    const children = [...cohort('trial', 100, { 6: 20, 12: 3 }), ...cohort('comparison', 100, { 6: 20 })];
    const early = await judge(recordAt([...children, ...cohort('trial', 3, { 3: 3 }, 0)], 6));
    const late = await judge(recordAt(children, 6));
    const found = await attackPanels([late.panel, early.panel], policy.threshold);
    expect(found.differences).toBeGreaterThan(0);
  });
});
