// Every count of a record stands in a sum: what does not add up is named, and such a record is not reported.
import type { AnalysisRecord, AnalysisSet } from '../../../schemas/analysis.ts';

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function setProblems(set: AnalysisSet, enrolled: number): string[] {
  const { notAtRisk, pending, matured, events, censored, straddling, missingCovariates, analysed } = set;
  return [
    ...(set.enrolled === enrolled ? [] : ['enrolled is not who was allocated']),
    ...(set.enrolled === notAtRisk + pending + matured
      ? []
      : ['enrolled is not notAtRisk, pending and matured']),
    ...(analysed === matured - straddling - missingCovariates
      ? []
      : ['analysed is not matured less straddling and missingCovariates']),
    ...(events === null || censored === null || events + censored <= matured
      ? []
      : ['more had an event or were censored than matured']),
  ];
}

/** What does not add up, in words; nothing when everything does. */
export function reconcile({ flow, participants, results }: AnalysisRecord): string[] {
  const allocated = (arm: string) => flow.allocated.find((one) => one.arm === arm)?.participants ?? 0;
  return [
    ...(flow.screened === flow.enrolled + sum(flow.excluded.map(({ count }) => count))
      ? []
      : ['flow: screened is not enrolled and excluded']),
    ...(flow.enrolled === sum(flow.allocated.map((one) => one.participants))
      ? []
      : ['flow: enrolled is not who was allocated']),
    ...(participants.trial === allocated('trial') && participants.comparison === allocated('comparison')
      ? []
      : ['participants are not who was allocated']),
    ...results.flatMap(({ outcome, horizon, sets }) =>
      sets.flatMap((set) =>
        setProblems(set, allocated(set.arm)).map(
          (words) => `${outcome}, ${horizon} months, ${set.arm}: ${words}`,
        ),
      ),
    ),
  ];
}
