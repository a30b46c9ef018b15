// Where an evaluation stands is what its entries come to, one after the other; which steps are open follows from that alone.
import type { Deviation, EntryKind, LifecycleEntry, Stage } from '../../../schemas/lifecycle.ts';
import { stages } from '../../../schemas/lifecycle.ts';

export interface Signature {
  signer: string;
  name: string;
  publicKey: string;
  signature: string;
  protocolHash: string;
  at: string;
}

export interface Standing {
  stage: Stage;
  paused: boolean;
  unblinded: { at: string; by: string; reason: string } | null;
  /** Null before the first entry. */
  protocolHash: string | null;
  /** Of the protocol that holds now. */
  signatures: Signature[];
  deviations: Deviation[];
  entries: number;
  /** The hash of the last entry: whoever keeps it elsewhere can tell that nothing before it was changed. */
  head: string | null;
}

export const beginning: Standing = {
  stage: 'draft',
  paused: false,
  unblinded: null,
  protocolHash: null,
  signatures: [],
  deviations: [],
  entries: 0,
  head: null,
};

/** A step that somebody wants to take. */
export type Wanted = { kind: Exclude<EntryKind, 'advanced'> } | { kind: 'advanced'; to: Stage };

const SIGNERS_NEEDED = 2;
const isBefore = (stage: Stage, other: Stage): boolean => stages.indexOf(stage) < stages.indexOf(other);

/** Whether a change of the plan is a deviation. */
export const isLocked = ({ stage }: Pick<Standing, 'stage'>): boolean => !isBefore(stage, 'locked');

/** Signatures of different people with different keys. */
export const differentSigners = (signatures: readonly Signature[]): number =>
  Math.min(
    new Set(signatures.map(({ signer }) => signer)).size,
    new Set(signatures.map(({ publicKey }) => publicKey)).size,
  );

function refusalToAdvance(standing: Standing, to: Stage): string | null {
  const { stage } = standing;
  const next = stages[stages.indexOf(stage) + 1];
  if (to === stage) return `The evaluation is ${stage} already.`;
  if (isBefore(to, stage)) return `The evaluation is ${stage}: a stage is never gone back to.`;
  if (to !== next) return `The evaluation is ${stage}: ${next} comes before ${to}.`;
  if (to === 'locked' && differentSigners(standing.signatures) < SIGNERS_NEEDED) {
    return `Locking needs the signatures of two different people over the protocol that holds now; those here are of ${differentSigners(standing.signatures)}.`;
  }
  if (to === 'analysed' && standing.unblinded === null)
    return 'The evaluation is blinded: unblind it first, with the reason.';
  return null;
}

/** Why the step cannot be taken, in one sentence; null when it can. */
export function refusalOf(standing: Standing, wanted: Wanted): string | null {
  const { stage, paused } = standing;
  if (stage === 'closed') return 'The evaluation is closed: nothing is added to it.';
  if (paused && wanted.kind !== 'resumed' && wanted.kind !== 'deviated')
    return 'The evaluation is paused: resume it first.';
  switch (wanted.kind) {
    case 'created':
      return standing.entries > 0 ? 'The evaluation exists already.' : null;
    case 'revised':
      return isBefore(stage, 'locked')
        ? null
        : `The protocol is locked: record the change as a deviation, with its reason.`;
    case 'signed':
      if (stage === 'draft') return 'A draft is not signed: register it first.';
      return stage === 'registered' ? null : 'The protocol is locked already.';
    case 'advanced':
      return refusalToAdvance(standing, wanted.to);
    case 'deviated':
      return isBefore(stage, 'locked')
        ? 'Before locking there are no deviations: revise the protocol.'
        : null;
    case 'paused':
      return stage === 'recruiting' || stage === 'following'
        ? null
        : `Only recruiting and follow-up are paused; the evaluation is ${stage}.`;
    case 'resumed':
      return paused ? null : 'The evaluation is not paused.';
    case 'unblinded':
      if (standing.unblinded) return 'The evaluation is unblinded already.';
      return isBefore(stage, 'recruiting')
        ? `There is nothing to unblind before recruiting; the evaluation is ${stage}.`
        : null;
  }
}

/** What stands after an entry. */
export function after(standing: Standing, entry: LifecycleEntry, hash: string): Standing {
  const { at, by, protocolHash } = entry;
  const next = { ...standing, protocolHash, entries: entry.seq, head: hash };
  switch (entry.kind) {
    case 'created':
      return next;
    case 'revised':
      return { ...next, signatures: [] };
    case 'signed': {
      const { signer, name, publicKey, signature } = entry;
      return {
        ...next,
        signatures: [...standing.signatures, { signer, name, publicKey, signature, protocolHash, at }],
      };
    }
    case 'advanced':
      return { ...next, stage: entry.to };
    case 'deviated': {
      const { label, reason } = entry;
      const from = standing.protocolHash ?? protocolHash;
      return {
        ...next,
        deviations: [...standing.deviations, { at, by, label, reason, from, to: protocolHash }],
      };
    }
    case 'paused':
      return { ...next, paused: true };
    case 'resumed':
      return { ...next, paused: false };
    case 'unblinded':
      return { ...next, unblinded: { at, by, reason: entry.reason } };
  }
}
