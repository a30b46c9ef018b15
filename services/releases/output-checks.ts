// The automatic checks of an output in words, each with what it found; and the record of an output that they stand in.
import type { OutputCheck, OutputRecord, ReleaseFinding } from '../../schemas/release.ts';
import { RESIDUAL_DF } from './effects/degrees-of-freedom.ts';
import type { LeftOut } from './effects/released.ts';
import type { Release } from './standing.ts';

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

const left = (count: number, one: string, many: string): string =>
  count === 0 ? '' : ` ${count} ${count === 1 ? one : many} left out for it.`;

const ofEffects = ({ estimates, subgroups, curves }: LeftOut): readonly Rule[] => [
  {
    id: 'regression',
    reasons: [],
    words: (threshold) =>
      `Estimates have at least ${RESIDUAL_DF} residual degrees of freedom, and in each arm at least ${threshold} children with the outcome and as many without.${left(estimates, 'estimate is', 'estimates are')}`,
  },
  {
    id: 'subgroups',
    reasons: [],
    words: (threshold) =>
      `So do effects in groups of children, in each group and arm of it at least ${threshold}; groups by council or wave stay inside.${left(subgroups, 'effect is', 'effects are')}`,
  },
  {
    id: 'curves',
    reasons: [],
    words: (threshold) =>
      `Curves come from counts rounded to ${threshold}, by quarters of a year or longer, and end while ${threshold} children are at risk.${left(curves, 'curve is', 'curves are')}`,
  },
  {
    id: 'everybody-analysed',
    reasons: ['left-out'],
    words: () => 'Effects are of the children that are counted beside them.',
  },
  {
    id: 'final-look',
    reasons: ['interim'],
    words: () => 'It is no look before the end of a trial that is looked at on the way.',
  },
  { id: 'free-text', reasons: ['text'], words: () => 'No words that somebody wrote have figures in them.' },
];

/** The checks of effects, and of the counts that they are made of. */
export const effectChecks = (
  findings: readonly ReleaseFinding[],
  threshold: number,
  leftOut: LeftOut,
): OutputCheck[] => checked([...ofCounts, ...ofEffects(leftOut)], findings, threshold);

const findingWords = ({ reason, what, outcome, arm }: ReleaseFinding): string =>
  `${reason}: ${what}${outcome === null ? '' : ` of ${outcome}`}${arm === null ? '' : `, ${arm}`}`;

type Summary = OutputRecord['files'][number]['sdc']['summary'];

interface Output
  extends Pick<OutputRecord, 'type' | 'properties' | 'checks' | 'outcome' | 'command' | 'timestamp'>,
    Pick<Summary, 'threshold' | 'hidden' | 'leftOut'> {
  findings: ReleaseFinding[];
  /** SHA-256 of the document. */
  checksum: string;
}

export function outputOf({ id, steps }: Release, output: Output): OutputRecord {
  const { type, properties, findings, checksum, threshold, hidden, leftOut, ...rest } = output;
  const reasons = (reason: ReleaseFinding['reason']): number =>
    findings.filter((finding) => finding.reason === reason).length;
  return {
    version: 'waymark-1',
    uid: `release-${id}`,
    status: findings.length === 0 ? 'pass' : 'review',
    ...{ type, properties },
    files: [
      {
        name: `release-${id}.json`,
        checksum,
        sdc: {
          summary: {
            suppressed: hidden > 0,
            ...{ threshold, hidden },
            ...{ narrowed: reasons('narrowed'), few: reasons('few'), corrected: reasons('corrected') },
            ...(leftOut && { leftOut }),
          },
          cells: findings,
        },
      },
    ],
    ...rest,
    summary:
      findings.length === 0
        ? `pass; ${hidden} cells hidden`
        : `review; ${findings.map(findingWords).join('; ')}`,
    comments: steps.flatMap(({ note }) => note ?? []),
    exception: '',
  };
}
