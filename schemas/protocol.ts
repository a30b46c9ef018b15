// A protocol says who is followed, from which event, in which arms, what is counted and how it is compared: before any
// result is seen. Its parts are in protocol/. Version 1 is what version 2 was before it had an estimand and a plan: a
// version 1 document reads as it always did, and keeps its hash.
import type { z } from 'zod';
import { Parts } from './protocol/parts.ts';
import { brokenRules } from './protocol/rules.ts';

export { Arm, DataSource } from './protocol/parts.ts';

export const Protocol = Parts.superRefine((protocol, context) => {
  for (const [path, message] of brokenRules(protocol))
    context.addIssue({ code: 'custom', path, message, params: { betweenFields: true } });
});
export type Protocol = z.infer<typeof Protocol>;
