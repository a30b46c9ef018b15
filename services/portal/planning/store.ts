// What evaluators do on pages in their own name. Whatever is not theirs is refused by the store itself (migration 0032).
import type { Stage } from '../../../schemas/lifecycle.ts';

/** The person who plans: the reader. */
export interface Planner {
  /** `person:<id>` */
  id?: string;
  label: string;
}

/** The signer that the reader is. */
export interface OwnSigner {
  id: string;
  name: string;
  /** Ed25519, base64. */
  publicKey: string;
}

/** A step that a page takes. */
export type PageStep =
  | { kind: 'advanced'; to: Stage }
  /** Base64, Ed25519 over `signedText`. */
  | { kind: 'signed'; signature: string }
  | { kind: 'unblinded'; reason: string }
  | { kind: 'deviated'; label: string; reason: string };

export interface PlanningStore {
  /** Null until the reader has registered a key. */
  signer(): Promise<OwnSigner | null>;
  /**
   * Registers the reader's public key, once and for good.
   * @throws UserError `bad-key`, `signer-exists`
   */
  register(person: Planner, publicKeyPem: string): Promise<void>;
  /**
   * Takes a step in the reader's name. `head` is the hash of the entry that was the last one on the page that was read.
   * @throws UserError `moved-on` when there is a newer entry; what services/evaluations/lifecycle/steps.ts throws
   */
  take(person: Planner, slug: string, head: string | null, step: PageStep): Promise<void>;
}
