// An evaluation's life is a chain of entries. Each is one step, says who took it and when, and names the hash before it.
import { z } from 'zod';
import { Instant } from './calendar.ts';
import { Slug } from './outcome.ts';

export const stages = [
  'draft',
  'registered',
  'locked',
  'recruiting',
  'following',
  'analysed',
  'released',
  'closed',
] as const;
export const Stage = z.enum(stages);
export type Stage = z.infer<typeof Stage>;

const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256, 64 hexadecimal digits');
const Reason = z
  .string()
  .min(20, 'must say why in at least 20 characters')
  .max(1_000, 'must be at most 1,000 characters');

const step = <Kind extends string, Shape extends z.core.$ZodLooseShape>(kind: Kind, details: Shape) =>
  z.strictObject({
    kind: z.literal(kind),
    evaluation: Slug,
    seq: z.int().min(1),
    at: Instant,
    /** Who took the step, as known to the system it was taken in. */
    by: z.string().min(1, 'must name who takes the step').max(120, 'must be at most 120 characters'),
    /** The protocol that holds after this step. */
    protocolHash: Hash,
    /** The hash of the entry before this one; null for the first. */
    previous: Hash.nullable(),
    ...details,
  });

export const LifecycleEntry = z.discriminatedUnion('kind', [
  step('created', {}),
  /** Another protocol before locking: signatures of the one before count no longer. */
  step('revised', {}),
  /** Ed25519 over the text of `signedText`, base64. */
  step('signed', { signer: Slug, name: z.string(), publicKey: z.string(), signature: z.string() }),
  step('advanced', { to: Stage }),
  /** A change after locking: of the protocol, or of what was done under it. */
  step('deviated', {
    label: z
      .string()
      .min(3, 'must say in a few words what was changed')
      .max(80, 'must be at most 80 characters: the reason has room for more'),
    reason: Reason,
  }),
  step('paused', { reason: Reason }),
  step('resumed', {}),
  step('unblinded', { reason: Reason }),
]);
export type LifecycleEntry = z.infer<typeof LifecycleEntry>;
export type EntryKind = LifecycleEntry['kind'];

/** A deviation as it follows every result: `from` and `to` are protocol hashes, equal when the document did not change. */
export const Deviation = z.strictObject({
  at: Instant,
  by: z.string(),
  label: z.string(),
  reason: z.string(),
  from: Hash,
  to: Hash,
});
export type Deviation = z.infer<typeof Deviation>;
