// Who decides the arm of a unit, when the study decides it: a list, the council, or a draw.
import { z } from 'zod';
import { CouncilCode } from '../case-event.ts';

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
]);
export type Allocation = z.infer<typeof Allocation>;
