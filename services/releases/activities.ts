// The release workflow's hands. Each may be repeated, or run twice at once, without harm.
import type { ReleaseState } from '../../schemas/release.ts';
import type { Database } from '../platform/database.ts';
import type { Logger } from '../platform/log.ts';
import { checkRelease, publishRelease } from './check.ts';
import { releaseNumbered } from './standing.ts';

export interface ReleaseActivities {
  releaseState(id: number): Promise<ReleaseState>;
  /** Has the rules judge it. */
  checkRelease(id: number): Promise<void>;
  /** Publishes it, or has it judged again. */
  publishRelease(id: number): Promise<void>;
}

export function createReleaseActivities(db: Database, log: Logger): ReleaseActivities {
  const stateOf = async (id: number): Promise<ReleaseState> => (await releaseNumbered(db, id)).state;
  const then = async (id: number, act: () => Promise<void>): Promise<void> => {
    await act();
    log.info({ release: id, state: await stateOf(id) }, 'release');
  };
  return {
    releaseState: stateOf,
    checkRelease: (id) => then(id, () => checkRelease(db, id)),
    publishRelease: (id) => then(id, () => publishRelease(db, id)),
  };
}
