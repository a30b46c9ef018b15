import { describe, expect, it } from 'vitest';
import { runScenario } from '../../../services/statistics/selftest.ts';

describe('the default analysis in simulated cluster trials', () => {
  for (const clusters of [10, 20]) {
    it(`${clusters} clusters: type I error and coverage lie within 3.5 Monte Carlo errors of nominal`, () => {
      const trials = 800;
      const error = Math.sqrt((0.05 * 0.95) / trials);
      const none = runScenario({ clusters, icc: 0.1, effect: 0 }, trials, 11);
      expect(Math.abs(none.rejected - 0.05)).toBeLessThan(3.5 * error);
      const some = runScenario({ clusters, icc: 0.1, effect: 0.4 }, trials, 12);
      expect(Math.abs(some.coverage - 0.95)).toBeLessThan(3.5 * error);
      expect(Math.abs(some.bias)).toBeLessThan(3.5 * some.biasError);
      expect(some.rejected).toBeGreaterThan(0.2);
    });
  }
  it('is the same from its seed', () => {
    const scenario = { clusters: 10, icc: 0.01, effect: 0.4 };
    expect(runScenario(scenario, 20, 5)).toEqual(runScenario(scenario, 20, 5));
    expect(runScenario(scenario, 20, 5)).not.toEqual(runScenario(scenario, 20, 6));
  });
});
