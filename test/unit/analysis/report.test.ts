// The report shows what may be shown and nothing else: a number that is withheld or hidden leaves no trace in the file.
import { describe, expect, it } from 'vitest';
import type { AnalysisRecord } from '../../../schemas/analysis.ts';
import { analyse } from '../../../services/analysis/plan/analyse.ts';
import { reportPage } from '../../../services/analysis/report/page.ts';
import { invented, plannedProtocol, snapshotOf } from './plan-world.ts';

const recordOf = (change: Record<string, unknown> = {}, plan: Record<string, unknown> = {}): AnalysisRecord =>
  analyse(
    plannedProtocol(change, { subgroups: [{ by: 'sex', words: 'No difference is expected.' }], ...plan }),
    snapshotOf(invented()),
    [],
    'test',
  );

describe('a report', () => {
  it('says simulated, shows the planned estimate and asks for nothing from elsewhere', () => {
    const page = reportPage(recordOf());
    expect(page).toContain('Simulated data');
    expect(page).toContain('The planned comparison gives');
    expect(page).not.toMatch(/NaN|undefined|\[object/);
    expect(page.replace(/http:\/\/www\.w3\.org\/[^"']*/g, '')).not.toMatch(
      /(src|href)="https?:|url\(["']?https?:/,
    );
  });

  it('is the same page whatever a withheld record would have said', () => {
    const record = recordOf();
    const failed = { ...record, withheld: true };
    const shifted: AnalysisRecord = {
      ...failed,
      results: failed.results.map((result) => ({
        ...result,
        adjustedP: 0.123_456,
        estimates: result.estimates.map((row) => ({ ...row, estimate: 0.777, lower: 0.666, upper: 0.888 })),
        sets: result.sets.map((set) => ({ ...set, events: 7, censored: 0, risk: 0.4321 })),
        curves: [],
        subgroups: [],
        councils: [],
      })),
    };
    expect(reportPage(shifted)).toBe(reportPage(failed));
    expect(reportPage(failed)).not.toContain('The planned comparison gives');
  });

  it('is the same page whatever a hidden number is', () => {
    const few = (events: number): AnalysisRecord => {
      const record = recordOf({ disclosure: { threshold: 10 } }, { subgroups: [] });
      return {
        ...record,
        results: record.results.map((result) =>
          result.outcome === 'care-entry'
            ? {
                ...result,
                councils: [],
                curves: [],
                sets: result.sets.map((set) =>
                  set.arm === 'trial' ? { ...set, events, risk: events / set.matured } : set,
                ),
              }
            : result,
        ),
      };
    };
    expect(reportPage(few(3))).toBe(reportPage(few(4)));
    expect(reportPage(few(3))).toContain('Hidden');
  });
});
