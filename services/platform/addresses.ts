// Where the three parts of the stack answer. Written by `waymark up`, read by every process.
import { z } from 'zod';

/** Addresses of a running stack: a PostgreSQL URL, Kafka `host:port`s, Temporal's gRPC `host:port` and its web UI. */
export const StackAddresses = z.object({
  databaseUrl: z.string(),
  kafkaBrokers: z.array(z.string()).min(1),
  temporalAddress: z.string(),
  temporalUi: z.string().nullable(),
});
export type StackAddresses = z.infer<typeof StackAddresses>;
