// What the built-in outcomes have in common: a child is observed until the first of these.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';

export const everything: OutcomeDefinition['censoring'] = {
  eighteenthBirthday: true,
  death: 'any-evidence',
  movedToAnotherCouncil: true,
  declaredGap: true,
};

export const everyone: OutcomeDefinition['riskSet'] = { excludeInCareAtIndex: false };
