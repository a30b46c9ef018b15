// Made-up analyses of the demonstration: one with its effects, and the one before it, in which a gate failed.
import { analyse } from '../../services/analysis/plan/analyse.ts';
import { shownRecord } from '../../services/analysis/report/shown.ts';
import type { KeptAnalysis } from '../../services/portal/store.ts';
import { invented, plannedProtocol, snapshotOf } from '../unit/analysis/plan-world.ts';

const councils = Array.from({ length: 12 }, (_, at) => `E069900${String(at + 1).padStart(2, '0')}`);

export const protocol = plannedProtocol(
  {
    id: 'families-first-demonstration',
    councils,
    arms: { trial: 'Family help', comparison: 'Usual support' },
  },
  { subgroups: [{ by: 'age', words: 'Larger for younger children.' }] },
);

/** The record of the analysis with its effects. */
export const record = analyse(protocol, snapshotOf(invented({ families: 900, councils })), [], '0.1.0');

const hash = '8d1c52f3a9b7e4604f2d7c81b0a6e93557c0d4e2f1a8b6938e7d5c4b3a291807';
const made = { by: 'Eve Evaluator', codeVersion: '0.1.0', hash };

/** By evaluation, newest first. Those of `sample-returns` may not be shown. */
export const analysesOf = (): Map<string, KeptAnalysis[]> =>
  new Map([
    [
      'families-first-demonstration',
      [
        {
          ...{ ...made, number: 2, asOf: null, withheld: false },
          ...{ cut: '2026-06-09T08:00:00Z', at: '2026-06-09T08:00:04Z', shown: shownRecord(record) },
        },
        {
          ...{ ...made, number: 1, asOf: '2026-06-07', withheld: true },
          ...{ cut: '2026-06-07T23:00:00Z', at: '2026-06-08T10:20:00Z', shown: null },
        },
      ],
    ],
  ]);
