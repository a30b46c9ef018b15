// Checks that must hold before anybody looks at an effect. Each says what was found; none looks at an outcome by arm but
// the negative controls, which no intervention can have changed. Limits without a source are ours and stand in the words.
import type { BalanceRow, Gate, OutcomeAnalysis } from '../../../schemas/analysis.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { estimate } from '../../statistics/estimate.ts';
import { TOO_FEW_CLUSTERS_PER_ARM } from '../../statistics/regression/cluster-rules.ts';
import { plannedEstimate } from './estimates.ts';
import type { AnalysisParticipant } from './participant.ts';

type Finding = Pick<Gate, 'state' | 'words' | 'children'>;

/** @param children the numbers of children that a reader can work out from the words */
const pass = (holds: boolean, words: string, children: number[] = []): Finding => ({
  state: holds ? 'passed' : 'failed',
  words,
  children,
});
const notApplicable = (words: string): Finding => ({ state: 'not-applicable', words, children: [] });
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const arms = ['trial', 'comparison'] as const;

/** Kohavi, Tang and Xu (2020), ch. 21: a mismatch is called at p below 0.001, for it is tested at every look. */
const SRM_P = 0.001;

function sampleRatio(protocol: Protocol, participants: readonly AnalysisParticipant[]): Finding {
  const { allocation } = protocol;
  if (allocation?.method !== 'seeded')
    return notApplicable('The planned ratio of the arms is not in the protocol.');
  const units = new Map(participants.map((one) => [`${one.council} ${one.unit}`, one.arm]));
  const observed = arms.map((arm) => [...units.values()].filter((other) => other === arm).length);
  if (units.size === 0) return notApplicable('Nobody is enrolled.');
  const expected = [allocation.trialShare, 1 - allocation.trialShare];
  const { p } = estimate({ method: 'srm', level: 0.95, observed, expected }, null);
  const words = `${observed[0]} units in the trial arm and ${observed[1]} in the comparison, planned ${percent(allocation.trialShare)} in the trial arm: p = ${Number(p).toPrecision(2)}, called at ${SRM_P}.`;
  return pass(Number(p) >= SRM_P, words, protocol.unit === 'council' ? [] : observed);
}

/** Stuart (2010), Statistical Science 25, sec. 4.2: 0.25 standard deviations is where regression adjustment stops being safe. */
const MOST_IMBALANCE = 0.25;
/** In a randomised study some imbalance is chance: it must also be one that chance brings in under 1 of 1,000 draws. */
const CHANCE_Z = 3.29;

function balance(
  { design }: Protocol,
  rows: readonly BalanceRow[],
  participants: readonly AnalysisParticipant[],
): Finding {
  const measured = rows.filter((row) => row.standardisedDifference !== null);
  if (measured.length === 0) return notApplicable('No covariate is known in both arms.');
  const worst = measured.reduce((a, b) =>
    Math.abs(b.standardisedDifference ?? 0) > Math.abs(a.standardisedDifference ?? 0) ? b : a,
  );
  const size = Math.abs(worst.standardisedDifference ?? 0);
  const units = arms.map(
    (arm) =>
      new Set(participants.filter((one) => one.arm === arm).map((one) => `${one.council} ${one.unit}`)).size,
  );
  const chance = CHANCE_Z * Math.sqrt(units.reduce((sum, count) => sum + 1 / count, 0));
  const limit = design === 'randomised' ? Math.max(MOST_IMBALANCE, chance) : MOST_IMBALANCE;
  return pass(
    size <= limit,
    `The largest difference between the arms is ${size.toFixed(2)} standard deviations (${worst.covariate}); the limit is ${limit.toFixed(2)}.`,
    worst.level === null ? [] : [worst.counts.trial, worst.counts.comparison],
  );
}

const MOST_DIFFERENCE = 0.05;

/** Whether one arm's outcomes are known more often than the other's. Limit ours: 5 points and p below 0.01. */
function differentialMaturity({ sets, horizon }: OutcomeAnalysis): Finding {
  const [a, b] = sets.map((set) => ({ events: set.matured, n: set.enrolled - set.notAtRisk }));
  if (!a || !b || a.n === 0 || b.n === 0) return notApplicable('Nobody is at risk in one of the arms.');
  const shares = [a.events / a.n, b.events / b.n] as const;
  const { p: found } = estimate({ method: 'two-proportions', level: 0.95, a, b }, null);
  const p = typeof found === 'number' ? found : 1;
  const apart = Math.abs(shares[0] - shares[1]);
  return pass(
    apart <= MOST_DIFFERENCE || p >= 0.01,
    `At ${horizon} months ${percent(shares[0])} of the trial arm and ${percent(shares[1])} of the comparison are matured; more than ${percent(MOST_DIFFERENCE)} apart with p under 0.01 fails.`,
    sets.flatMap((set) => [set.notAtRisk, set.pending, set.matured]),
  );
}

const LEAST_FOLLOWED = 0.5;

