// A reader who knows the rules and every shown number can never name a hidden one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArmCounts, OutcomeResult, ResultRecord } from '../../../schemas/result.ts';
import {
  type CellCounts,
  type CellName,
  cellNames,
  hiddenCells,
} from '../../../services/disclosure/cells.ts';
import { protectCounts } from '../../../services/disclosure/protect.ts';
import { hiddenWaves } from '../../../services/disclosure/waves.ts';

const horizonCounts = (
  notAtRisk: number,
  pending: number,
  events: number,
  noEvents: number,
  censored: number,
) => {
  const matured = events + noEvents + censored;
  return { enrolled: notAtRisk + pending + matured, notAtRisk, pending, matured, events, noEvents, censored };
};

/** Every way of filling one horizon that agrees with the shown numbers. Written without looking at how hiding works. */
function completions(truth: CellCounts, hidden: ReadonlySet<CellName>): CellCounts[] {
  const found: CellCounts[] = [];
  const range = (cell: CellName, most: number) =>
    hidden.has(cell)
      ? Array.from({ length: most + 1 }, (_, n) => n)
      : truth[cell] <= most
        ? [truth[cell]]
        : [];
  for (const notAtRisk of range('notAtRisk', truth.enrolled)) {
    for (const pending of range('pending', truth.enrolled - notAtRisk)) {
      const matured = truth.enrolled - notAtRisk - pending;
      if (!hidden.has('matured') && matured !== truth.matured) continue;
      for (const events of range('events', matured)) {
        for (const noEvents of range('noEvents', matured - events)) {
          const censored = matured - events - noEvents;
          if (!hidden.has('censored') && censored !== truth.censored) continue;
          found.push({ enrolled: truth.enrolled, notAtRisk, pending, matured, events, noEvents, censored });
        }
      }
    }
  }
  return found;
}

/** What a reader knows about time: pending only grows with the horizon; among fully followed children, events too. */
const inOrder = (earlier: CellCounts, later: CellCounts): boolean =>
  earlier.notAtRisk === later.notAtRisk &&
  earlier.pending <= later.pending &&
  earlier.events <= later.events + (earlier.matured - later.matured) &&
  earlier.censored <= later.censored + (earlier.matured - later.matured);

/** Two horizons of the same children, the later one reached by letting time pass. */
const twoHorizons = fc
  .record({
    notAtRisk: fc.nat(6),
    pending: fc.oneof(fc.constant(0), fc.nat(6)),
    events: fc.nat(7),
    noEvents: fc.nat(10),
    censored: fc.oneof(fc.constant(0), fc.nat(5)),
    lost: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)),
    moved: fc.tuple(fc.nat(4), fc.nat(4)),
  })
  .map(({ notAtRisk, pending, events, noEvents, censored, lost, moved }) => {
    const stillPending = [
      Math.min(lost[0], events),
      Math.min(lost[1], noEvents),
      Math.min(lost[2], censored),
    ] as const;
    const newEvents = Math.min(moved[0], noEvents - stillPending[1]);
    const newCensored = Math.min(moved[1], noEvents - stillPending[1] - newEvents);
    return [
      horizonCounts(notAtRisk, pending, events, noEvents, censored),
      horizonCounts(
        notAtRisk,
        pending + stillPending[0] + stillPending[1] + stillPending[2],
        events - stillPending[0] + newEvents,
        noEvents - stillPending[1] - newEvents - newCensored,
        censored - stillPending[2] + newCensored,
      ),
    ] as const;
  })
  .filter(([first]) => first.enrolled <= 24);

const threshold = fc.integer({ min: 2, max: 5 });
const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

