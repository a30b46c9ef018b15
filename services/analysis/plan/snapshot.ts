// What an analysis is made of: participants with their outcomes, and with what was known of each on the index day.
import { addDays } from '../../../schemas/calendar.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { type Allotted, isOffered } from '../../evaluations/evaluate/allocation.ts';
import type { EvaluatedParticipant } from '../../evaluations/evaluate/evaluate.ts';
import type { KnownFeed } from '../../evaluations/evaluate/known.ts';
import type { Flow } from '../../evaluations/flow.ts';
import { restsOn } from '../../outcomes/feeds.ts';
import type { ChildRecords } from '../../outcomes/live-records.ts';
import type { Snapshot } from './analyse.ts';
import { covariatesOf, sharingOutcomes } from './participant.ts';

/** Whether the help was given in time; null while the council's feed of it does not reach that far. */
function helpedOf(
  limits: NonNullable<AnalysisPlan['contamination']>,
  participant: Parameters<typeof isOffered>[1],
  { completeThrough }: KnownFeed,
): boolean | null {
  const through = completeThrough.get(limits.record);
  if (isOffered(limits, participant)) return true;
  return through !== undefined && through >= addDays(participant.index.day, limits.withinDays) ? false : null;
}

interface Evaluated<One extends EvaluatedParticipant> {
  participants: readonly One[];
  flow: Omit<Flow, 'flags'>;
  allotted: Allotted;
  recordsOf: (participant: One) => ChildRecords;
  feedOf: (council: string) => KnownFeed;
  asOf: string | null;
}

export function snapshotFrom<One extends EvaluatedParticipant>(
  protocol: Protocol,
  { participants, flow, allotted, recordsOf, feedOf, asOf }: Evaluated<One>,
): Snapshot {
  const shared = sharingOutcomes();
  const limits = protocol.analysis?.contamination;
  return {
    asOf,
    screening: { screened: flow.screened, excluded: flow.excluded },
    drawn: allotted.councils,
    participants: participants.map((one) => {
      const { council, child, unit, arm, index, outcomes } = one;
      const records = recordsOf(one);
      return {
        council,
        child,
        unit,
        arm,
        indexDay: index.day,
        covariates: covariatesOf(records, index, council, protocol.waves),
        ...(limits && { helped: helpedOf(limits, { index, records }, feedOf(council)) }),
        outcomes: shared(outcomes),
      };
    }),
    lastDay: ({ council }, definition) => {
      const { completeThrough } = feedOf(council);
      const days = restsOn(definition).map((kind) => completeThrough.get(kind) ?? null);
      return days.includes(null) ? null : (days.sort()[0] ?? null);
    },
  };
}
