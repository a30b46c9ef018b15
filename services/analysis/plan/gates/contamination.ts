// Whether each arm got what it was to get: limits that the plan declares, on records of the help itself.
import type { AnalysisPlan } from '../../../../schemas/protocol/analysis-plan.ts';
import type { Arm, Protocol } from '../../../../schemas/protocol.ts';
import type { AnalysisParticipant } from '../participant.ts';
import { type Finding, notApplicable, pass, percent } from './finding.ts';

type Limits = NonNullable<AnalysisPlan['contamination']>;

const helpName = ({ record }: Limits): string => record.replace('-', ' ');

/** Of those in an arm of whom it is known: how many, and how many of them had the help. */
function helpedIn(arm: Arm, participants: readonly AnalysisParticipant[]): { known: number; helped: number } {
  const known = participants.filter((one) => one.arm === arm && typeof one.helped === 'boolean');
  return { known: known.length, helped: known.filter(({ helped }) => helped).length };
}

/** A council whose feed of the help is silent tells of nobody: an arm of which nothing is known fails. */
export function contamination({ analysis }: Protocol, participants: readonly AnalysisParticipant[]): Finding {
  const limits = analysis?.contamination;
  if (!limits) return notApplicable('The plan declares no limit of contamination.');
  const within = `within ${limits.withinDays} days of the index day`;
  const [trial, comparison] = [helpedIn('trial', participants), helpedIn('comparison', participants)];
  if (trial.known === 0 || comparison.known === 0)
    return pass(false, `Of one of the arms it is not known who had a ${helpName(limits)} ${within}.`);
  const reached = comparison.helped / comparison.known;
  const missed = 1 - trial.helped / trial.known;
  return pass(
    reached <= limits.mostInComparison && missed <= limits.mostWithoutInTrial,
    `${percent(reached)} of the comparison had a ${helpName(limits)} ${within}, and ${percent(missed)} of the trial arm had none; the plan allows ${percent(limits.mostInComparison)} and ${percent(limits.mostWithoutInTrial)}.`,
    [comparison.helped, trial.known - trial.helped],
  );
}
