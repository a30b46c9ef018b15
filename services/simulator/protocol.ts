// The protocol under which a simulated world is evaluated: family meetings offered to families drawn at random.
import { Protocol } from '../../schemas/protocol.ts';
import { headlineOutcomes } from '../outcomes/definitions.ts';
import type { Simulation } from './simulate.ts';

/** A valid, lockable protocol for the simulation's councils, window and horizons. Arms come from `simulation.allocations()`. */
export function demonstrationProtocol({ plan }: Pick<Simulation, 'plan'>): Protocol {
  return Protocol.parse({
    protocolVersion: 2,
    id: `family-meetings-trial-${plan.name}`,
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
    estimand: {
      words:
        'The difference in the share of children who enter care within 12 months that the offer of a meeting makes, whether or not it was taken up.',
      effect: 'assignment',
      summary: 'risk-difference',
      intercurrentEvents: [],
    },
    analysis: {
      model: { method: 'g-computation' },
      covariates: ['age', 'sex', 'primary-need', 'council'],
      clusters: 'unit',
      alpha: 0.05,
      missing: 'missing-category',
      multiplicity: 'holm',
      subgroups: [{ by: 'age', words: 'No difference is expected.' }],
      negativeControls: [],
      sensitivity: [
        { id: 'unadjusted', words: 'Without covariates' },
        { id: 'council-clusters', words: 'Councils as clusters' },
      ],
    },
  } satisfies Omit<Protocol, 'outcomes'> & { outcomes: typeof headlineOutcomes });
}
