// Who decides the arm of a unit, when the study decides it: a list, the council, or a draw.
import { z } from 'zod';
import { CivilDate } from '../calendar.ts';
import { CouncilCode } from '../case-event.ts';
import { Slug } from '../outcome.ts';

/** Said of a rule that JSON Schema cannot state. */
const ruled = (message: string) => ({ message, params: { betweenFields: true } });

const isDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** What arms are kept alike in: the unit's council, or an answer given when the unit is entered. */
const Factor = z.union([
  z.literal('council'),
  z.strictObject({
    name: Slug.refine((name) => name !== 'council', ruled('must be written plainly: council')),
    levels: z
      .array(z.string().regex(/^\S(.{0,58}\S)?$/, 'must be 1 to 60 characters on one line'))
      .min(2)
      .max(12)
      .refine(isDistinct, ruled('must not hold the same level twice')),
  }),
]);
export type Factor = z.infer<typeof Factor>;
export const factorName = (factor: Factor): string => (factor === 'council' ? factor : factor.name);

const Factors = z
  .array(Factor)
  .max(6)
  .refine((factors) => isDistinct(factors.map(factorName)), ruled('must not name the same factor twice'));

/** How the next arm is drawn. Block sizes are no part of the protocol: whoever knows them can foretell arms. */
const Scheme = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('simple') }),
  /** Permuted blocks of hidden, random sizes; each combination of the strata's levels has blocks of its own. */
  z.strictObject({ kind: z.literal('permuted-block'), strata: Factors }),
  /** Pocock and Simon (1975), range of arm counts, with a biased coin: `certainty` is the better arm's chance. */
  z.strictObject({
    kind: z.literal('minimisation'),
    factors: Factors.min(1),
    certainty: z.number().gt(0.5).max(0.95),
  }),
]);

const share = z.int().min(1).max(6);

/** The allocation service draws the arm when a unit is entered, from a sealed seed: nobody can know it before. */
export const Concealed = z.strictObject({
  method: z.literal('concealed'),
  scheme: Scheme,
  ratio: z.strictObject({ trial: share, comparison: share }),
  /** Questions to which the caseworker must answer yes before a unit is allocated. */
  eligibility: z.array(z.strictObject({ id: Slug, words: z.string().min(1).max(300) })).max(12),
});
export type Concealed = z.infer<typeof Concealed>;

/** Few councils in two halves, drawn from the best-balanced tenth of many random halves (Moulton 2004). */
const Constrained = z.strictObject({
  method: z.literal('constrained'),
  covariates: z
    .array(
      z.strictObject({
        name: Slug,
        values: z.array(z.strictObject({ council: CouncilCode, value: z.number() })).min(2),
      }),
    )
    .min(1)
    .max(6),
});

/** Every council crosses to the trial arm, in a random order, in equal numbers on each of these days (Hussey and Hughes 2007). */
const SteppedWedge = z.strictObject({
  method: z.literal('stepped-wedge'),
  steps: z
    .array(CivilDate)
    .min(2)
    .max(12)
    .refine(
      (days) => days.every((day, at) => at === 0 || day > (days[at - 1] ?? '')),
      ruled('must be in rising order'),
    ),
});

/** Councils drawn all at once, when the trial is opened. */
export const CouncilDraw = z.discriminatedUnion('method', [Constrained, SteppedWedge]);
export type CouncilDraw = z.infer<typeof CouncilDraw>;

export const Allocation = z.discriminatedUnion('method', [
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
  Concealed,
  Constrained,
  SteppedWedge,
]);
export type Allocation = z.infer<typeof Allocation>;
