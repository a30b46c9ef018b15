// Whether children were followed as planned: both arms alike, to the end, without gaps, and recorded in one way throughout.
import type { OutcomeAnalysis } from '../../../../schemas/analysis.ts';
import type { Protocol } from '../../../../schemas/protocol.ts';
import { estimate } from '../../../statistics/estimate.ts';
import type { AnalysisParticipant } from '../participant.ts';
import { straddles } from '../straddling.ts';
import { type Finding, notApplicable, pass, percent } from './finding.ts';

const MOST_DIFFERENCE = 0.05;

/** Whether one arm's outcomes are known more often than the other's. Limit ours: 5 points and p below 0.01. */
export function differentialMaturity({ sets, horizon }: OutcomeAnalysis): Finding {
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

/** Of those whose time is over: who is still pending is not lost. */
export function attrition({ sets, horizon }: OutcomeAnalysis): Finding {
  const sum = (of: (set: OutcomeAnalysis['sets'][number]) => number) =>
    sets.reduce((total, set) => total + of(set), 0);
  const over = sum((set) => set.matured);
  if (over === 0) return notApplicable(`Nobody's ${horizon} months are over.`);
  const followed = over - sum((set) => set.censored ?? 0);
  return pass(
    followed / over >= LEAST_FOLLOWED,
    `${percent(followed / over)} of those whose ${horizon} months are over were followed to the end or to their event; the limit is ${percent(LEAST_FOLLOWED)}.`,
    sets.flatMap((set) => [set.matured, set.censored ?? 0]),
  );
}

const MOST_IN_GAPS = 0.05;

export function feedGaps(participants: readonly AnalysisParticipant[]): Finding {
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

export function regime(protocol: Protocol, participants: readonly AnalysisParticipant[]): Finding {
  const { regime: changes, primary, analysis } = protocol;
  if (!changes || changes.length === 0) return notApplicable('The protocol names no change of recording.');
  const touched = participants.filter((one) => {
    const outcome = one.outcomes.find(
      ({ outcome: id, horizon }) => id === primary.outcome && horizon === primary.horizon,
    );
    return outcome !== undefined && straddles(protocol, one, outcome);
  }).length;
  if (analysis?.straddling === 'left-out')
    return pass(
      true,
      `A change in what their council records falls within the follow-up of ${touched} participants: they are left out, as planned.`,
      [touched],
    );
  return pass(
    touched === 0,
    `A change in what their council records falls within the follow-up of ${touched} participants: an outcome can move without a child's life changing.`,
    [touched],
  );
}
