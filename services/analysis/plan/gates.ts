// Checks that must hold before anybody looks at an effect, in gates/. Each says what was found; none looks at an outcome by
// arm but the negative controls, which no intervention can have changed. Limits without a source are ours and stand in the words.
import type {
  AnalysisRecord,
  BalanceRow,
  Gate,
  Matching,
  OutcomeAnalysis,
} from '../../../schemas/analysis.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { UserError } from '../../platform/errors.ts';
import type { Columns } from './columns.ts';
import { balance, balanceAfter, leastClusters, sampleRatio } from './gates/allocated.ts';
import { effectiveSize, negativeControls, preTrend } from './gates/compared.ts';
import { contamination } from './gates/contamination.ts';
import { type Finding, notApplicable } from './gates/finding.ts';
import { attrition, differentialMaturity, feedGaps, regime } from './gates/followed.ts';
import { interimLook, type Timing } from './interim.ts';
import type { AnalysisParticipant } from './participant.ts';

/** A reason recorded for a gate that failed. */
export interface Acceptance {
  gate: string;
  by: string;
  reason: string;
}

/** A reason for a gate that there is not is a slip of the pen. @throws UserError `unknown-gate` */
export function refuseStrangers(
  acceptances: readonly Acceptance[],
  { gates }: Pick<AnalysisRecord, 'gates'>,
): void {
  const stranger = acceptances.find(({ gate }) => !gates.some(({ id }) => id === gate));
  if (stranger)
    throw new UserError(
      'unknown-gate',
      `There is no gate ${stranger.gate}: ${gates.map(({ id }) => id).join(', ')}.`,
      { field: 'accept' },
    );
}

/** What gates are judged on, beside the participants. */
interface Found {
  balance: readonly BalanceRow[];
  matching: Matching | null;
  results: readonly OutcomeAnalysis[];
  /** Null for a plan without looks before the end. */
  timing: Timing | null;
}

/** All gates, in the order in which they are to be read. */
export function gatesOf(
  protocol: Protocol,
  participants: readonly AnalysisParticipant[],
  everybody: Columns,
  { balance: rows, matching, results, timing }: Found,
  acceptances: readonly Acceptance[],
): Gate[] {
  const { primary } = protocol;
  const headline = results.find((one) => one.outcome === primary.outcome && one.horizon === primary.horizon);
  const onHeadline = (check: (result: OutcomeAnalysis, protocol: Protocol) => Finding): Finding =>
    headline ? check(headline, protocol) : notApplicable('The primary outcome was not worked out.');
  const findings: [string, Finding][] = [
    ['interim-look', interimLook(protocol, timing)],
    ['sample-ratio', sampleRatio(protocol, everybody)],
    ['balance', matching ? balanceAfter(matching) : balance(protocol, rows, everybody)],
    ['effective-sample-size', onHeadline((result) => effectiveSize(matching, result))],
    ['contamination', contamination(protocol, participants)],
    ['attrition', onHeadline(attrition)],
    ['differential-maturity', onHeadline(differentialMaturity)],
    ['clusters', onHeadline(leastClusters)],
    ['feed-gaps', feedGaps(participants)],
    ['regime-change', regime(protocol, participants)],
    ['pre-trend', onHeadline(preTrend)],
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
