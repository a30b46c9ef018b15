// The demonstration is settled when everything sent is stored, every change recomputed, and every ready milestone frozen.
import { setTimeout as sleep } from 'node:timers/promises';
import { evaluations } from '../../evaluations/evaluation.ts';
import { milestones } from '../../evaluations/maturity.ts';
import { INGEST_GROUP } from '../../ingest/run.ts';
import type { Database } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { type Kafka, lagOf } from '../../platform/kafka.ts';
import type { Progress } from '../../platform/progress.ts';

const POLL_MS = 400;
const LONGEST_STILL_MS = 180_000;

export interface Standing {
  /** Messages in Kafka not yet stored. */
  lag: number;
  /** Batches not yet screened, and participants not yet recomputed. */
  waiting: number;
  /** Milestones that are complete, and how many of them are frozen with a draft. */
  ready: number;
  drafted: number;
}

async function standing(db: Database, kafka: Kafka, topic: string): Promise<Standing> {
  const lag = await lagOf(kafka, topic, INGEST_GROUP);
  const [counts] = await db<{ waiting: number; drafted: number }[]>`
    select ((select count(*) from waymark.outbox) + (select count(*) from waymark.cohort_change))::integer as waiting,
      (select count(*) from waymark.milestone where drafted)::integer as drafted`;
  let ready = 0;
  for (const evaluation of await evaluations(db)) {
    ready += (await milestones(db, evaluation)).filter((one) => one.waitingFor.length === 0).length;
  }
  return { lag, waiting: counts?.waiting ?? 0, ready, drafted: counts?.drafted ?? 0 };
}

const isSettled = ({ lag, waiting, ready, drafted }: Standing): boolean =>
  lag === 0 && waiting === 0 && drafted >= ready;

const describe = ({ lag, waiting, ready, drafted }: Standing): string => {
  if (lag > 0) return `storing: ${lag.toLocaleString('en-GB')} messages in Kafka`;
  if (waiting > 0) return `computing outcomes: ${waiting.toLocaleString('en-GB')} changes to go`;
  return `following cohorts: ${drafted} of ${ready} milestones frozen`;
};

/**
 * Waits until the demonstration is settled.
 * @throws UserError `demonstration-stuck` when nothing has moved for three minutes
 */
export async function untilSettled(
  db: Database,
  kafka: Kafka,
  topic: string,
  progress: Progress,
): Promise<void> {
  let last = '';
  let moved = Date.now();
  for (;;) {
    const now = await standing(db, kafka, topic);
    if (isSettled(now)) return;
    const message = describe(now);
    if (message !== last) {
      last = message;
      moved = Date.now();
      progress({ stage: 'follow', message });
    }
    if (Date.now() - moved > LONGEST_STILL_MS) {
      throw new UserError(
        'demonstration-stuck',
        `Nothing has moved for three minutes (${message}): look at the logs in the home folder.`,
        {},
        1,
      );
    }
    await sleep(POLL_MS);
  }
}
