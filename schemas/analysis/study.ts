// The protocol's own words and choices, so that a report can be made of the record alone.
import { z } from 'zod';
import { CivilDate } from '../calendar.ts';
import { CouncilCode } from '../case-event.ts';
import { Slug } from '../outcome.ts';
import { AnalysisPlan } from '../protocol/analysis-plan.ts';
import { Disclosure } from '../protocol/disclosure.ts';
import { Estimand } from '../protocol/estimand.ts';
import { Parts } from '../protocol/parts.ts';
import { Population } from '../protocol/population.ts';

export const Study = z.strictObject({
  question: z.string(),
  design: Parts.shape.design,
  councils: z.array(CouncilCode),
  population: Population,
  unit: Parts.shape.unit,
  /** How arms came about: a method of allocation, or what the records show (`go-live`, `offered`). */
  armsBy: Slug,
  /** Of `go-live`: the day each council began. */
  goLive: z.array(z.strictObject({ council: CouncilCode, from: CivilDate })),
  arms: Parts.shape.arms,
  waves: Parts.shape.waves,
  horizons: z.array(z.int()),
  primary: Parts.shape.primary,
  estimand: Estimand,
  plan: AnalysisPlan,
  disclosure: Disclosure,
});
export type Study = z.infer<typeof Study>;
