// The protocol under which a simulated world is evaluated: family meetings offered to families drawn at random.
import { Protocol } from '../../schemas/protocol.ts';
import { headlineOutcomes } from '../outcomes/definitions.ts';
import type { Simulation } from './simulate.ts';

/** A valid, lockable protocol for the simulation's councils, window and horizons. Arms come from `simulation.allocations()`. */
export function demonstrationProtocol({ plan }: Pick<Simulation, 'plan'>): Protocol {
  return Protocol.parse({
    protocolVersion: 1,
    id: `family-meetings-${plan.name}`,
    title: 'Family meetings at referral (simulated)',
    question:
      'Does offering a family group meeting within a month of referral reduce re-referral, repeat child protection plans and ' +
      'care entry within 6, 12 and 18 months, compared with usual practice? Every child, family and council is invented.',
    dataSource: 'simulated',
    design: 'randomised',
    councils: plan.councils.map((council) => council.code),
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: plan.recruitment.from,
      to: plan.recruitment.to,
    },
    unit: 'family',
    allocation: { method: 'list' },
    arms: { trial: 'Family meeting offered', comparison: 'Usual practice' },
    waves: 'month',
    horizons: plan.horizons,
    outcomes: headlineOutcomes,
    primary: { outcome: 'care-entry', horizon: 12 },
    disclosure: { threshold: 6 },
  } satisfies Omit<Protocol, 'outcomes'> & { outcomes: typeof headlineOutcomes });
}
