// Applications to court, as pre-proceedings records carry them.
import type { Candidate } from '../candidate.ts';
import type { Participant } from '../participant.ts';

export const courtApplications = ({ records }: Participant): Candidate[] =>
  records['pre-proceedings'].flatMap(({ child, recordId, state: { courtApplication } }) =>
    courtApplication === undefined
      ? []
      : [
          {
            kind: 'pre-proceedings',
            child,
            recordId,
            day: courtApplication,
            unfit: null,
            rests: [],
          } as Candidate,
        ],
  );
