// The fields of a protocol; what they owe each other is in rules.ts.
import { z } from 'zod';
import { CouncilCode } from '../case-event.ts';
import { OutcomeDefinition, Slug } from '../outcome.ts';
import { Allocation } from './allocation.ts';
import { AnalysisPlan } from './analysis-plan.ts';
import { Disclosure } from './disclosure.ts';
import { Estimand } from './estimand.ts';
import { Exposure } from './exposure.ts';
import { Population } from './population.ts';
import { RegimeChange } from './regime.ts';

export const Arm = z.enum(['trial', 'comparison']);
export type Arm = z.infer<typeof Arm>;

/** Where the records come from; anything but `real` is said on every page and in every file. */
export const DataSource = z.enum(['real', 'simulated', 'sample']);
export type DataSource = z.infer<typeof DataSource>;

export const Parts = z.strictObject({
  protocolVersion: z.union([z.literal(1), z.literal(2)]),
  id: Slug,
  title: z.string().min(1).max(120),
  question: z.string().min(1).max(600),
  estimand: Estimand.optional(),
  dataSource: DataSource,
  design: z.enum(['randomised', 'quasi-experimental']),
  councils: z.array(CouncilCode).min(1).max(200),
  population: Population,
  /**
   * What is allocated. Siblings share the arm when it is the family; children of the team of their index referral when it is
   * the team. Standard errors cluster on it.
   */
  unit: z.enum(['child', 'family', 'team', 'council']),
  /** Arms that the study decides; or else `exposure`: arms that the records show. */
  allocation: Allocation.optional(),
  exposure: Exposure.optional(),
  arms: z.strictObject({ trial: z.string().min(1).max(60), comparison: z.string().min(1).max(60) }),
  /** Participants are followed together by the month, quarter or year of their index day. */
  waves: z.enum(['month', 'quarter', 'year']),
  /** Months from the index day. */
  horizons: z.array(z.int().min(1).max(120)).min(1).max(6).default([6, 12, 18]),
  outcomes: z.array(OutcomeDefinition).min(1).max(40),
  primary: z.strictObject({ outcome: Slug, horizon: z.int() }),
  analysis: AnalysisPlan.optional(),
  disclosure: Disclosure,
  regime: z.array(RegimeChange).max(400).optional(),
});
export type ProtocolParts = z.infer<typeof Parts>;