function attrition({ sets, horizon }: OutcomeAnalysis): Finding {
  const sum = (of: (set: OutcomeAnalysis['sets'][number]) => number) =>
    sets.reduce((total, set) => total + of(set), 0);
  const atRisk = sum((set) => set.enrolled - set.notAtRisk);
  if (atRisk === 0) return notApplicable('Nobody is at risk.');
  const followed = sum((set) => set.matured - (set.censored ?? 0));
  return pass(
    followed / atRisk >= LEAST_FOLLOWED,
    `${percent(followed / atRisk)} of those at risk were followed to ${horizon} months or to their event; the limit is ${percent(LEAST_FOLLOWED)}.`,
    sets.flatMap((set) => [set.notAtRisk, set.pending, set.censored ?? 0]),
  );
}

function leastClusters({ sets }: OutcomeAnalysis, { unit, analysis }: Protocol): Finding {
  const least = Math.min(...sets.map((set) => set.clusters));
  return pass(
    least >= TOO_FEW_CLUSTERS_PER_ARM,
    `The smaller arm has ${least} clusters with a matured participant; ${TOO_FEW_CLUSTERS_PER_ARM} is the least that carries an interval.`,
    unit === 'council' || analysis?.clusters === 'council' ? [] : [least],
  );
}

const MOST_IN_GAPS = 0.05;

function feedGaps(participants: readonly AnalysisParticipant[]): Finding {
  const lost = participants.filter((one) =>
    one.outcomes.some(({ censorReason }) => censorReason === 'declared-gap'),
  );
  const share = participants.length === 0 ? 0 : lost.length / participants.length;
  return pass(
    share <= MOST_IN_GAPS,
    `${percent(share)} of participants are censored by a declared gap of their council's feed; the limit is ${percent(MOST_IN_GAPS)}.`,
    [lost.length],
  );
}

function regime(
  { regime: changes, primary }: Protocol,
  participants: readonly AnalysisParticipant[],
): Finding {
  if (!changes || changes.length === 0) return notApplicable('The protocol names no change of recording.');
  const straddles = participants.filter((one) => {
    const end = one.outcomes.find(
      ({ outcome, horizon }) => outcome === primary.outcome && horizon === primary.horizon,
    )?.horizonDay;
    return changes.some(
      ({ council, from }) =>
        council === one.council && from > one.indexDay && end !== undefined && from <= end,
    );
  });
  return pass(
    straddles.length === 0,
    `The follow-up of ${straddles.length} participants spans a change in what their council records: an outcome can move without a child's life changing.`,
    [straddles.length],
  );
}

function negativeControls(
  results: readonly OutcomeAnalysis[],
  { primary, estimand, analysis }: Protocol,
): Finding {
  const controls = results.filter(
    (one) => one.role === 'negative-control' && one.horizon === primary.horizon,
  );
  if (controls.length === 0) return notApplicable('The protocol names no negative control.');
  const alpha = (analysis?.alpha ?? 0.05) / controls.length;
  const found = controls.map((one) => ({
    one,
    p: plannedEstimate(one.estimates, estimand?.summary)?.p ?? null,
  }));
  const moved = found.filter(({ p }) => p !== null && p < alpha).map(({ one }) => one.outcome);
  return pass(
    moved.length === 0,
    moved.length === 0
      ? `No negative control differs between the arms at p under ${alpha.toPrecision(2)}.`
      : `The arms differ in what the intervention cannot have changed: ${moved.join(', ')}.`,
  );
}

/** A reason recorded for a gate that failed. */
export interface Acceptance {
  gate: string;
  by: string;
  reason: string;
}

/** All gates, in the order in which they are to be read. */
export function gatesOf(
  protocol: Protocol,
  participants: readonly AnalysisParticipant[],
  rows: readonly BalanceRow[],
  results: readonly OutcomeAnalysis[],
  acceptances: readonly Acceptance[],
): Gate[] {
  const { primary } = protocol;
  const headline = results.find((one) => one.outcome === primary.outcome && one.horizon === primary.horizon);
  const onHeadline = (check: (result: OutcomeAnalysis, protocol: Protocol) => Finding): Finding =>
    headline ? check(headline, protocol) : notApplicable('The primary outcome was not worked out.');
  const findings: [string, Finding][] = [
    ['sample-ratio', sampleRatio(protocol, participants)],
    ['balance', balance(protocol, rows, participants)],
    ['attrition', onHeadline(attrition)],
    ['differential-maturity', onHeadline(differentialMaturity)],
    ['clusters', onHeadline(leastClusters)],
    ['feed-gaps', feedGaps(participants)],
    ['regime-change', regime(protocol, participants)],
    ['negative-controls', negativeControls(results, protocol)],
  ];
  return findings.map(([id, { state, words, children }]): Gate => {
    const acceptance = state === 'failed' ? acceptances.find(({ gate }) => gate === id) : undefined;
    return {
      id,
      state: acceptance ? 'accepted' : state,
      words,
      children,
      accepted: acceptance ? { by: acceptance.by, reason: acceptance.reason } : null,
    };
  });
}
