// Costs a child are means of what happened times unit costs; what is not known is in no mean; clusters stay together.
import { describe, expect, it } from 'vitest';
import type { UnitCosts } from '../../../schemas/analysis.ts';
import { costsOf } from '../../../services/analysis/plan/costs.ts';
import type { AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import { daysInCare } from '../../../services/outcomes/definitions/care.ts';
import { invented, plannedProtocol } from './plan-world.ts';

const protocol = plannedProtocol();
const plan = protocol.analysis!;
const costs = (change: Partial<UnitCosts> = {}): UnitCosts => ({
  currency: 'GBP',
  priceYear: 2025,
  source: 'Invented.',
  horizon: 12,
  items: [
    { id: 'care', words: 'Care', outcome: 'care-entry', unitCost: 1000 },
    { id: 'referral', words: 'Referral', outcome: 're-referral', unitCost: 10 },
  ],
  ...change,
});

describe('costs', () => {
  it('are shares with the event times what it costs, and sum to the total', () => {
    const all = invented();
    const found = costsOf(protocol, plan, all, costs())!;
    const share = (arm: string, at: number) => {
      const own = all.filter((one) => one.arm === arm);
      return own.filter((one) => one.outcomes[at]!.state === 'event').length / own.length;
    };
    const [care, referral] = found.items;
    expect(care!.quantity.trial).toBeCloseTo(share('trial', 1), 12);
    expect(care!.cost.comparison).toBeCloseTo(1000 * share('comparison', 1), 9);
    expect(referral!.quantity.difference).toBeCloseTo(share('trial', 3) - share('comparison', 3), 12);
    expect(found.total.trial).toBeCloseTo(care!.cost.trial + referral!.cost.trial, 9);
    expect(found.total.lower!).toBeLessThan(found.total.difference);
    expect(found.total.upper!).toBeGreaterThan(found.total.difference);
    expect(costsOf(protocol, plan, all, costs())).toEqual(found);
  });

  it('leave out whoever has something that is not known', () => {
    const all = invented().map(
      (one, at): AnalysisParticipant =>
        at % 4 > 0
          ? one
          : {
              ...one,
              outcomes: one.outcomes.map((each) => ({
                ...each,
                matured: at % 8 === 0 ? false : each.matured,
                state: 'censored',
              })),
            },
    );
    const { children } = costsOf(protocol, plan, all, costs())!;
    expect(children.trial + children.comparison).toBe(all.filter((_, at) => at % 4 > 0).length);
  });

  it('are paid by the day where days are what is measured', () => {
    const inDays = plannedProtocol({ outcomes: [...protocol.outcomes, daysInCare] });
    const all = invented().map(
      (one, at): AnalysisParticipant => ({
        ...one,
        outcomes: [
          ...one.outcomes,
          ...[6, 12].map((horizon) => ({
            ...one.outcomes[0]!,
            outcome: 'days-in-care',
            horizon,
            state: 'no-event' as const,
            value: at % 10,
          })),
        ],
      }),
    );
    const found = costsOf(
      inDays,
      plan,
      all,
      costs({
        items: [{ id: 'day', words: 'A day in care', outcome: 'days-in-care', unitCost: 200 }],
      }),
    )!;
    const own = all.flatMap((one, at) => (one.arm === 'trial' ? [at % 10] : []));
    const mean = own.reduce((sum, days) => sum + days, 0) / own.length;
    expect(found.items[0]).toMatchObject({ per: 'day' });
    expect(found.items[0]!.cost.trial).toBeCloseTo(200 * mean, 9);
  });

  it('have wider intervals where children of a cluster are alike, and none with few clusters', () => {
    // Each child four times over: as one cluster of four, and as four clusters.
    const four = (together: boolean) =>
      invented({ families: 300 }).flatMap((one) =>
        [0, 1, 2, 3].map((copy) => ({
          ...one,
          child: `${one.child}-${copy}`,
          unit: `${one.child}${together ? '' : copy}`,
        })),
      );
    const width = (all: AnalysisParticipant[]) => {
      const { lower, upper } = costsOf(protocol, plan, all, costs())!.total;
      return upper! - lower!;
    };
    expect(width(four(true)) / width(four(false))).toBeCloseTo(2, 0);
    const few = invented({ families: 6 });
    expect(costsOf(protocol, plan, few, costs())!.total.lower).toBeNull();
  });

  it('refuse an outcome or a horizon that the protocol does not have', () => {
    const all = invented();
    expect(() => costsOf(protocol, plan, all, costs({ horizon: 18 }))).toThrow(/18 months/);
    expect(() =>
      costsOf(
        protocol,
        plan,
        all,
        costs({ items: [{ id: 'x', words: 'x', outcome: 'nothing', unitCost: 1 }] }),
      ),
    ).toThrow(/nothing/);
  });
});
