// The ways of giving arms as one choice, and what a document that changes to another begins with.
import { randomBytes } from 'node:crypto';

export const armChoices = [
  { value: 'concealed', text: 'The allocation service draws each unit when it is entered' },
  { value: 'stepped-wedge', text: 'The allocation service draws the order in which councils begin' },
  { value: 'constrained', text: 'The allocation service draws two halves of the councils' },
  { value: 'list', text: 'A list made elsewhere' },
  { value: 'seeded', text: 'A draw from a published seed' },
  { value: 'by-council', text: 'The child’s council' },
  { value: 'go-live', text: 'The day on which the council began, as the records show' },
  { value: 'offered', text: 'Whether help was offered, as the records show' },
] as const;

/** What takes the place of `allocation` and `exposure`; what only the evaluator knows is left empty, and told as missing. */
export function armsBeginning(way: string): { allocation?: object; exposure?: object } | null {
  switch (way) {
    case 'concealed':
      return {
        allocation: {
          method: way,
          scheme: { kind: 'permuted-block', strata: ['council'] },
          ratio: { trial: 1, comparison: 1 },
          eligibility: [],
        },
      };
    case 'stepped-wedge':
      return { allocation: { method: way, steps: [] } };
    case 'constrained':
      return { allocation: { method: way, covariates: [] } };
    case 'list':
      return { allocation: { method: way } };
    case 'seeded':
      return { allocation: { method: way, seed: randomBytes(16).toString('hex'), trialShare: 0.5 } };
    case 'by-council':
      return { allocation: { method: way, trial: [], comparison: [] } };
    case 'go-live':
      return { exposure: { by: way, goLive: [] } };
    case 'offered':
      return { exposure: { by: way, record: 'family-meeting', withinDays: 30 } };
    default:
      return null;
  }
}
