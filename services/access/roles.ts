// The roles there are, and what each is for: pages, grants and the published matrix say it in these words.

/** Roles that people act in, and keys are made for. */
export const personRoles = [
  'council',
  'researcher',
  'evaluator',
  'output-checker',
  'operator',
  'administrator',
] as const;
export type PersonRole = (typeof personRoles)[number];

/** Roles that work on named evaluations. */
export const evaluationRoles: readonly PersonRole[] = ['researcher', 'evaluator', 'output-checker'];

export const roleWords: Record<PersonRole, string> = {
  council: 'sends records of one council, and sees that council’s feed alone',
  researcher: 'reads protected results of the evaluations granted',
  evaluator: 'plans and runs the evaluations granted; blinded like everybody until the unblinding',
  'output-checker': 'checks what is to be released of the evaluations granted',
  operator: 'runs the service: feeds and protected results of every evaluation',
  administrator: 'grants and revokes access; sees feeds, and no result',
};
