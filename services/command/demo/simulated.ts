// The demonstration evaluation: a family-randomised trial in twenty invented councils, with a true effect that is known.

import type { FeedMessage } from '../../../schemas/message.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { AllocatedUnit, CouncilEntry } from '../../evaluations/register.ts';
import { demonstrationPlan, smallPlan } from '../../simulator/plan.ts';
import { demonstrationProtocol } from '../../simulator/protocol.ts';
import { type SimulatedCouncil, type Simulation, simulate } from '../../simulator/simulate.ts';
import type { Delivery } from './deliver.ts';

export interface SimulatedEvaluation {
  protocol: Protocol;
  councils: CouncilEntry[];
  allocations: AllocatedUnit[];
  deliveries: Delivery[];
}

function* messagesOf(council: SimulatedCouncil): Generator<FeedMessage> {
  for (const { messages } of council.deliveries()) yield* messages;
}

const allocationsOf = (simulation: Simulation): AllocatedUnit[] =>
  simulation.allocations().map(({ council, family, arm }) => ({ council, unit: family, arm }));

/** `small` is the same evaluation in miniature, for tests. */
export function simulatedEvaluation(size: 'full' | 'small'): SimulatedEvaluation {
  const simulation = simulate(size === 'full' ? demonstrationPlan() : smallPlan());
  const councils = simulation.councils();
  return {
    protocol: demonstrationProtocol(simulation),
    councils: councils.map(({ code, name }) => ({ code, name, dataSource: 'simulated' })),
    allocations: allocationsOf(simulation),
    deliveries: councils.map((council) => ({
      name: `simulated-${council.code}`,
      council: council.code,
      messages: () => messagesOf(council),
    })),
  };
}
