// The participants of a cohort without a line written or read: what the reference engine makes of the same records, for
// benches of many worlds. test/unit/analysis/direct.test.ts holds the two to each other.
import type { RecordKind } from '../../../schemas/records.ts';
import type { ChildRecords } from '../../outcomes/live-records.ts';
import type { Cohort } from '../../simulator/cohort/cohort.ts';
import { recordsOf, type Stated } from '../../simulator/cohort/messages.ts';
import { dayOf, plusMonths, text } from '../../simulator/days.ts';
import type { Snapshot } from '../plan/analyse.ts';
import { type AnalysedOutcome, type AnalysisParticipant, covariatesOf } from '../plan/participant.ts';

/** The record that shows each outcome in a cohort: at most one a child, but for the index. */
const shownBy: Readonly<Record<string, RecordKind>> = {
  'in-care': 'care-episode',
  'care-entry': 'care-episode',
  're-referral': 'referral',
  'repeat-cp-plan': 'cp-plan',
};

const INDEX = 'index';

function outcomesOf(
  { spec, protocol }: Cohort,
  indexDay: number,
  stated: readonly Stated[],
): AnalysedOutcome[] {
  return protocol.outcomes.flatMap(({ id }) => {
    const kind = shownBy[id];
    if (kind === undefined) throw new RangeError(`a cohort shows nothing of ${id}`);
    const on = stated.find((one) => one.kind === kind && one.id !== INDEX)?.on ?? Number.POSITIVE_INFINITY;
    return protocol.horizons.map((horizon): AnalysedOutcome => {
      const end = plusMonths(indexDay, horizon);
      const happens = on <= end;
      return {
        outcome: id,
        horizon,
        state: happens ? 'event' : 'no-event',
        date: happens ? text(on) : null,
        censorReason: null,
        value: null,
        clockStart: text(indexDay),
        horizonDay: text(end),
        matured: end <= dayOf(spec.completeThrough),
      };
    });
  });
}

/** Children by plain names in place of pseudonyms, family by family. */
export function directSnapshot(cohort: Cohort): Snapshot {
  const { spec, protocol, families, arms } = cohort;
  const participants = families.flatMap((family, f) =>
    family.children.map((child): AnalysisParticipant => {
      const stated = recordsOf(cohort, f, child, `f${family.at}`);
      const of = (kind: RecordKind) =>
        stated.flatMap((one) => (one.kind === kind ? [{ recordId: one.id, state: one.state }] : []));
      const records = { child: of('child'), referral: of('referral') } as unknown as ChildRecords;
      const day = text(family.indexDay);
      return {
        council: family.council,
        child: `f${family.at}-${child.at}`,
        unit: protocol.unit === 'council' ? family.council : `f${family.at}`,
        arm: arms[f] ?? 'comparison',
        indexDay: day,
        covariates: covariatesOf(records, { day, recordId: INDEX }, family.council, protocol.waves),
        outcomes: outcomesOf(cohort, family.indexDay, stated),
      };
    }),
  );
  return {
    participants,
    lastDay: () => spec.completeThrough,
    asOf: null,
    screening: { screened: participants.length, excluded: [] },
  };
}
