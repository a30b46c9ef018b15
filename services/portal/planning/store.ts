// What evaluators do on pages in their own name. Whatever is not theirs is refused by the store itself (migration 0032).
import type { Stage } from '../../../schemas/lifecycle.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { Standing } from '../../evaluations/lifecycle/standing.ts';

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

/** A protocol that is being written: a whole document, right or wrong. */
export interface Draft {
  number: number;
  document: string;
  /** What the document says they are; empty where it says none. */
  id: string;
  title: string;
  /** Counts up with every save. */
  version: number;
  /** Whether the reader began it. */
  own: boolean;
  changedBy: string;
  /** RFC 3339. */
  changedAt: string;
}

/** A stored evaluation as a draft is held against it. */
export interface StoredPlan {
  slug: string;
  protocol: Protocol;
  protocolHash: string;
  standing: Standing;
}

/** What a draft is put on record with. */
export interface Recording {
  version: number;
  /** Of the evaluation as the page was read; null where there was none. */
  head: string | null;
  /** Said of a change after locking. */
  label: string;
  reason: string;
}

export type Recorded = { slug: string; what: 'created' | 'revised' | 'deviated' };

export interface DraftStore {
  /** The reader’s own and those of the reader’s evaluations, newest first. */
  drafts(): Promise<Draft[]>;
  draft(number: number): Promise<Draft | null>;
  /** @throws UserError `too-many-drafts`, `too-long` */
  begin(person: Planner, document: string): Promise<number>;
  /** @throws UserError `changed-meanwhile`, `unknown-draft`, `not-yours`, `too-long` */
  save(person: Planner, number: number, version: number, document: string): Promise<void>;
  /** @throws UserError `unknown-draft`, also for whoever did not begin it */
  withdraw(person: Planner, number: number): Promise<void>;
  /** The evaluation of this id that the reader may see, or null. */
  plan(slug: string): Promise<StoredPlan | null>;
  /** Whether the reader may begin a new evaluation. */
  mayBegin(): Promise<boolean>;
  /**
   * What `waymark evaluation create`, `revise` and `deviate` do with the file: which of them, the evaluation’s stage says.
   * @throws UserError as those; `bad-protocol`, `changed-meanwhile`, `moved-on`, `not-granted`, `same-plan`
   */
  record(person: Planner, number: number, recording: Recording): Promise<Recorded>;
}

export interface PlanningStore {
  drafts: DraftStore;
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
