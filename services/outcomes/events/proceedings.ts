// Applications to court, as pre-proceedings records carry them.
import type { Candidate } from '../candidate.ts';
import type { Participant } from '../participant.ts';

export const courtApplications = ({ records }: Participant): Candidate[] =>
  records['pre-proceedings'].flatMap(({ recordId, state: { courtApplication } }) =>
    courtApplication === undefined
      ? []
      : [{ kind: 'pre-proceedings', recordId, day: courtApplication, unfit: null, rests: [] } as Candidate],
  );
