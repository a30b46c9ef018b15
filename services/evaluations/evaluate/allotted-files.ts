// What was given to units, from the file that the protocol's method of allocation asks for; a file of the other kind is refused.
import type { Protocol } from '../../../schemas/protocol.ts';
import { UserError } from '../../platform/errors.ts';
import { type Allotted, NOTHING_ALLOTTED } from './allocation.ts';
import { readDrawnCouncils } from './drawn-councils.ts';
import { readAllocations } from './input-files.ts';

/** The files' names, as options give them. */
export interface AllottedFiles {
  allocations?: string;
  /** What `waymark allocation list --json` prints. */
  councils?: string;
}

const isByList = ({ allocation }: Protocol): boolean =>
  allocation?.method === 'list' || allocation?.method === 'concealed';

/** Whether the allocation service draws whole councils, once and all at once. */
const drawsCouncils = ({ allocation }: Protocol): boolean =>
  allocation?.method === 'constrained' || allocation?.method === 'stepped-wedge';

const refused = (code: string, field: keyof AllottedFiles, sentence: string) =>
  new UserError(code, sentence, { field });

/**
 * @param asOf councils that were drawn later are not drawn yet; a list does not say when it was made
 * @throws UserError for a file that is missing, not asked for, or cannot be used
 */
export async function allottedIn(
  protocol: Protocol,
  { allocations, councils }: AllottedFiles,
  asOf: string | null,
): Promise<Allotted> {
  if (allocations !== undefined && !isByList(protocol))
    throw refused(
      'needless-allocations',
      'allocations',
      'The protocol does not allocate by a list: leave --allocations out.',
    );
  if (councils !== undefined && !drawsCouncils(protocol))
    throw refused(
      'needless-councils',
      'councils',
      'Councils are drawn by the methods constrained and stepped-wedge, and this protocol has neither: leave --councils out.',
    );
  if (isByList(protocol)) {
    if (allocations !== undefined) return { ...NOTHING_ALLOTTED, arms: await readAllocations(allocations) };
    throw refused(
      'missing-allocations',
      'allocations',
      'The protocol allocates by a list: give it with --allocations.',
    );
  }
  if (!drawsCouncils(protocol)) return NOTHING_ALLOTTED;
  if (councils !== undefined)
    return { ...NOTHING_ALLOTTED, councils: await readDrawnCouncils(councils, protocol, asOf) };
  throw refused(
    'missing-councils',
    'councils',
    'The allocation service draws the councils of this protocol: give what waymark allocation list --json prints with --councils.',
  );
}
