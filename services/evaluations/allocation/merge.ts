// Two families turn out to be one. Nobody's arm changes: a family keeps the arm it was given, a family without one inherits
// the other's, and two that were given different arms are counted as contradictory for the analysis to face.
import type { Arm } from '../../../schemas/protocol.ts';
import { UserError } from '../../platform/errors.ts';
import { type Allocator, allocated } from './allocator.ts';
import type { EntryBody } from './entry.ts';
import { armGiven } from './replay.ts';
import { append } from './trial.ts';

export interface Merge {
  evaluation: string;
  council: string;
  /** The pseudonym that goes, and the one that stays. */
  unit: string;
  into: string;
  by: string;
}

export interface Merged {
  inherits: string | null;
  contradictory: boolean;
  sequence: number;
}

/** @throws UserError `not-families` or `nothing-to-settle` when neither family has an arm */
export async function mergeFamilies(allocator: Allocator, merge: Merge, at: Date): Promise<Merged> {
  const loaded = await allocator.load(merge.evaluation);
  const { council, unit, into, by } = merge;
  if (loaded.trial.evaluation.protocol.unit !== 'family' || unit === into) {
    throw new UserError(
      'not-families',
      'Two different families of a trial that allocates families can be merged.',
      {
        field: 'into',
      },
    );
  }
  return allocator.held(loaded, async (tx, after) => {
    const arms: (Arm | null)[] = [];
    for (const one of [unit, into]) {
      const entry = await allocated(tx, loaded.trial, council, one);
      arms.push(entry === null ? null : (armGiven(entry.body)?.arm ?? null));
    }
    const [leaving = null, staying = null] = arms;
    const arm = staying ?? leaving;
    if (arm === null) {
      throw new UserError(
        'nothing-to-settle',
        'Neither family has an arm: enter the one that stays when it is allocated.',
        {
          field: 'unit',
        },
      );
    }
    const inherits = staying === null ? into : leaving === null ? unit : null;
    const contradictory = leaving !== null && staying !== null && leaving !== staying;
    const body: EntryBody = { kind: 'merged', council, unit, into, inherits, arm, contradictory };
    const { sequence } = await append(tx, loaded.trial, after, { at, by, body });
    return { inherits, contradictory, sequence };
  });
}