describe('hidden cells of one arm and one outcome', () => {
  it('hides every count from 1 to threshold - 1 and shows every other table untouched', () => {
    fc.assert(
      fc.property(twoHorizons, threshold, (horizons, t) => {
        const hidden = hiddenCells(horizons, { threshold: t });
        const small = horizons.map((counts) =>
          cellNames.filter((cell) => counts[cell] > 0 && counts[cell] < t),
        );
        small.forEach((cells, at) => {
          for (const cell of cells) expect(hidden[at]).toContain(cell);
        });
        if (small.every((cells) => cells.length === 0)) for (const set of hidden) expect(set.size).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves at least threshold + 1 values possible for each hidden cell of a horizon', () => {
    fc.assert(
      fc.property(twoHorizons, threshold, (horizons, t) => {
        fc.pre(horizons[0].enrolled >= t);
        const hidden = hiddenCells(horizons, { threshold: t });
        horizons.forEach((truth, at) => {
          const possible = completions(truth, hidden[at]!);
          for (const cell of hidden[at]!) {
            expect(spread(possible.map((counts) => counts[cell]))).toBeGreaterThanOrEqual(t);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('pins no hidden cell to one value even for a reader who compares horizons', () => {
    fc.assert(
      fc.property(twoHorizons, threshold, (horizons, t) => {
        fc.pre(horizons[0].enrolled >= t);
        const hidden = hiddenCells(horizons, { threshold: t });
        fc.pre(hidden.some((set) => set.size > 0));
        const [first, second] = horizons.map((truth, at) => completions(truth, hidden[at]!)) as [
          CellCounts[],
          CellCounts[],
        ];
        const seen = [0, 1].map(
          () => new Map<CellName, Set<number>>(cellNames.map((cell) => [cell, new Set()])),
        );
        const open = () => hidden.some((set, at) => [...set].some((cell) => seen[at]!.get(cell)!.size < 2));
        search: for (const earlier of first) {
          for (const later of second) {
            if (!inOrder(earlier, later)) continue;
            for (const cell of cellNames) {
              seen[0]!.get(cell)!.add(earlier[cell]);
              seen[1]!.get(cell)!.add(later[cell]);
            }
            if (!open()) break search;
          }
        }
        expect(open()).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

const arm = (name: ArmCounts['arm'], counts: CellCounts): ArmCounts => ({
  arm: name,
  ...counts,
  risk: counts.matured === 0 ? null : counts.events / counts.matured,
});
const effect = {
  measure: 'risk-difference',
  estimate: -0.02,
  standardError: 0.01,
  degreesOfFreedom: 12,
  lower: -0.04,
  upper: 0,
  p: 0.05,
  method: 'CR2',
  clusters: 14,
} as const;
const record = (results: OutcomeResult[]): ResultRecord => {
  const enrolled = (name: ArmCounts['arm']) =>
    results[0]?.arms.find((counts) => counts.arm === name)?.enrolled ?? 0;
  return {
    resultVersion: 1,
    evaluation: 'pathfinder',
    title: 'Pathfinder',
    dataSource: 'simulated',
    protocolHash: 'a',
    definitions: [],
    codeVersion: '0',
    computedAt: '2026-08-31T10:00:00Z',
    participants: { trial: enrolled('trial'), comparison: enrolled('comparison') },
    completeThrough: null,
    waves: { total: 1, frozen: [] },
    results,
    deviations: [],
  };
};

describe('a protected result', () => {
  const plain = horizonCounts(0, 0, 200, 700, 100);

  it('is the result itself when nothing is small', () => {
    const result = record([
      {
        outcome: 'care-entry',
        horizon: 6,
        arms: [arm('trial', plain), arm('comparison', plain)],
        effect,
        warnings: [],
      },
    ]);
    const shown = protectCounts(result, { threshold: 10 });
    expect(shown.results[0]?.effect).toEqual(effect);
    expect(shown.results[0]?.arms[0]).toEqual({ ...result.results[0]?.arms[0], hidden: [] });
    expect(shown.disclosure).toEqual({ threshold: 10, hiddenNumbers: 0 });
  });

  it('keeps events and the risk when only the censored are few', () => {
    const few = horizonCounts(0, 0, 200, 797, 3);
    const shown = protectCounts(
      record([
        {
          outcome: 'care-entry',
          horizon: 6,
          arms: [arm('trial', few), arm('comparison', plain)],
          effect,
          warnings: [],
        },
      ]),
      { threshold: 10 },
    );
    expect(shown.results[0]?.arms[0]?.hidden).toEqual(['noEvents', 'censored']);
    expect(shown.results[0]?.arms[0]?.risk).toBe(0.2);
    expect(shown.results[0]?.effect).toEqual(effect);
  });

  it('hides the risk, the effect and warnings with numbers when events are few', () => {
    const few = horizonCounts(0, 0, 3, 900, 97);
    const shown = protectCounts(
      record([
        {
          outcome: 'care-entry',
          horizon: 6,
          arms: [arm('trial', few), arm('comparison', plain)],
          effect,
          warnings: ['3 events in the trial arm', 'Few clusters'],
        },
      ]),
      { threshold: 10 },
    );
    const [first] = shown.results;
    expect(first?.arms[0]).toMatchObject({ events: null, censored: null, risk: null, matured: 1000 });
    expect(first).toMatchObject({ effect: null, effectHidden: true, warnings: ['Few clusters'] });
  });

  it('says nothing at all, not even how many, when an arm is smaller than the threshold', () => {
    const tiny = horizonCounts(0, 0, 1, 2, 0);
    const shown = protectCounts(
      record([
        {
          outcome: 'care-entry',
          horizon: 6,
          arms: [arm('trial', tiny), arm('comparison', plain)],
          effect,
          warnings: [],
        },
      ]),
      { threshold: 10 },
    );
    expect(shown.participants).toEqual({ trial: null, comparison: null });
    for (const counts of shown.results[0]!.arms) {
      for (const cell of ['enrolled', 'risk', ...cellNames] as const) expect(counts[cell]).toBeNull();
    }
  });
});

describe('numbers of participants by wave', () => {
  const waveRows = fc.array(
    fc.record({ participants: fc.nat(30), settledAt: fc.integer({ min: 0, max: 2 }) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );

  it('never hides one wave alone in a set of waves whose total may be known', () => {
    fc.assert(
      fc.property(waveRows, threshold, (waves, t) => {
        const rows = waves.flatMap(({ participants, settledAt }, at) =>
          [6, 12].map((horizon, h) => ({ wave: `w${at}`, horizon, participants, settled: settledAt > h })),
        );
        const hidden = hiddenWaves(rows, { threshold: t });
        for (const horizon of [6, 12]) {
          const set = rows.filter((row) => row.horizon === horizon);
          const inside = set.filter((row) => hidden.has(row.wave));
          if (inside.length === 1) expect(set.length).toBe(1);
          for (const row of set)
            if (row.participants > 0 && row.participants < t) expect(hidden).toContain(row.wave);
        }
      }),
    );
  });

  it('hides the smallest neighbour beside a small wave, and nothing when all are large', () => {
    const rows = [3, 40, 60].map((participants, at) => ({
      wave: `w${at}`,
      horizon: 6,
      participants,
      settled: true,
    }));
    expect([...hiddenWaves(rows, { threshold: 10 })]).toEqual(['w0', 'w1']);
    expect(hiddenWaves(rows.slice(1), { threshold: 10 }).size).toBe(0);
  });
});
