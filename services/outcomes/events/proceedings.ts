// Applications to court, as pre-proceedings records carry them.
import type { Participant } from '../participant.ts';

export const courtApplications = ({ records }: Participant): string[] =>
  records['pre-proceedings'].flatMap(({ state }) => state.courtApplication ?? []);
