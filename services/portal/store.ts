// All that the portal knows comes through this interface: counts and dates, never a row about a child.
import type { DataSource } from '../../schemas/protocol.ts';
import type { RecordKind } from '../../schemas/records.ts';
import type { ResultRecord } from '../../schemas/result.ts';

/** One line of the catalogue. Everything but the two counts is read off the locked protocol. */
export interface EvaluationSummary {
  slug: string;
  title: string;
  /** The protocol's question, in words. */
  question: string;
  dataSource: DataSource;
  councils: number;
  /** Children enrolled in either arm. */
  participants: number;
  /** What the protocol calls its arms. */
  armNames: { trial: string; comparison: string };
  /** The outcome and the horizon (months) that the evaluation was designed to answer. */
  primary: { outcome: string; horizon: number };
  /** Outcomes by arm are not to be seen yet, by anyone: `result` answers null. */
  blinded: boolean;
  /** `protocol.disclosure.threshold`: counts from 1 to one less than this never leave. */
  disclosureThreshold: number;
}

/** One wave at one horizon: when it can be known, whether it is, and who holds it up. */
export interface MaturityRow {
  /** First day of the wave, YYYY-MM-DD. */
  wave: string;
  /** Months from the index day. */
  horizon: number;
  participants: number;
  /** The last index day of the wave plus the horizon: feeds must be complete through this day, YYYY-MM-DD. */
  due: string;
  /** When the outcomes were frozen (RFC 3339), or null while they are open. */
  frozenAt: string | null;
  /** Since when later records would give another figure than the frozen one (RFC 3339); null while they would not. */
  supersededAt: string | null;
  /** Names of the councils whose feeds are not yet complete through `due`. Empty once all are. */
  waitingFor: string[];
}

/** The state of one council's feed. */
export interface FeedRow {
  /** ONS code. */
  council: string;
  name: string;
  dataSource: DataSource;
  /** For each kind of record the council sends: the last day its feed is complete through, or null if it never said. */
  completeThrough: { kind: RecordKind; through: string | null }[];
  /** When the last case event or statement reached the ledger (RFC 3339), or null if none ever did. */
  lastReceived: string | null;
  /** Messages of this council that could not be understood and wait for repair. */
  quarantined: number;
  /** Since when the feed has been silent beyond its declared rhythm (RFC 3339), or null while it keeps it. */
  silentSince: string | null;
}

export type Role = 'council' | 'researcher' | 'evaluator' | 'operator';

/** Whom an access key belongs to. `council` is the ONS code for the role `council` and null for all others. */
export interface KeyHolder {
  label: string;
  role: Role;
  council: string | null;
}

export interface PortalStore {
  evaluations(): Promise<EvaluationSummary[]>;
  /** The newest result, or null when there is no such evaluation, it is blinded, or nothing has been computed yet. */
  result(slug: string): Promise<ResultRecord | null>;
  /** Every wave at every horizon, in any order. */
  maturity(slug: string): Promise<MaturityRow[]>;
  feeds(): Promise<FeedRow[]>;
  /** Null when the key is unknown or revoked. Compare hashes, never the key. */
  checkKey(key: string): Promise<KeyHolder | null>;
}
