// A snapshot from a file of events, by the reference engine: what `waymark evaluate` shows, with the covariates of each child.
import type { Protocol } from '../../../schemas/protocol.ts';
import type { ListedArms } from '../../evaluations/evaluate/allocation.ts';
import { evaluate } from '../../evaluations/evaluate/evaluate.ts';
import type { Known } from '../../evaluations/evaluate/known.ts';
import { restsOn } from '../../outcomes/feeds.ts';
import { recordsOf } from '../../outcomes/live-records.ts';
import type { Snapshot } from './analyse.ts';
import { covariatesOf } from './participant.ts';

export function snapshotOf(
  protocol: Protocol,
  known: Known,
  listed: ListedArms,
  made: { codeVersion: string; asOf: string | null },
): Snapshot {
  const { participants, flow } = evaluate(protocol, known, listed, made);
  const records = new Map(
    known.children().map(({ council, child, newest }) => [`${council} ${child}`, newest] as const),
  );
  return {
    asOf: made.asOf,
    screening: { screened: flow.screened, excluded: flow.excluded },
    participants: participants.map(({ council, child, unit, arm, index, outcomes }) => {
      const newest = records.get(`${council} ${child}`);
      return {
        council,
        child,
        unit,
        arm,
        indexDay: index.day,
        covariates: covariatesOf(recordsOf(newest ?? new Map()), index, council, protocol.waves),
        outcomes,
      };
    }),
    lastDay: ({ council }, definition) => {
      const { completeThrough } = known.feedOf(council);
      const days = restsOn(definition).map((kind) => completeThrough.get(kind) ?? null);
      return days.includes(null) ? null : (days.sort()[0] ?? null);
    },
  };
}
