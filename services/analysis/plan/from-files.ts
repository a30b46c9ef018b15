// A snapshot from a file of events, by the reference engine: what `waymark evaluate` shows, with the covariates of each child.
import { addDays } from '../../../schemas/calendar.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { isOffered, type ListedArms } from '../../evaluations/evaluate/allocation.ts';
import { evaluate } from '../../evaluations/evaluate/evaluate.ts';
import type { Known, KnownFeed } from '../../evaluations/evaluate/known.ts';
import { restsOn } from '../../outcomes/feeds.ts';
import { recordsOf } from '../../outcomes/live-records.ts';
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

export function snapshotOf(
  protocol: Protocol,
  known: Known,
  listed: ListedArms,
  made: { codeVersion: string; asOf: string | null },
): Snapshot {
  const { participants, flow } = evaluate(protocol, known, listed, made);
  const shared = sharingOutcomes();
  const records = new Map(
    known.children().map(({ council, child, newest }) => [`${council} ${child}`, newest] as const),
  );
  return {
    asOf: made.asOf,
    screening: { screened: flow.screened, excluded: flow.excluded },
    participants: participants.map(({ council, child, unit, arm, index, outcomes }) => {
      const own = recordsOf(records.get(`${council} ${child}`) ?? new Map());
      const limits = protocol.analysis?.contamination;
      return {
        council,
        child,
        unit,
        arm,
        indexDay: index.day,
        covariates: covariatesOf(own, index, council, protocol.waves),
        ...(limits && { helped: helpedOf(limits, { index, records: own }, known.feedOf(council)) }),
        outcomes: shared(outcomes),
      };
    }),
    lastDay: ({ council }, definition) => {
      const { completeThrough } = known.feedOf(council);
      const days = restsOn(definition).map((kind) => completeThrough.get(kind) ?? null);
      return days.includes(null) ? null : (days.sort()[0] ?? null);
    },
  };
}
