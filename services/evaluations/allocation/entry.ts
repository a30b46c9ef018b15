// The log of a trial's allocation: each entry's hash covers the hash before it, from the commitment on, so that no entry
// can be changed, moved or taken out without every later receipt disagreeing.
import { z } from 'zod';
import { CouncilCode } from '../../../schemas/case-event.ts';
import { Arm } from '../../../schemas/protocol.ts';
import { contentHash } from '../../platform/content-hash.ts';

/** Pseudonym of a child (c), family (f) or team (t). */
export const Unit = z.string().regex(/^[cft][0-9a-f]{32}$/, 'must be c, f or t and 32 hexadecimal digits');

const Answers = z.record(z.string(), z.boolean());
const about = { council: CouncilCode, unit: Unit, levels: z.record(z.string(), z.string()) };

export const EntryBody = z.discriminatedUnion('kind', [
  /** Drawn by the service. */
  z.strictObject({ kind: z.literal('assigned'), ...about, eligibility: Answers, arm: Arm }),
  /** Not allocated: an answer was no. */
  z.strictObject({ kind: z.literal('not-eligible'), ...about, eligibility: Answers }),
  /** A list of envelopes for an outage was made. */
  z.strictObject({
    kind: z.literal('emergency-list'),
    council: CouncilCode,
    list: z.string().min(1).max(40),
    envelopes: z.int().min(1),
  }),
  /** An envelope was opened in an outage, entered afterwards. */
  z.strictObject({
    kind: z.literal('emergency'),
    ...about,
    eligibility: Answers,
    list: z.string(),
    envelope: z.int().min(1),
    openedOn: z.iso.date(),
    arm: Arm,
  }),
  /**
   * A family turned out to be another, `into`. Whoever has an arm keeps it; the one that has none inherits the other's.
   * When both have one and they differ, both keep theirs, as randomised, and the pair is counted as contradictory.
   */
  z.strictObject({
    kind: z.literal('merged'),
    council: CouncilCode,
    unit: Unit,
    into: Unit,
    inherits: Unit.nullable(),
    arm: Arm,
    contradictory: z.boolean(),
  }),
  /** A council of a design that draws councils. `trialFrom`: first index day in the trial arm, null for never. */
  z.strictObject({ kind: z.literal('council'), council: CouncilCode, trialFrom: z.iso.date().nullable() }),
]);
export type EntryBody = z.infer<typeof EntryBody>;

export const Entry = z.strictObject({
  evaluation: z.string(),
  /** From 1, without a gap. */
  sequence: z.int().min(1),
  at: z.iso.datetime(),
  /** Label of the key or command that asked. */
  by: z.string(),
  body: EntryBody,
});
export type Entry = z.infer<typeof Entry>;

export interface Logged extends Entry {
  hash: string;
}

/** @param previous hash of the entry before, or the commitment */
export const hashOf = (previous: string, { evaluation, sequence, at, by, body }: Entry): string =>
  contentHash({ previous, evaluation, sequence, at, by, body });
