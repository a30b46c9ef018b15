// What may leave: the policy under which every number of the evaluation is shown.
import { z } from 'zod';

export const Disclosure = z.strictObject({
  /** Counts from 1 to `threshold` - 1 are hidden. */
  threshold: z.int().min(1).max(50),
});
export type Disclosure = z.infer<typeof Disclosure>;
