// A snapshot from a file of events, by the reference engine: what `waymark evaluate` shows, with the covariates of each child.
import type { Protocol } from '../../../schemas/protocol.ts';
import type { ListedArms } from '../../evaluations/evaluate/allocation.ts';
import { evaluate } from '../../evaluations/evaluate/evaluate.ts';
import type { Known } from '../../evaluations/evaluate/known.ts';
import { recordsOf } from '../../outcomes/live-records.ts';
import type { Snapshot } from './analyse.ts';
import { snapshotFrom } from './snapshot.ts';

export function snapshotOf(
  protocol: Protocol,
  known: Known,
  listed: ListedArms,
  made: { codeVersion: string; asOf: string | null },
): Snapshot {
  const { participants, flow } = evaluate(protocol, known, listed, made);
  const newest = new Map(
    known.children().map(({ council, child, newest }) => [`${council} ${child}`, newest] as const),
  );
  return snapshotFrom(protocol, {
    participants,
    flow,
    recordsOf: ({ council, child }) => recordsOf(newest.get(`${council} ${child}`) ?? new Map()),
    feedOf: (council) => known.feedOf(council),
    asOf: made.asOf,
  });
}
