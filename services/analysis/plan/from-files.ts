// A snapshot from a file of events, by the reference engine: what `waymark evaluate` shows, with the covariates of each child.
import type { Protocol } from '../../../schemas/protocol.ts';
import type { Allotted } from '../../evaluations/evaluate/allocation.ts';
import { evaluate } from '../../evaluations/evaluate/evaluate.ts';
import type { Known } from '../../evaluations/evaluate/known.ts';
import { recordsOf } from '../../outcomes/live-records.ts';
import type { Snapshot } from './analyse.ts';
import { snapshotFrom } from './snapshot.ts';

export function snapshotOf(
  protocol: Protocol,
  known: Known,
  allotted: Allotted,
  made: { codeVersion: string; asOf: string | null },
): Snapshot {
  const { participants, flow } = evaluate(protocol, known, allotted, made);
  const newest = new Map(
    known.children().map(({ council, child, newest }) => [`${council} ${child}`, newest] as const),
  );
  return snapshotFrom(protocol, {
    participants,
    flow,
    allotted,
    recordsOf: ({ council, child }) => recordsOf(newest.get(`${council} ${child}`) ?? new Map()),
    feedOf: (council) => known.feedOf(council),
    asOf: made.asOf,
  });
}
