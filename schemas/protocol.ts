// A protocol says who is followed, from which event, in which arms, and what is counted: before any result is seen.
import { z } from 'zod';
import { CivilDate } from './calendar.ts';
import { CouncilCode } from './case-event.ts';
import { OutcomeDefinition, Slug } from './outcome.ts';

export const Arm = z.enum(['trial', 'comparison']);
export type Arm = z.infer<typeof Arm>;

/** Where the records come from; anything but `real` is said on every page and in every file. */
export const DataSource = z.enum(['real', 'simulated', 'sample']);
export type DataSource = z.infer<typeof DataSource>;

const Allocation = z.discriminatedUnion('method', [
  /** A list made elsewhere: one row a unit and its arm. */
  z.strictObject({ method: z.literal('list') }),
  /** The child's council decides the arm. */
  z.strictObject({
    method: z.literal('by-council'),
    trial: z.array(CouncilCode).min(1),
    comparison: z.array(CouncilCode).min(1),
  }),
  /** Simple randomisation, reproducible: SHA-256 of seed and unit pseudonym below `trialShare`. */
  z.strictObject({
    method: z.literal('seeded'),
    seed: z.string().min(8).max(128),
    trialShare: z.number().gt(0).lt(1),
  }),
]);

export const Protocol = z
  .strictObject({
    protocolVersion: z.literal(1),
    id: Slug,
    title: z.string().min(1).max(120),
    question: z.string().min(1).max(600),
    dataSource: DataSource,
    design: z.enum(['randomised', 'quasi-experimental']),
    councils: z.array(CouncilCode).min(1).max(200),
    population: z.strictObject({
      /** The child's first referral with its date in the window is the index. */
      index: z.strictObject({ record: z.literal('referral'), countNoFurtherAction: z.boolean() }),
      from: CivilDate,
      to: CivilDate,
    }),
    /** What is allocated. Siblings share the arm when it is the family. Standard errors cluster on it. */
    unit: z.enum(['child', 'family', 'council']),
    allocation: Allocation,
    arms: z.strictObject({ trial: z.string().min(1).max(60), comparison: z.string().min(1).max(60) }),
    /** Participants are followed together by the month, quarter or year of their index day. */
    waves: z.enum(['month', 'quarter', 'year']),
    /** Months from the index day. */
    horizons: z.array(z.int().min(1).max(120)).min(1).max(6),
    outcomes: z.array(OutcomeDefinition).min(1).max(12),
    primary: z.strictObject({ outcome: Slug, horizon: z.int() }),
    /** Counts from 1 to `threshold` - 1 are hidden. */
    disclosure: z.strictObject({ threshold: z.int().min(1).max(50) }),
  })
  .superRefine((protocol, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (protocol.population.from > protocol.population.to) {
      problem(['population', 'to'], 'must not be before population.from');
    }
    const names = protocol.outcomes.map((outcome) => outcome.id);
    if (new Set(names).size !== names.length) problem(['outcomes'], 'must not name the same outcome twice');
    if (!names.includes(protocol.primary.outcome))
      problem(['primary', 'outcome'], 'must be one of the outcomes');
    if (!protocol.horizons.includes(protocol.primary.horizon)) {
      problem(['primary', 'horizon'], 'must be one of the horizons');
    }
    protocol.horizons.forEach((months, at) => {
      if (at > 0 && months <= (protocol.horizons[at - 1] ?? 0))
        problem(['horizons', at], 'must be in rising order');
    });
    if (protocol.allocation.method === 'by-council') {
      if (protocol.unit !== 'council') problem(['unit'], 'must be council when the council decides the arm');
      const { trial, comparison } = protocol.allocation;
      const given = [...trial, ...comparison].sort();
      if (JSON.stringify(given) !== JSON.stringify([...protocol.councils].sort())) {
        problem(['allocation'], 'must put every council of the protocol in exactly one arm');
      }
    } else if (protocol.unit === 'council') {
      problem(['allocation', 'method'], 'must be by-council when the unit is the council');
    }
  });
export type Protocol = z.infer<typeof Protocol>;
