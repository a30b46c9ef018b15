// A protocol says who is followed, from which event, in which arms, what is counted and how it is compared: before any
// result is seen. Its parts are in protocol/. Version 1 is what version 2 was before it had an estimand and a plan: a
// version 1 document reads as it always did, and keeps its hash.
import { z } from 'zod';
import { CouncilCode } from './case-event.ts';
import { OutcomeDefinition, Slug } from './outcome.ts';
import { Allocation } from './protocol/allocation.ts';
import { AnalysisPlan } from './protocol/analysis-plan.ts';
import { Disclosure } from './protocol/disclosure.ts';
import { Estimand } from './protocol/estimand.ts';
import { Exposure } from './protocol/exposure.ts';
import { Population } from './protocol/population.ts';
import { RegimeChange } from './protocol/regime.ts';
import { brokenRules } from './protocol/rules.ts';

export const Arm = z.enum(['trial', 'comparison']);
export type Arm = z.infer<typeof Arm>;

/** Where the records come from; anything but `real` is said on every page and in every file. */
export const DataSource = z.enum(['real', 'simulated', 'sample']);
export type DataSource = z.infer<typeof DataSource>;

const Parts = z.strictObject({
  protocolVersion: z.union([z.literal(1), z.literal(2)]),
  id: Slug,
  title: z.string().min(1).max(120),
  question: z.string().min(1).max(600),
  estimand: Estimand.optional(),
  dataSource: DataSource,
  design: z.enum(['randomised', 'quasi-experimental']),
  councils: z.array(CouncilCode).min(1).max(200),
  population: Population,
  /** What is allocated. Siblings share the arm when it is the family. Standard errors cluster on it. */
  unit: z.enum(['child', 'family', 'council']),
  /** Arms that the study decides; or else `exposure`: arms that the records show. */
  allocation: Allocation.optional(),
  exposure: Exposure.optional(),
  arms: z.strictObject({ trial: z.string().min(1).max(60), comparison: z.string().min(1).max(60) }),
  /** Participants are followed together by the month, quarter or year of their index day. */
  waves: z.enum(['month', 'quarter', 'year']),
  /** Months from the index day. */
  horizons: z.array(z.int().min(1).max(120)).min(1).max(6).default([6, 12, 18]),
  outcomes: z.array(OutcomeDefinition).min(1).max(12),
  primary: z.strictObject({ outcome: Slug, horizon: z.int() }),
  analysis: AnalysisPlan.optional(),
  disclosure: Disclosure,
  regime: z.array(RegimeChange).max(400).optional(),
});
export type ProtocolParts = z.infer<typeof Parts>;

export const Protocol = Parts.superRefine((protocol, context) => {
  for (const [path, message] of brokenRules(protocol)) context.addIssue({ code: 'custom', path, message });
});
export type Protocol = z.infer<typeof Protocol>;
