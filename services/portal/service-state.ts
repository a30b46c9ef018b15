// How the service stands, as an operator reads it: counts and times, and the newest entries of the audit log.
import { z } from 'zod';
import { Entry } from '../audit/read.ts';
import { ProcessState } from '../platform/standing.ts';

const Count = z.number();
/** As PostgreSQL writes it in JSON. */
const At = z.string().transform((text) => new Date(text).toISOString());

export const ServiceState = z.object({
  askedAt: At,
  database: z.object({ bytes: Count, version: z.string() }),
  /** Changes that wait to be told to workflows. */
  outbox: z.object({ waiting: Count, oldest: At.nullable() }),
  /** Participants whose outcomes wait to be worked out again. */
  recompute: Count,
  /** Messages taken from Kafka since the beginning, and what became of them. */
  intake: z.object({
    received: Count,
    stored: Count,
    duplicates: Count,
    statements: Count,
    quarantined: Count,
  }),
  /** Lines that the gateway refused. */
  refusedLines: Count,
  /** Messages set aside, by what is wrong with them. */
  quarantine: z.array(z.object({ code: z.string(), count: Count })),
  /** Open ones, oldest first. */
  alerts: z.array(z.object({ kind: z.string(), subject: z.string(), message: z.string(), raisedAt: At })),
  evaluations: z.array(
    z.object({
      slug: z.string(),
      stage: z.string(),
      paused: z.boolean(),
      frozen: Count,
      newest: At.nullable(),
    }),
  ),
  /** By name, the newest of each first. */
  processes: z.array(ProcessState),
  /** Newest first. */
  audit: z.array(z.object({ seq: Count, entry: Entry.omit({ seq: true }) })),
});
export type ServiceState = z.infer<typeof ServiceState>;
