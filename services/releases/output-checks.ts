// The automatic checks of an output in words, each with what it found.
import type { OutputCheck, ReleaseFinding } from '../../schemas/release.ts';

/** What a check asks for, and the reasons of findings that speak against it. */
interface Rule {
  id: string;
  reasons: readonly ReleaseFinding['reason'][];
  words: (threshold: number) => string;
}

const ofCounts: readonly Rule[] = [
  {
    id: 'small-counts',
    reasons: [],
    words: (threshold) =>
      threshold > 1
        ? `Counts from 1 to ${threshold - 1} are hidden, and others that would give them away.`
        : 'The protocol hides no counts.',
  },
  {
    id: 'hidden-stay-hidden',
    reasons: ['narrowed'],
    words: (threshold) =>
      `Beside everything these readers have seen, each hidden number keeps at least ${threshold} other values.`,
  },
  {
    id: 'no-few-by-subtraction',
    reasons: ['few'],
    words: (threshold) =>
      `No numbers, here or seen before, give fewer than ${threshold} children by subtraction.`,
  },
  {
    id: 'no-small-corrections',
    reasons: ['corrected'],
    words: () => 'Since the numbers seen before, records were not corrected for few children.',
  },
];

const checked = (
  rules: readonly Rule[],
  findings: readonly ReleaseFinding[],
  threshold: number,
): OutputCheck[] =>
  rules.map(({ id, reasons, words }) => ({
    id,
    result: findings.some(({ reason }) => reasons.includes(reason)) ? 'review' : 'pass',
    words: words(threshold),
  }));

/** The checks of tables of counts. */
export const countChecks = (findings: readonly ReleaseFinding[], threshold: number): OutputCheck[] =>
  checked(ofCounts, findings, threshold);
