// The erasure workflow's hands. Each may be repeated, or run twice at once, without harm. None carries a pseudonym.
import { Context } from '@temporalio/activity';
import type { Database } from '../platform/database.ts';
import type { Logger } from '../platform/log.ts';
import type { CohortRef, TrackerStore } from '../tracker/store.ts';
import { certify, eraseSome, type Retentions, touchedCohorts, touchedMilestones } from './carry-out.ts';

export interface ErasureActivities {
  /** Orders the destructions whose day has come. @returns every erasure that is not certified yet */
  dueErasures(): Promise<number[]>;
  /** Erases some children. @returns how many; 0 when none is left */
  eraseSome(id: number): Promise<number>;
  /** Draws up again, without the children, what is not released yet. */
  redrawDrafts(id: number): Promise<void>;
  /** Has every cohort that lost a participant look again. */
  lookAtErased(id: number): Promise<void>;
  /** @returns the certificate's hash */
  certifyErasure(id: number): Promise<string>;
}

export interface ErasureParts {
  /** Acts as waymark_erasure. */
  db: Database;
  store: Pick<TrackerStore, 'draftResult'>;
  due: () => Promise<number[]>;
  look: (cohort: CohortRef) => Promise<void>;
  retentions: () => Promise<Retentions>;
  log: Logger;
}

const CHILDREN_AT_ONCE = 500;
const HEARTBEAT_EVERY = 4_000;

export function createErasureActivities(parts: ErasureParts): ErasureActivities {
  const { db, store, due, look, retentions, log } = parts;
  const alive = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY);
    try {
      return await work();
    } finally {
      clearInterval(beat);
    }
  };
  return {
    dueErasures: due,
    eraseSome: (id) => alive(() => db.begin((tx) => eraseSome(tx, id, CHILDREN_AT_ONCE))),
    redrawDrafts: (id) =>
      alive(async () => {
        for (const milestone of await touchedMilestones(db, id)) await store.draftResult(milestone);
      }),
    lookAtErased: (id) =>
      alive(async () => {
        for (const cohort of await touchedCohorts(db, id)) await look(cohort);
      }),
    certifyErasure: (id) =>
      alive(async () => {
        const { certificate, hash } = await certify(db, id, await retentions());
        log.info({ erasure: id, hash, removed: certificate.removed }, 'erasure certified');
        return hash;
      }),
  };
}
