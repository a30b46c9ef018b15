// The ways in which outcomes are shown by group, and the groups that each of them always has.
import { z } from 'zod';
import { PrimaryNeed } from '../../schemas/codes.ts';

export const Grouping = z.enum(['wave', 'council', 'age', 'need']);
export type Grouping = z.infer<typeof Grouping>;

/** A child of whom it is not known which group it is in. */
export const NOT_KNOWN = 'not-known';

/** Age in whole years at the index day, youngest first: the bands of the children in need census. */
export const ageBands = ['under-1', '1-to-4', '5-to-9', '10-to-15', '16-or-over'] as const;

/** Of the index referral, as codes of the children in need census. */
export const needs: readonly z.infer<typeof PrimaryNeed>[] = PrimaryNeed.options;
