// What the record says of the study itself: its words and choices, and who was looked at and who takes part.
import type { Flow, Study } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Estimand } from '../../../schemas/protocol/estimand.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import type { DrawnCouncils } from '../../evaluations/evaluate/allocation.ts';
import type { Columns } from './columns.ts';
import type { AnalysisParticipant } from './participant.ts';

/** The councils that begin at some time, in order, and when: by the protocol, or as they were drawn. */
function beginningsOf({ exposure, allocation }: Protocol, drawn: DrawnCouncils): Study['goLive'] {
  if (exposure?.by === 'go-live') return exposure.goLive;
  if (allocation?.method !== 'stepped-wedge') return [];
  return [...drawn].sort().flatMap(([council, from]) => (from === null ? [] : [{ council, from }]));
}

export const studyOf = (
  protocol: Protocol,
  plan: AnalysisPlan,
  estimand: Estimand,
  drawn: DrawnCouncils = new Map(),
): Study => ({
  question: protocol.question,
  design: protocol.design,
  councils: protocol.councils,
  population: protocol.population,
  unit: protocol.unit,
  armsBy: protocol.exposure?.by ?? protocol.allocation?.method ?? 'list',
  goLive: beginningsOf(protocol, drawn),
  arms: protocol.arms,
  waves: protocol.waves,
  horizons: protocol.horizons,
  primary: protocol.primary,
  estimand,
  plan,
  disclosure: protocol.disclosure,
});

/** Children looked at and, by reason, left out; without a screening, those who take part. */
export type Screening = Pick<Flow, 'screened' | 'excluded'>;

export function flowOf(
  participants: readonly AnalysisParticipant[],
  everybody: Columns,
  screening: Screening,
): Flow {
  const allocated = (['trial', 'comparison'] satisfies Arm[]).map((arm) => {
    const own = participants.filter((one) => one.arm === arm);
    return {
      arm,
      participants: own.length,
      units: everybody.unitsOf(arm),
      councils: new Set(own.map(({ council }) => council)).size,
    };
  });
  return { ...screening, enrolled: participants.length, allocated };
}
